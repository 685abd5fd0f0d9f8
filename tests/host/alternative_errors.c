// SPDX-License-Identifier: BSD-2-Clause
/*
 * Malformed alternatives tables: each kind must be noticed before anything is written, and be
 * blamed on the right entry. An argument is the number of tables, a second one the seed.
 */
#include <stdlib.h>
#include <string.h>
#include <tests/host/lib/alt_tables.h>
#include <tests/host/lib/tap.h>
#include "../../patching/insn.c"
#include "../../patching/nops.c"
#include "../../patching/alternative.c"
#include "../../patching/alternative_index.c"

static unsigned long malformed[ALT_ERR_COUNT], unnoticed[ALT_ERR_COUNT];

/* Breaks one entry in the way of the error. False where this table gives no occasion. */
static bool break_table(enum alt_error error, struct alt_instr *a)
{
	bool direct = a->flags & ALT_FLAG_DIRECT_CALL;
	u8 *repl = (u8 *)alt_replacement(a);
	unsigned long shift;

	switch (error) {
	case ALT_ERR_FEATURE:
		a->feature = FEATURES + rnd(65536 - FEATURES);
		return true;
	case ALT_ERR_FLAGS:
		a->flags |= 4 << rnd(14);
		return true;
	case ALT_ERR_EMPTY:
		a->instrlen = 0;
		return true;
	case ALT_ERR_TOO_LONG:
		a->instrlen = 255;
		return true;
	case ALT_ERR_REPL_LONG:
		a->replacementlen = a->instrlen + 1;
		return a->instrlen < 255;
	case ALT_ERR_OVERLAP:
		shift = 1 + rnd(8);
		if (shift >= a->instrlen || alt_location(a) - (unsigned long)arena.text < shift ||
		    nentries == ARRAY_SIZE(arena.table))
			return false;
		/* A site of its own that reaches into the one of a. */
		arena.table[nentries] = *a;
		arena.table[nentries].instr_offset -= (nentries - (a - arena.table)) * sizeof(*a);
		arena.table[nentries].instr_offset += rnd(2) ? shift : -shift;
		arena.table[nentries].repl_offset -= (nentries - (a - arena.table)) * sizeof(*a);
		nentries++;
		return true;
	case ALT_ERR_SCATTERED:
		if (alt_location(a) == alt_location(&arena.table[nentries - 1]) ||
		    nentries == ARRAY_SIZE(arena.table))
			return false;
		arena.table[nentries] = *a;
		arena.table[nentries].instr_offset -= (nentries - (a - arena.table)) * sizeof(*a);
		arena.table[nentries].repl_offset -= (nentries - (a - arena.table)) * sizeof(*a);
		nentries++;
		return true;
	case ALT_ERR_NOT_CALL:
		/* Another instruction, or one more after the call. */
		if (a->instrlen > CALL_INDIRECT_LENGTH && rnd(2))
			((u8 *)alt_location(a))[CALL_INDIRECT_LENGTH] = 0xc3;
		else
			*(u8 *)alt_location(a) = 0x0f;
		return direct;
	case ALT_ERR_CALL_REPL:
		*repl = 0xe9;
		return direct;
	case ALT_ERR_CALL_NULL:
		return direct;
	case ALT_ERR_DECODE:
		if (direct || !a->replacementlen)
			return false;
		/* Not an instruction, or one that ends after the replacement. */
		repl[0] = rnd(2) ? 0x06 : 0xe8;
		shift = 1 + rnd(CALL_DIRECT_LENGTH - 1);
		if (repl[0] == 0xe8)
			a->replacementlen = min(a->replacementlen, (u8)shift);
		return true;
	case ALT_ERR_RANGE:
		if (direct || a->replacementlen < 2)
			return false;
		repl[0] = 0xeb;
		repl[1] = 0x80 + rnd(100);
		return true;
	case ALT_OK: /* the others are not of one entry: the tests below have them */
	case ALT_ERR_CAPACITY:
	case ALT_ERR_COUNT:
	case ALT_ERR_WRITE:
		break;
	}
	return false;
}

/* What the validation says of the table that was broken at a. */
static bool validation_notices(enum alt_error error, const struct alt_instr *a)
{
	const struct alt_instr *end = arena.table + nentries;
	unsigned int errors;

	forget();
	alternatives_index(arena.table, end, &index_);
	errors = alternatives_validate(arena.table, end, &env, &index_);
	if (!errors || errors != seen_reports || seen_writes || !(seen_errors & BIT(error)))
		return false;
	/* One error, and no other is blamed; what moves or grows may also hit its neighbours. */
	return error == ALT_ERR_OVERLAP || error == ALT_ERR_SCATTERED ||
	       error == ALT_ERR_TOO_LONG ||
	       (seen_errors == BIT(error) && alt_location(seen_culprit) == alt_location(a));
}

/* What applying it all the same does: nothing, if the error concerns the winner. */
static bool application_notices(enum alt_error error)
{
	bool always = error >= ALT_ERR_FEATURE && error <= ALT_ERR_REPL_LONG;
	int result;

	forget();
	result = apply_alternatives(arena.table, arena.table + nentries, &env);
	if (result >= 0)
		return !always && seen_writes == nsites;
	return result == -error && !seen_writes && !memcmp(arena.text, built, text_used);
}

/* A NULL pointer is an error of the winner only: the others' may be set by who needs them. */
static bool null_is_noticed(const struct alt_instr *a)
{
	struct alt_patch patch = {.addr = alt_location(a), .len = a->instrlen, .winner = a};
	unsigned long slots[SLOTS];
	bool noticed;

	memcpy(slots, arena.slots, sizeof(slots));
	memset(arena.slots, 0, sizeof(arena.slots));
	memcpy(patch.original, (void *)patch.addr, patch.len);
	noticed = alternative_prepare(&patch) == ALT_ERR_CALL_NULL;
	memcpy(arena.slots, slots, sizeof(slots));
	return noticed;
}

static void check_malformed(void)
{
	enum alt_error error = 1 + rnd(ALT_ERR_CAPACITY - 1);
	struct alt_instr *a = &arena.table[rnd(nentries)];
	bool noticed;

	if (!break_table(error, a))
		return;
	memcpy(built, arena.text, text_used);
	if (error == ALT_ERR_CALL_NULL)
		noticed = null_is_noticed(a);
	else
		noticed = validation_notices(error, a);
	if (error != ALT_ERR_OVERLAP && error != ALT_ERR_SCATTERED && error != ALT_ERR_CALL_NULL)
		noticed &= application_notices(error);
	malformed[error]++;
	unnoticed[error] += !noticed;
}

static void check_capacity(void)
{
	struct alt_index small = index_;

	random_table();
	small.capacity = nsites - 1;
	ok(alternatives_index(arena.table, arena.table + nentries, &small) == -ALT_ERR_CAPACITY,
	   "an index with too few sites is refused");
	small = index_;
	small.originals_size = 0;
	ok(alternatives_index(arena.table, arena.table + nentries, &small) == -ALT_ERR_CAPACITY,
	   "an index with too little room for originals is refused");
}

int main(int argc, char **argv)
{
	unsigned long i, tables = argc > 1 ? strtoul(argv[1], NULL, 0) : 100000;

	start_world(argc > 2 ? argv[2] : NULL);
	for (i = 0; i < tables; i++) {
		random_table();
		check_malformed();
	}
	for (i = 1; i < ALT_ERR_CAPACITY; i++)
		ok(malformed[i] && !unnoticed[i], "%s: %lu tables, %lu unnoticed", alt_strerror(i),
		   malformed[i], unnoticed[i]);
	check_capacity();
	return done_testing();
}
