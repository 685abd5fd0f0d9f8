// SPDX-License-Identifier: BSD-2-Clause
/*
 * A function is what lies between its symbol and the next one; `name.label`, and what the compiler
 * cut off it and left behind it, belong to it. Rather a function too many than one too few.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <patching/insn.h>
#include <tests/check_text/elf.h>
#include <tests/check_text/flow.h>
#include <tests/check_text/reach.h>

#define ALSO_MAX 4096

static const struct root {
	const char *name;
	bool parked; /* what runs while all others are parked begins there, too */
} roots[] = {
	/* Writing. */
	{"static_key_set", false},
	{"static_call_update", false},
	{"smp_text_poke_single", false},
	{"text_poke_early", false},
	{"flush_tlb_kernel_range", false},
	/* An int3 and a sync IPI, once they are through the entry code. */
	{"trap_from_kernel", false},
	{"trap_from_user", false},
	{"sync_core_interrupt", false},
	{"tlb_interrupt", false},
	{"quirk_interrupt", false},
	/* Parking, and applying alternatives meanwhile. */
	{"alternatives_boot", true},
	{"alternatives_reapply", true},
	{"park_wait", true},
	{"park_nmi", true},
	{"park_mc", true},
	/* Who fills the engine's pointers: its condition, what is called at points and on the way out. */
	{"protocol_select", false},
	{"points_compile_in", false},
	{"isolation_init", false},
};

/* Not followed: the run ends there, and nothing is patched any more; names of places. */
static const char *const ends[] = {"die", "panic", "harness_error", "wait_expired", "symbols_addr"};

static struct {
	u64 from, to;
} also[ALSO_MAX];
static unsigned int nr_also;

static const struct walk *walk;
static u64 text_start, text_end, data_start, tables_end, data_end;
/*
 * A node is a symbol, the first one of its function or object; or nr_symbols more: what lies behind
 * that object, and has no name.
 */
static int *owner;  /* of each symbol */
static int *parent; /* of each node: who runs it, itself if it is a root; -1: nobody */
static int *todo;
static unsigned int nr_todo;

void reach_also(u64 from, u64 to)
{
	if (nr_also == ALSO_MAX)
		unreadable("jump labels", "more than this check holds");
	also[nr_also].from = from;
	also[nr_also++].to = to;
}

/* Where each symbol belongs: "name.label" to "name". */
static void find_owners(void)
{
	int i, first = 0;
	size_t len;

	for (i = 0; i < (int)nr_symbols; i++) {
		len = strlen(symbols[first].name);
		if (!is_marker(symbols[i].name) && symbols[i].addr != symbols[first].addr &&
		    (strncmp(symbols[i].name, symbols[first].name, len) ||
		     symbols[i].name[len] != '.'))
			first = i;
		else if (is_marker(symbols[first].name) && !is_marker(symbols[i].name))
			first = i; /* the same place, by a better name */
		owner[i] = first;
	}
}

static void reach(int node, int by)
{
	if (parent[node] >= 0)
		return;
	parent[node] = by < 0 ? node : by;
	todo[nr_todo++] = node;
}

/* An edge of a table that linker.ld draws: of one that ends there, and of the next. */
static bool is_table(u64 addr)
{
	int i = symbol_below(addr);

	for (; i >= 0 && symbols[i].addr == addr; i--)
		if (!strncmp(symbols[i].name, "__", 2))
			return addr > data_start && addr < tables_end;
	return false;
}

/* Something holds the number @value: the address of a function or of data, or neither. */
static void mention(u64 value, int by)
{
	int first = owner[max(symbol_below(value), 0)];
	u64 size = symbols[first].size;

	if (value >= text_start && value < text_end && symbols[first].addr == value)
		reach(first, by);
	else if (value >= data_start && value < data_end && !is_table(value))
		reach(size && value >= symbols[first].addr + size ? nr_symbols + first : first, by);
}

static void scan_code(u64 addr, u64 end, int by)
{
	struct insn insn;
	const u8 *bytes;
	s32 field;
	u64 target;
	int i;

	for (; addr < end; addr += insn.length) {
		bytes = bytes_at(addr, end - addr);
		if (!bytes || !insn_decode(&insn, bytes, end - addr)) {
			walk->breach(addr,
				     "is run by the patcher, and no instruction that is known here",
				     0);
			return;
		}
		target = addr + insn.length + insn.rel;
		if (insn.rel_branch && target >= text_start && target < text_end)
			reach(owner[symbol_below(target)], by);
		else if (insn.rel_size)
			mention(target, by);
		for (i = 1; i + (int)sizeof(field) <= insn.length; i++) {
			memcpy(&field, bytes + i, sizeof(field));
			mention((s64)field, by);
		}
	}
}

static void scan_data(u64 addr, u64 end, int by)
{
	const u8 *bytes;
	u64 value;

	for (addr = ALIGN_UP(addr, 8ul); addr + sizeof(value) <= end; addr += sizeof(value)) {
		bytes = bytes_at(addr, sizeof(value));
		if (!bytes)
			return;
		memcpy(&value, bytes, sizeof(value));
		mention(value, by);
	}
}

static void scan(int node)
{
	int first = node % (int)nr_symbols;
	u64 addr = symbols[first].addr, size = symbols[first].size, end;
	const struct walk_alt *alt;
	unsigned int i, next = first;

	while (next < nr_symbols && owner[next] == first)
		next++;
	end = next < nr_symbols ? symbols[next].addr : data_end;
	if (addr >= data_start) {
		if (node != first)
			scan_data(addr + size, min(end, data_end), node);
		else
			scan_data(addr, size ? addr + size : min(end, data_end), node);
		return;
	}
	scan_code(addr, min(end, text_end), first);
	for (alt = walk->alts; alt < walk->alts + walk->nr_alts; alt++)
		if (alt->site >= addr && alt->site < end)
			scan_code(alt->repl, alt->repl + alt->repl_len, first);
	for (i = 0; i < nr_also; i++)
		if (also[i].from >= addr && also[i].from < end)
			reach(owner[symbol_below(also[i].to)], first);
}

static bool is_end(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++)
		if (!strcmp(name, ends[i]))
			return true;
	return false;
}

unsigned int reach_run(const struct walk *w, bool parked)
{
	unsigned int i, functions = 0;

	walk = w;
	text_start = address_of("__text_start");
	text_end = address_of("__park_text_end"); /* entry text has rules of its own */
	data_start = address_of("__rodata_start");
	tables_end = address_of("__rodata_end");
	data_end = address_of("__kernel_end");
	owner = calloc(nr_symbols, sizeof(*owner));
	parent = calloc(2 * nr_symbols, sizeof(*parent));
	todo = calloc(2 * nr_symbols, sizeof(*todo));
	if (!owner || !parent || !todo)
		unreadable("memory", "is used up");
	memset(parent, -1, 2 * nr_symbols * sizeof(*parent));
	find_owners();
	for (i = 0; i < ARRAY_SIZE(roots); i++)
		if (roots[i].parked || !parked)
			reach(owner[symbol_below(address_of(roots[i].name))], -1);
	while (nr_todo) {
		int node = todo[--nr_todo];

		if (is_end(symbols[node % nr_symbols].name))
			continue;
		functions += symbols[node % nr_symbols].addr < text_end;
		scan(node);
	}
	return functions;
}

bool reach_has(u64 addr)
{
	return parent[owner[max(symbol_below(addr), 0)]] >= 0;
}

bool reach_is(u64 addr, const char *function)
{
	return !strcmp(symbols[owner[max(symbol_below(addr), 0)]].name, function);
}

const char *reach_path(u64 addr)
{
	static char text[512];
	int i = owner[symbol_below(addr)];
	size_t used;

	used = snprintf(text, sizeof(text), "%s", symbols[i].name);
	for (; parent[i] != i && used < sizeof(text); i = parent[i])
		used += snprintf(text + used, sizeof(text) - used, ", run by %s",
				 symbols[parent[i] % nr_symbols].name);
	return text;
}
