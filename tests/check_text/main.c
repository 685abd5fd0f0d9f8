// SPDX-License-Identifier: BSD-2-Clause
/*
 * Holds the linked kernel to the rule on which deferral rests: between a hardware entry and the
 * CR3 write, and between S:=0 and the return to user mode, nothing runs that may be patched.
 * So: a jump label or static call in entry, park or noinstr text must belong to a key or call that
 * is read-only after init, and park text holds no alternative and no way out; entry text, with
 * every alternative both ways, neither calls nor jumps out of itself in those two stretches
 * (walk.h); and nobody branches into a replacement or into the middle of an alternative.
 * What the tables of jump labels and static calls list must be such an instruction.
 * And the patcher does not patch itself: what it runs (reach.h) has no site of a key or call that may
 * change, and no alternative but those that own_text[] lists with the reason why that one is safe.
 * Not seen: S written through another register than RBX, and what runs after a wrong `.in_kernel`.
 *
 * usage: check_text ELF [KEY]...	KEY: may be mutable all the same, on purpose
 * status: 0 nothing found; 1 breaches, one a line; 2 the file is not as expected
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arch/x86_64/cpu_entry_area.h>
#include <entry/protocol/features.h>
#include <patching/alternative.h>
#include <patching/static_call.h>
#include <patching/static_key.h>
#include <tests/check_text/elf.h>
#include <tests/check_text/flow.h>
#include <tests/check_text/reach.h>
#include <tests/check_text/walk.h>

#define SITES_MAX 4096
#define STUB_SIZE 16
#define VECTORS	  256

static struct zone {
	const char *name, *start_symbol, *end_symbol;
	u64 start, end;
} zones[] = {
	{"entry text", "__entry_text_start", "__entry_text_end"},
	{"park text", "__park_text_start", "__park_text_end"},
	{"noinstr text", "__noinstr_text_start", "__noinstr_text_end"},
};
static const struct zone *const entry_zone = &zones[0], *const park_zone = &zones[1];

/* Alternatives in text that the patcher runs, one by one. Never in what runs while others are parked. */
static struct own_text {
	const char *function;
	u16 feature;
	bool met;
} own_text[] = {
	/* It changes while all other CPUs are parked, and who writes then serialises nobody by it. */
	{"sync_core", X86_FEATURE_SERIALIZE, false},
	/* Entries from user mode: a parked CPU takes NMI and #MC alone, and those in park text. */
	{"trap_from_user", X86_FEATURE_P_MUTABLE_ENTRY, false},
};

static struct walk walk;
static unsigned int steps;
static struct walk_alt alts[SITES_MAX];
static struct walk_jump jumps[SITES_MAX];
static const char *const *allowed;
static unsigned int breaches, nr_jumps, nr_calls, nr_own;

/* A replacement has no name but that of its location. */
static const char *place(u64 addr)
{
	const struct walk_alt *alt = replacement_at(&walk, addr);
	static char text[320];

	if (!alt)
		return describe(addr);
	snprintf(text, sizeof(text), "a replacement of %s, byte %u", describe(alt->site),
		 (unsigned int)(addr - alt->repl));
	return text;
}

static void found(u64 addr, const char *why, u64 target)
{
	static u64 last_addr, last_target;

	if (addr == last_addr && target == last_target)
		return; /* the same, on another path */
	last_addr = addr;
	last_target = target;
	breaches++;
	if (target)
		fprintf(stderr, "check_text: %s %s: ", place(addr), why);
	else
		fprintf(stderr, "check_text: %s %s", place(addr), why);
	fprintf(stderr, "%s\n", target ? place(target) : "");
}

static const struct zone *zone_of(u64 addr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(zones); i++)
		if (addr >= zones[i].start && addr < zones[i].end)
			return &zones[i];
	return NULL;
}

/* The bytes of a table that linker.ld delimits, and where it lies. */
static const void *table(const char *start, const char *end, u64 *addr, u64 *size)
{
	*addr = address_of(start);
	*size = address_of(end) - *addr;
	return *size ? bytes_at(*addr, *size) : NULL;
}

/* Read-only keys and calls are set by CPU 0 alone, before a site can be met half written. */
static bool is_ro(u64 owner)
{
	return owner >= address_of("__ro_after_init_start") &&
	       owner < address_of("__ro_after_init_end");
}

/* @what lies at @site and belongs to @owner, a key or a call. */
static void check_owner(const char *what, u64 site, u64 owner)
{
	const struct zone *zone = zone_of(site);
	const char *const *name;
	char why[256];
	int symbol;

	if (!zone || is_ro(owner))
		return;
	symbol = symbol_below(owner);
	for (name = allowed; *name; name++)
		if (symbol >= 0 && symbols[symbol].addr == owner &&
		    !strcmp(*name, symbols[symbol].name))
			return;
	snprintf(why, sizeof(why), "in %s is a %s that may change after init (no _RO form)",
		 zone->name, what);
	found(site, why, owner);
}

static const u8 nop5[] = {0x0f, 0x1f, 0x44, 0, 0};

/* What stands at @site in the file: @nop5, or @opcode with a way to @target (0: to anywhere). */
static void check_in_place(const char *what, u64 site, u8 opcode, u64 target)
{
	const u8 *insn = bytes_at(site, sizeof(nop5));
	char why[128];
	s32 rel;

	memcpy(&rel, insn + 1, sizeof(rel));
	if (!memcmp(insn, nop5, sizeof(nop5)) ||
	    (insn[0] == opcode && (!target || site + sizeof(nop5) + rel == target)))
		return;
	snprintf(why, sizeof(why), "is listed as a %s, and what stands there is none", what);
	found(site, why, 0);
}

static void check_jump_labels(void)
{
	const struct jump_entry *entry;
	u64 addr, size, key, site, i;

	entry = table("__jump_table_start", "__jump_table_end", &addr, &size);
	nr_jumps = size / sizeof(*entry);
	for (i = 0; i < nr_jumps; i++, entry++, addr += sizeof(*entry)) {
		site = addr + offsetof(struct jump_entry, code) + entry->code;
		key = (addr + offsetof(struct jump_entry, key) + entry->key) & ~1ull;
		check_owner("site of a static key", site, key);
		reach_also(site, addr + offsetof(struct jump_entry, target) + entry->target);
		check_in_place("site of a static key", site, 0xe9,
			       addr + offsetof(struct jump_entry, target) + entry->target);
		if (zone_of(site) == entry_zone && walk.nr_jumps < SITES_MAX)
			jumps[walk.nr_jumps++] = (struct walk_jump){
				site, addr + offsetof(struct jump_entry, target) + entry->target};
	}
}

static void check_static_calls(void)
{
	const struct static_call_site *entry;
	u64 addr, size, site, i;

	entry = table("__static_call_sites_start", "__static_call_sites_end", &addr, &size);
	nr_calls = size / sizeof(*entry);
	for (i = 0; i < nr_calls; i++, entry++, addr += sizeof(*entry)) {
		site = addr + offsetof(struct static_call_site, addr) + entry->addr;
		check_owner("site of a static call", site,
			    addr + offsetof(struct static_call_site, call) + entry->call);
		check_in_place("site of a static call", site, 0xe8, 0);
	}
}

/* A symbol named anything.in_kernel lies here. */
static bool says_in_kernel(u64 addr)
{
	int i = symbol_below(addr);
	const char *dot;

	for (; i >= 0 && symbols[i].addr == addr; i--) {
		dot = strrchr(symbols[i].name, '.');
		if (dot && !strcmp(dot, ".in_kernel"))
			return true;
	}
	return false;
}

/* An address there belongs to two paths at least, and the label to one of them. */
static void check_label(u64 edge)
{
	if (says_in_kernel(edge))
		found(edge, "is a label .in_kernel on the edge of an alternative: move it inside",
		      0);
}

static void read_alternatives(void)
{
	const struct alt_instr *entry;
	u64 addr, size, i;

	entry = table("__alt_instructions", "__alt_instructions_end", &addr, &size);
	if (size > SITES_MAX * sizeof(*entry))
		unreadable("alternatives", "more than this check holds");
	for (i = 0; i < size / sizeof(*entry); i++, entry++, addr += sizeof(*entry)) {
		alts[i] = (struct walk_alt){
			addr + offsetof(struct alt_instr, instr_offset) + entry->instr_offset,
			addr + offsetof(struct alt_instr, repl_offset) + entry->repl_offset,
			entry->instrlen,
			entry->replacementlen,
			entry->feature,
			entry->flags,
		};
		check_label(alts[i].site + alts[i].site_len);
		check_label(alts[i].repl);
		check_label(alts[i].repl + alts[i].repl_len);
		if (zone_of(alts[i].site) == park_zone)
			found(alts[i].site,
			      "in park text is an alternative: CPUs wait there while it changes",
			      0);
	}
	walk.nr_alts = i;
}

/* @what lies at @site, in text that the patcher runs. @hint: what may stand there instead. */
static void patches_itself(const char *what, const char *hint, u64 site, u64 owner)
{
	char why[768];

	snprintf(why, sizeof(why), "is %s in text that the patcher itself runs (%s): %s", what,
		 reach_path(site), hint);
	found(site, why, owner);
}

static void check_own_alternative(const struct walk_alt *alt, bool parked)
{
	struct own_text *own;

	for (own = own_text; !parked && own < own_text + ARRAY_SIZE(own_text); own++)
		if (own->feature == alt->feature && reach_is(alt->site, own->function)) {
			own->met = true;
			return;
		}
	patches_itself("an alternative",
		       parked ? "nothing may change there, all others are parked meanwhile"
			      : "use a plain branch, or list it in tests/check_text/main.c with "
				"the reason why it is safe",
		       alt->site, 0);
}

static const char no_key[] = "use a plain branch, or the _RO form, for";

/* Everything that the tables list, where the patcher runs it. */
static void check_patcher(bool parked)
{
	const struct static_call_site *call;
	const struct jump_entry *jump;
	u64 addr, size, site, owner;
	unsigned int i;

	nr_own = reach_run(&walk, parked);
	jump = table("__jump_table_start", "__jump_table_end", &addr, &size);
	for (i = 0; i < nr_jumps; i++, jump++, addr += sizeof(*jump)) {
		site = addr + offsetof(struct jump_entry, code) + jump->code;
		owner = (addr + offsetof(struct jump_entry, key) + jump->key) & ~1ull;
		if (reach_has(site) && !is_ro(owner))
			patches_itself("a site of a static key", no_key, site, owner);
	}
	call = table("__static_call_sites_start", "__static_call_sites_end", &addr, &size);
	for (i = 0; i < nr_calls; i++, call++, addr += sizeof(*call)) {
		site = addr + offsetof(struct static_call_site, addr) + call->addr;
		owner = addr + offsetof(struct static_call_site, call) + call->call;
		if (reach_has(site) && !is_ro(owner))
			patches_itself("a site of a static call", no_key, site, owner);
	}
	for (i = 0; i < walk.nr_alts; i++)
		if (reach_has(alts[i].site))
			check_own_alternative(&alts[i], parked);
}

/* A list that names what is not there would let the next one of that name through. */
static void check_own_list(void)
{
	struct own_text *own;

	for (own = own_text; own < own_text + ARRAY_SIZE(own_text); own++)
		if (!own->met)
			found(address_of(own->function),
			      "is listed in tests/check_text/main.c for an alternative that is not there",
			      0);
}

/* One instruction of any text. @alt: it belongs to that replacement. Its length, at least 1. */
static unsigned int sweep_one(u64 addr, const u8 *bytes, u64 avail, const struct walk_alt *alt)
{
	bool parked = !alt && zone_of(addr) == park_zone, own;
	u64 target;
	struct flow flow;

	flow_decode(&flow, bytes, avail, -1);
	if (parked && (flow.kind == FLOW_CALL_POINTER || flow.kind == FLOW_JUMP_POINTER))
		found(addr, "in park text leaves it through a pointer", 0);
	if (flow.kind != FLOW_BRANCH && flow.kind != FLOW_JUMP && flow.kind != FLOW_CALL)
		return flow.length ? flow.length : avail;
	target = addr + flow.length + flow.rel;
	if (alt && alt->flags & ALT_FLAG_DIRECT_CALL)
		return flow.length;
	own = alt && target >= alt->repl && target <= alt->repl + alt->repl_len;
	if (in_range(&walk.repl, target) && !own)
		found(addr, "branches into a replacement, which is never executed", target);
	if (splits_alternative(&walk, addr, target))
		found(addr, "branches into the middle of an alternative", target);
	if (parked && zone_of(target) != park_zone)
		found(addr, "in park text leaves it", target);
	if (!alt && !in_range(&walk.text, addr) && in_range(&walk.text, target))
		walk_from(&walk, target, IN_KERNEL, 0);
	return flow.length;
}

/* All of .text, from symbol to symbol: data between instructions has a type, or derails it for a while. */
static void sweep(void)
{
	u64 text_end = address_of("__park_text_end"), addr, end;
	u64 text_start = address_of("__text_start");
	const struct walk_alt *alt;
	unsigned int i, next;
	bool object;

	for (i = 0; i < nr_symbols; i = next) {
		object = false;
		for (next = i; next < nr_symbols && symbols[next].addr == symbols[i].addr; next++)
			object |= symbols[next].object;
		addr = symbols[i].addr;
		end = next < nr_symbols ? min(symbols[next].addr, text_end) : text_end;
		if (addr < text_start || object)
			continue;
		while (addr < end)
			addr += sweep_one(addr, bytes_at(addr, end - addr), end - addr, NULL);
	}
	for (alt = alts; alt < alts + walk.nr_alts; alt++)
		for (addr = alt->repl, end = addr + alt->repl_len; addr < end;)
			addr += sweep_one(addr, bytes_at(addr, end - addr), end - addr, alt);
}

static void set_range(struct walk_range *range, const char *start, const char *end)
{
	u64 size;

	range->bytes = table(start, end, &range->start, &size);
	range->end = range->start + size;
}

/* One walk with these bits of the protocol word, from the same beginnings as every other. */
static void walk_with(u32 protocol, const struct walk_node *roots, unsigned int nr_roots)
{
	memset(walk.seen, 0, sizeof(walk.seen));
	memcpy(walk.todo, roots, nr_roots * sizeof(*roots));
	walk.nr_todo = nr_roots;
	walk.protocol = protocol;
	steps += walk.nr_seen;
	walk.nr_seen = 0;
	walk_run(&walk);
}

/* The plain code, and each variant of it by itself: a protocol has one of them on each path. */
static void check_entry_text(void)
{
	u64 stubs = address_of("entry_stubs");
	struct walk_node *roots;
	unsigned int i, nr_roots;
	u32 variants = 0;

	for (i = 0; i < VECTORS; i++)
		walk_from(&walk, stubs + i * STUB_SIZE, BEFORE_CR3, 0);
	walk_from(&walk, address_of("entry_SYSCALL_64"), BEFORE_CR3, 0);
	nr_roots = walk.nr_todo;
	roots = malloc(nr_roots * sizeof(*roots));
	if (!roots)
		unreadable("memory", "is used up");
	memcpy(roots, walk.todo, nr_roots * sizeof(*roots));
	for (i = 0; i < walk.nr_alts; i++)
		if (alts[i].feature / 32 == CPUFEATURE_WORD_PROTOCOL)
			variants |= 1u << alts[i].feature % 32;
	walk_with(0, roots, nr_roots);
	for (i = 0; i < 32; i++)
		if (variants >> i & 1)
			walk_with(1u << i, roots, nr_roots);
	free(roots);

	for (i = 0; i < nr_symbols; i++)
		if (in_range(&walk.text, symbols[i].addr) && !is_marker(symbols[i].name) &&
		    !walk.reached[symbols[i].addr - walk.text.start])
			found(symbols[i].addr, "in entry text is not reached by this check", 0);
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc < 2)
		unreadable("usage", "check_text ELF [KEY]...");
	elf_open(argv[1]);
	allowed = (const char *const *)argv + 2;
	for (i = 0; i < ARRAY_SIZE(zones); i++) {
		zones[i].start = address_of(zones[i].start_symbol);
		zones[i].end = address_of(zones[i].end_symbol);
	}
	walk.alts = alts;
	walk.jumps = jumps;
	walk.signal = offsetof(struct cpu_entry_area, kernel_cr3_loaded);
	walk.in_kernel = says_in_kernel;
	walk.breach = found;
	set_range(&walk.text, "__entry_text_start", "__entry_text_end");
	set_range(&walk.repl, "__altinstr_replacement", "__altinstr_replacement_end");
	walk.reached = calloc(1, walk.text.end - walk.text.start + 1);
	if (!walk.text.bytes || !walk.reached)
		unreadable(argv[1], "has no entry text");

	check_jump_labels();
	check_static_calls();
	read_alternatives();
	check_patcher(true);
	check_patcher(false);
	check_own_list();
	sweep();
	check_entry_text();
	if (breaches)
		return 1;
	printf("  CHECK   %s: %u jump labels, %u static calls, %u alternatives, %u steps of entry "
	       "text, %u functions of the patcher\n",
	       argv[1], nr_jumps, nr_calls, walk.nr_alts, steps + walk.nr_seen, nr_own);
	return 0;
}
