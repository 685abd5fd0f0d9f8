// SPDX-License-Identifier: BSD-2-Clause
/*
 * The memory before is laid out in an arena of ours as it was, so that all distances are the
 * kernel's; behind it the table, in the form that the engine reads. What lies in the kernel at A lies
 * here at A + shift.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <patching/alternative_engine.h>
#include <tests/linux_audit/alt_table.h>
#include <tests/linux_audit/apply.h>
#include <tests/linux_audit/sites.h>
#include <tests/linux_audit/symbols.h>

#define CALL_LENGTH	 5
#define CALL_PADDING_MAX 16 /* CONFIG_FUNCTION_PADDING_BYTES */
#define FEATURE_WORDS	 64
#define MAX_TEXTS	 16

static struct range span; /* what the dumps hold, of the kernel */
static u8 *arena;
static s64 shift;
static const u8 *after, *booted;
static u32 features[FEATURE_WORDS];

/* Kept from one location to the next. */
static const struct site *sites;
static unsigned int nr_sites;
static struct apply_counts counts;

static const u8 *dump(const char *path)
{
	u64 size;
	const u8 *bytes = map_file(path, &size);

	if (size != span.end - span.start)
		unusable(path, "holds %llu bytes of memory: expected %llu",
			 (unsigned long long)size, (unsigned long long)(span.end - span.start));
	return bytes;
}

static void *here(u64 addr)
{
	return (void *)(addr + shift);
}

static bool in_span(u64 addr, u64 len)
{
	return addr >= span.start && addr <= span.end && len <= span.end - addr;
}

/* The memory must be that of this very kernel: its banner lies where the file has it. */
static void check_dump(const char *path, const u8 *bytes)
{
	const Elf64_Phdr *first = image_segment(0);
	const u8 *file = image_at(first->p_vaddr, first->p_filesz), *at;
	size_t len = strlen(image_banner());

	at = memmem(file, first->p_filesz, image_banner(), len);
	if (at && in_span(first->p_vaddr + (at - file), len) &&
	    memcmp(bytes + (at - file) + (first->p_vaddr - span.start), at, len))
		unusable(path,
			 "is not the memory of this kernel: no banner where the file has one");
}

/*
 * Where the feature words begin, as a static_cpu_has() says: "jmp 6f", with two entries, and there
 * "testb $bit, byte(%rip)". 0: @alt begins no such one.
 */
static u64 capability_of(const struct linux_alt *alt)
{
	const u8 *p = image_at(alt->site, 5), *test;
	u64 aux;

	if (alt[0].feature != LINUX_FEATURE_ALWAYS || alt[1].site != alt->site || alt[1].repl_len ||
	    alt[1].flags || !p || *p != 0xe9)
		return 0;
	aux = alt->site + 5 + (s32)get_u32(p + 1);
	test = image_at(aux, 7);
	if (!test || test[0] != 0xf6 || test[1] != 0x05 || test[6] != 1u << alt[1].feature % 8)
		return 0;
	return aux + 7 + (s32)get_u32(test + 2) - alt[1].feature / 8;
}

/*
 * Where boot_cpu_data.x86_capability lies: static_cpu_has() looks there until its alternative is
 * applied, so that hundreds of places say so. All must say the same.
 */
static u64 find_capabilities(const struct linux_alt *alts, unsigned int nr)
{
	u64 found = 0, one;
	unsigned int i;

	for (i = 0; i + 1 < nr; i++) {
		one = capability_of(&alts[i]);
		if (one && found && one != found)
			unusable(image_path(),
				 "static_cpu_has() finds features at %#llx and at %#llx",
				 (unsigned long long)found, (unsigned long long)one);
		if (one)
			found = one;
	}
	if (!found)
		unusable(image_path(), "no static_cpu_has() says where the feature words are");
	return found;
}

static void read_features(const struct linux_alt *alts, unsigned int nr)
{
	u64 at = find_capabilities(alts, nr);
	unsigned int i, words = 0;

	for (i = 0; i < nr; i++)
		words = max(words, alts[i].feature / 32 + 1u);
	if (words > FEATURE_WORDS || !in_span(at, 4ull * words))
		unusable(image_path(), "its %u feature words at %#llx are not in the memory", words,
			 (unsigned long long)at);
	memcpy(features, here(at), 4ul * words);
	counts.feature_words = words;
}

/* The engine's table, behind the memory. */
static struct alt_instr *make_table(const struct linux_alt *alts, unsigned int nr)
{
	struct alt_instr *table = here(span.end);
	unsigned int i;

	for (i = 0; i < nr; i++)
		table[i] = (struct alt_instr){
			.instr_offset = (s64)here(alts[i].site) - (s64)&table[i].instr_offset,
			.repl_offset = (s64)here(alts[i].repl) - (s64)&table[i].repl_offset,
			.feature = alts[i].feature,
			.flags = alts[i].flags,
			.instrlen = alts[i].site_len,
			.replacementlen = alts[i].repl_len,
		};
	return table;
}

/*
 * A pointer through which a direct call goes holds an address of the kernel's: here it must be one
 * of ours. Several calls share one, which is moved once.
 */
static void move_pointer(const struct linux_alt *alt)
{
	const u8 *call = here(alt->site);
	u64 at = alt->site + 6 + (s32)get_u32(call + 2), value;

	if (call[0] != 0xff || call[1] != 0x15 || !in_span(at, 8))
		return; /* the engine will say so */
	memcpy(&value, here(at), 8);
	if (!in_span(value, 1))
		return; /* NULL, or moved already */
	value += shift;
	memcpy(here(at), &value, 8);
}

static int by_address(const void *a, const void *b)
{
	const u64 *addr = a;
	const struct site *site = b;

	return *addr < site->addr ? -1 : *addr > site->addr;
}

/* Is the byte at @addr one that the kernel rewrites after its alternatives, by a table of its own? */
static bool explained(u64 addr, enum site_kind *kind)
{
	static const u8 lengths[SITE_KINDS] = {
		[SITE_JUMP_LABEL] = 5, [SITE_STATIC_CALL] = 5, [SITE_FTRACE] = 5,
		[SITE_CALL] = 5,       [SITE_ENDBR] = 4,       [SITE_SMP_LOCK] = 1,
	};
	const struct site *site;
	unsigned int back;
	u64 at;

	for (back = 0; back < 5; back++) {
		at = addr - back;
		site = bsearch(&at, sites, nr_sites, sizeof(*sites), by_address);
		/* Several may have one address, and no more than one of each kind. */
		while (site && site > sites && site[-1].addr == at)
			site--;
		for (; site && site < sites + nr_sites && site->addr == at; site++) {
			*kind = site->kind;
			if (back < lengths[site->kind])
				return true;
		}
	}
	return false;
}

static void print_bytes(const char *what, const u8 *bytes, unsigned int len)
{
	printf("#   %-8s", what);
	while (len--)
		printf(" %02x", *bytes++);
	putchar('\n');
}

static void complain(const struct alt_patch *patch, const char *what)
{
	u64 addr = patch->addr - shift;

	counts.unexplained++;
	printf("unexplained %s %lx: %s\n", symbols_describe(&ksyms, addr), (unsigned long)addr,
	       what);
	print_bytes("original", patch->original, patch->len);
	if (!patch->error)
		print_bytes("ours", patch->bytes, patch->len);
	print_bytes("after", after + (addr - span.start), patch->len);
	print_bytes("booted", booted + (addr - span.start), patch->len);
}

/* Linux leaves out a call that would go to its function that does nothing, since 6.8. */
static bool is_left_out_call(const struct alt_patch *patch, const u8 *theirs)
{
	u64 nop_func, target;

	if (!patch->winner || !(patch->winner->flags & ALT_FLAG_DIRECT_CALL) ||
	    !symbol_find("nop_func", &nop_func))
		return false;
	target = patch->addr - shift + 5 + (s32)get_u32(patch->bytes + 1);
	return target == nop_func && compare_is_padding(theirs, patch->len);
}

static bool judge_after(const struct alt_patch *patch, const u8 *theirs)
{
	enum same same = compare_code(patch->bytes, theirs, patch->len);
	bool left_out = same == SAME_NOT && is_left_out_call(patch, theirs);

	counts.same[same]++;
	counts.left_out += left_out;
	if (same == SAME_NOT && !left_out)
		complain(patch, "the kernel wrote something else");
	return same != SAME_NOT || left_out;
}

/*
 * With call depth tracking a call goes to the accounting in front of the function's own code, the
 * calls of alternatives too, which are in no other table (callthunks.c of Linux, since 6.2).
 */
static bool is_call_thunk(const u8 *then, const u8 *now, unsigned int len)
{
	s32 from, to;

	if (!site_table_found(SITE_CALL) || len < CALL_LENGTH || then[0] != 0xe8 ||
	    now[0] != 0xe8 || memcmp(then + CALL_LENGTH, now + CALL_LENGTH, len - CALL_LENGTH))
		return false;
	from = get_u32(then + 1);
	to = get_u32(now + 1);
	return to < from && to >= from - CALL_PADDING_MAX;
}

static void judge_booted(const struct alt_patch *patch, u64 addr)
{
	const u8 *then = after + (addr - span.start), *now = booted + (addr - span.start);
	bool thunk = is_call_thunk(then, now, patch->len);
	bool kinds[SITE_KINDS] = {[SITE_CALL] = thunk};
	enum site_kind kind;
	unsigned int i;

	for (i = 0; i < patch->len && !thunk; i++) {
		if (then[i] == now[i])
			continue;
		if (!explained(addr + i, &kind)) {
			complain(patch, "rewritten later, and no table says so");
			return;
		}
		kinds[kind] = true;
	}
	counts.booted++;
	for (kind = 0; kind < SITE_KINDS; kind++)
		counts.rewritten[kind] += kinds[kind];
}

/* Text that is given back when the kernel has booted. */
static struct range gone[MAX_TEXTS];
static unsigned int nr_gone;

static void note_gone(const char *name, struct range range, bool exec)
{
	if (exec && nr_gone < MAX_TEXTS && strcmp(name, ".text"))
		gone[nr_gone++] = range;
}

static bool is_gone(u64 addr)
{
	unsigned int i;

	for (i = 0; i < nr_gone; i++)
		if (addr >= gone[i].start && addr < gone[i].end)
			return true;
	return false;
}

static void judge(const struct alt_patch *patch)
{
	u64 addr = patch->addr - shift;

	counts.locations++;
	if (patch->error) {
		complain(patch, alt_strerror(patch->error));
		return;
	}
	counts.replaced += !!patch->winner;
	if (!judge_after(patch, after + (addr - span.start)))
		return;
	if (is_gone(addr))
		counts.gone++;
	else
		judge_booted(patch, addr);
}

/* The memory into the arena, the rest beside it. */
static void load_memory(const struct apply_dumps *dumps, unsigned int nr_alts)
{
	size_t size, room;

	span = dumps->span;
	size = span.end - span.start;
	room = size + nr_alts * sizeof(struct alt_instr);
	arena = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (arena == MAP_FAILED)
		abort();
	shift = (s64)arena - (s64)span.start;
	memcpy(arena, dump(dumps->before), size);
	after = dump(dumps->after);
	booted = dump(dumps->booted);
	check_dump(dumps->before, arena);
	check_dump(dumps->after, after);
	check_dump(dumps->booted, booted);
}

static void check_places(const struct linux_alt *alts, unsigned int nr)
{
	const struct linux_alt *alt;

	for (alt = alts; alt < alts + nr; alt++)
		if (!in_span(alt->site, alt->site_len) || !in_span(alt->repl, alt->repl_len))
			unusable(image_path(), "an alternative at %#llx is not in the memory",
				 (unsigned long long)alt->site);
}

struct apply_counts apply_and_compare(const struct apply_dumps *dumps)
{
	struct alt_env env = {.features = features};
	const struct alt_instr *a, *table;
	const struct linux_alt *alts;
	struct alt_patch patch;
	unsigned int nr, i;

	alts = alt_table_read(&nr);
	if (!alts)
		unusable(image_path(), "has no .altinstructions");
	load_memory(dumps, nr);
	check_places(alts, nr);
	read_features(alts, nr);
	env.feature_words = counts.feature_words;
	table = make_table(alts, nr);
	for (i = 0; i < nr; i++)
		if (alts[i].flags & ALT_FLAG_DIRECT_CALL)
			move_pointer(&alts[i]);
	sites = sites_read((struct range){0, -1ull}, &nr_sites);
	image_each_section(note_gone);
	for (a = table; a < table + nr;) {
		a = alternative_analyze(a, table + nr, &env, &patch);
		judge(&patch);
	}
	return counts;
}
