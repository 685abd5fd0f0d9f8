// SPDX-License-Identifier: BSD-2-Clause
/*
 * The alternatives engine against a model, over random tables: final bytes, one write for each
 * location, re-application with other features, and where the old engine of one write per entry
 * differs. An argument is the number of tables, a second one the seed.
 */
#include <stdlib.h>
#include <string.h>
#include <tests/host/lib/alt_tables.h>
#include <tests/host/lib/tap.h>
#include "../../patching/insn.c"
#include "../../patching/nops.c"
#include "../../patching/alternative.c"
#include "../../patching/alternative_index.c"
#include "../alternatives/old_alternative.c"

static struct {
	unsigned long tables, sites, entries, writes, comparisons, bad_bytes, bad_writes;
	unsigned long direct, unpatched, reapplied, bad_reapplied, bad_valid;
	unsigned long old_writes, old_same, old_broken, old_surprises;
} count;

static bool text_as_expected(void)
{
	count.comparisons++;
	return !memcmp(arena.text, expected, text_used);
}

static void check_new(void)
{
	const struct alt_instr *end = arena.table + nentries;
	const struct variant *winner;
	unsigned int i;
	bool good;

	forget();
	env.read_original = NULL;
	good = !alternatives_index(arena.table, end, &index_) && index_.count == nsites &&
	       !alternatives_validate(arena.table, end, &env, &index_) && !seen_writes;
	count.bad_valid += !good;
	good = apply_alternatives(arena.table, end, &env) == (int)nsites && seen_writes == nsites;
	for (i = 0; i < nsites; i++) {
		good &= writes_at[sites[i].addr - arena.text] == 1;
		winner = expect_winner(&sites[i], present);
		count.direct += winner && winner->flags & ALT_FLAG_DIRECT_CALL;
		count.unpatched += !winner;
	}
	count.bad_writes += !good;
	count.writes += seen_writes;
	count.bad_bytes += !text_as_expected();
}

static void read_kept(void *ctx, unsigned long addr, u8 *buf, size_t len)
{
	if (!alternatives_read_original(&index_, addr, buf, len))
		abort();
}

/* From the kept originals, whatever stands there now. */
static void check_again(void)
{
	set_features();
	expect_text();
	env.read_original = read_kept;
	forget();
	apply_alternatives(arena.table, arena.table + nentries, &env);
	count.reapplied += seen_writes;
	count.bad_reapplied += !text_as_expected() || seen_writes != nsites;
}

/* Its direct call fails exactly where an entry before it has applied. */
static bool old_engine_fails(void)
{
	const struct variant *v;
	unsigned int i, j;
	bool applied;

	for (i = 0; i < nsites; i++)
		for (j = 0, applied = false; j < sites[i].count; j++) {
			v = &sites[i].variants[j];
			if (present[v->feature] != !(v->flags & ALT_FLAG_NOT))
				continue;
			if (applied && v->flags & ALT_FLAG_DIRECT_CALL)
				return true;
			applied = true;
		}
	return false;
}

static void check_old(void)
{
	int result;

	memcpy(arena.text, built, text_used);
	env.read_original = NULL;
	forget();
	result = old_apply_alternatives(arena.table, arena.table + nentries, &env);
	count.old_writes += seen_writes;
	if (old_engine_fails()) {
		count.old_broken++;
		count.old_surprises += result != -ALT_ERR_NOT_CALL;
	} else {
		count.old_same++;
		count.old_surprises += result != (int)nentries || !text_as_expected();
	}
}

static void conclude(void)
{
	ok(!count.bad_bytes,
	   "%lu tables, %lu locations, %lu entries, %lu comparisons: %lu unlike the model",
	   count.tables, count.sites, count.entries, count.comparisons, count.bad_bytes);
	ok(count.direct && count.unpatched, "among them %lu direct calls, %lu kept originals",
	   count.direct, count.unpatched);
	ok(!count.bad_writes && count.writes == count.sites,
	   "%lu writes: one for each location, %lu tables otherwise", count.writes,
	   count.bad_writes);
	ok(!count.bad_valid, "no well-formed table is accused: %lu are", count.bad_valid);
	ok(!count.bad_reapplied, "%lu locations re-applied from their originals, %lu tables wrong",
	   count.reapplied, count.bad_reapplied);
	ok(count.old_broken && !count.old_surprises,
	   "the old engine, %lu writes: %lu tables alike, %lu lose a direct call, %lu surprises",
	   count.old_writes, count.old_same, count.old_broken, count.old_surprises);
}

int main(int argc, char **argv)
{
	unsigned long tables = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000;

	start_world(argc > 2 ? argv[2] : NULL);
	for (; count.tables < tables; count.tables++) {
		random_table();
		count.sites += nsites;
		count.entries += nentries;
		check_new();
		if (!(count.tables % 4))
			check_again();
		if (count.tables % 4 == 1)
			check_old();
	}
	conclude();
	return done_testing();
}
