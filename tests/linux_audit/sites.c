// SPDX-License-Identifier: BSD-2-Clause
/*
 * Each table is a section of its own, or lies between two symbols in a larger one. An entry begins
 * with its site: an offset from the field, or an address.
 */
#include <stdlib.h>
#include <string.h>
#include <tests/linux_audit/alt_table.h>
#include <tests/linux_audit/sites.h>
#include <tests/linux_audit/symbols.h>

#define BOOT	"boot, before other CPUs start"
#define NO_FLOW "nothing: it does not change where control goes"

const struct site_kind_row site_kinds[SITE_KINDS] = {
	[SITE_JUMP_LABEL] = {"jump-label", "whenever its key is flipped, unless that is read-only",
			     "follows both ways, asks for no key"},
	[SITE_STATIC_CALL] = {"static-call",
			      "whenever its call is updated, unless that is read-only",
			      "lets each pass: it cannot tell where one goes"},
	[SITE_FTRACE] = {"ftrace", "whenever the function is traced",
			 "none may be here: it removes those of noinstr functions"},
	[SITE_ALTERNATIVE] = {"alternative", BOOT, "follows the original and every replacement"},
	[SITE_PARAVIRT] = {"paravirt", BOOT, "all that the pointer may hold must be noinstr"},
	[SITE_RETPOLINE] = {"retpoline", BOOT, "writes this table"},
	[SITE_RETURN] = {"return", BOOT, "writes this table"},
	[SITE_CALL] = {"call", BOOT ", with call depth tracking", "writes this table"},
	[SITE_ENDBR] = {"endbr", BOOT, "writes this table"},
	[SITE_SMP_LOCK] = {"smp-lock", "boot with one CPU, and then when a second one starts",
			   NO_FLOW},
	[SITE_RUNTIME_CONST] = {"runtime-const", BOOT, NO_FLOW},
};

/* How a table is found, and what its entries are. */
struct table {
	enum site_kind kind;
	const char *section, *start, *end; /* section, or else between two symbols */
	unsigned int entry;		   /* bytes; 0: as alt_table.h says */
	bool absolute;
};

static const struct table tables[] = {
	{SITE_JUMP_LABEL, NULL, "__start___jump_table", "__stop___jump_table", 16, false},
	{SITE_STATIC_CALL, NULL, "__start_static_call_sites", "__stop_static_call_sites", 8, false},
	{SITE_FTRACE, NULL, "__start_mcount_loc", "__stop_mcount_loc", 8, true},
	{SITE_ALTERNATIVE, ".altinstructions", NULL, NULL, 0, false},
	{SITE_PARAVIRT, ".parainstructions", NULL, NULL, 16, true},
	{SITE_RETPOLINE, ".retpoline_sites", NULL, NULL, 4, false},
	{SITE_RETURN, ".return_sites", NULL, NULL, 4, false},
	{SITE_CALL, ".call_sites", NULL, NULL, 4, false},
	{SITE_ENDBR, ".ibt_endbr_seal", NULL, NULL, 4, false},
	{SITE_SMP_LOCK, ".smp_locks", NULL, NULL, 4, false},
};

static struct range wanted, read_only; /* text; what is read-only after init */
static bool found[SITE_KINDS];
static struct site *sites;
static unsigned int nr_sites, room;

static void add(const struct site *site)
{
	if (site->addr < wanted.start || site->addr >= wanted.end)
		return;
	if (nr_sites == room) {
		room = room ? 2 * room : 4096;
		sites = realloc(sites, room * sizeof(*sites));
	}
	if (!sites)
		abort();
	sites[nr_sites++] = *site;
}

static bool in_read_only(u64 addr)
{
	return addr >= read_only.start && addr < read_only.end;
}

/* Jump labels and static calls: the low bits of the key's offset are flags. */
static void read_owner(struct site *site, u64 addr, const u8 *p)
{
	if (site->kind == SITE_JUMP_LABEL)
		site->owner = (addr + 8 + get_u64(p + 8)) & -4ull;
	else if (site->kind == SITE_STATIC_CALL)
		site->owner = (addr + 4 + (s32)get_u32(p + 4)) & -4ull;
	else
		return;
	site->may_change = !in_read_only(site->owner);
}

static void read_table(enum site_kind kind, struct range range, unsigned int entry, bool absolute)
{
	const u8 *p = image_at(range.start, range.end - range.start);
	struct site site;
	u64 addr;

	if (!p)
		unusable(image_path(), "its table of kind %s lies outside of the file",
			 site_kinds[kind].name);
	if ((range.end - range.start) % entry)
		unusable(image_path(), "its table of kind %s is no multiple of %u bytes",
			 site_kinds[kind].name, entry);
	found[kind] = true;
	for (addr = range.start; addr < range.end; addr += entry, p += entry) {
		site = (struct site){.kind = kind, .may_change = kind == SITE_FTRACE};
		site.addr = absolute ? get_u64(p) : addr + (s32)get_u32(p);
		read_owner(&site, addr, p);
		add(&site);
	}
}

/* One table for each constant: runtime_shift_NAME, runtime_ptr_NAME. */
static void read_runtime_const(const char *name, struct range range, bool exec)
{
	if (!exec && !strncmp(name, "runtime_", 8))
		read_table(SITE_RUNTIME_CONST, range, 4, false);
}

static int by_address(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	return x->addr != y->addr ? (x->addr < y->addr ? -1 : 1) : (int)x->kind - (int)y->kind;
}

const struct site *sites_read(struct range text, unsigned int *nr)
{
	const struct table *t;
	struct range range;
	unsigned int i;
	bool there;

	wanted = text;
	nr_sites = 0;
	symbol_range("__start_ro_after_init", "__end_ro_after_init", &read_only);
	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		t = &tables[i];
		there = t->section ? image_section(t->section, &range)
				   : symbol_range(t->start, t->end, &range);
		if (there)
			read_table(t->kind, range, t->entry ? t->entry : alt_table_entry_size(),
				   t->absolute);
	}
	image_each_section(read_runtime_const);
	if (nr_sites)
		qsort(sites, nr_sites, sizeof(*sites), by_address);
	*nr = nr_sites;
	return sites;
}

bool site_table_found(enum site_kind kind)
{
	return found[kind];
}
