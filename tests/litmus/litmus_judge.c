// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <tests/litmus/litmus_judge.h>

#define PER_BILLION 1000000000ul

static u64 square_root(u64 n)
{
	u64 root = 0, bit;

	for (bit = 1ul << 31; bit; bit >>= 1)
		if ((root + bit) * (root + bit) <= n)
			root += bit;
	return root;
}

/*
 * Upper bound of a Poisson mean at 95 %, in thousandths: 2.996 for none seen, exactly; for more, the
 * normal approximation with a margin that keeps it above the exact value.
 */
static u64 bound_of(u64 seen)
{
	return 2996 + 1000 * seen + 1650 * square_root(seen);
}

/* ln(@n), @n from 1 to 2^32, in thousandths, rounded down: the binary logarithm bit by bit, times ln 2. */
static u64 log_of(u64 n)
{
	u64 x = n << 16, log = 0;
	int bit;

	for (; x >= BIT(17); x >>= 1)
		log += BIT(16);
	for (bit = 15; bit >= 0; bit--) {
		x = x * x >> 16; /* in [1, 4), 16 binary places */
		if (x < BIT(17))
			continue;
		x >>= 1;
		log += BIT(bit);
	}
	return log * 693 >> 16;
}

/*
 * Positives come in bursts where the machine is shared. So a control also predicts by its turns: where
 * it left (turns - fired) of them empty, all of the row's are empty with a probability of
 * ((turns - fired) / turns)^row's turns, which is e^-expected.
 */
static u64 expected_by(const struct litmus_evidence *e, enum litmus_control which)
{
	const struct litmus_tally *control = &e->controls[which];
	unsigned int empty = control->turns - control->fired;
	u64 positives, turns;

	if (!control->rounds)
		return 0;
	positives = mul_div(control->positive, e->row.rounds, control->rounds);
	turns = e->row.turns * (log_of(control->turns) - log_of(max(empty, 1u))) / 1000;
	return min(positives, turns); /* @litmus.burst */
}

struct litmus_judgement litmus_judge(const struct litmus_evidence *e)
{
	struct litmus_judgement j = {.here = LITMUS_NOT_TESTABLE_HERE, .expected = ~0ul};
	enum litmus_control which;
	bool missing = false;
	u64 expected;

	for (which = 0; which < LITMUS_NR_CONTROLS; which++) {
		if (which == LITMUS_SENDER && e->no_sender) /* @litmus.sender */
			continue;
		missing |= !e->controls[which].rounds;
		expected = expected_by(e, which);
		if (expected >= j.expected)
			continue;
		j.expected = expected;
		j.weakest = which;
	}
	if (e->row.rounds)
		j.bound_ppb = mul_div(bound_of(e->row.positive), PER_BILLION / 1000, e->row.rounds);

	if (e->lingered) { /* @litmus.lingered */
		j.lack = LITMUS_LACKS_MACHINE;
	} else if (e->row.positive && e->row.fired < LITMUS_FIRED_MIN) { /* @litmus.repeated */
		j.lack = LITMUS_LACKS_REPETITION;
	} else if (e->row.positive) { /* @litmus.positive */
		j.here = LITMUS_BROKEN_HERE;
	} else if (!e->met) { /* @litmus.met */
		j.lack = LITMUS_LACKS_MEETING;
	} else if (missing) {
		j.lack = LITMUS_LACKS_CONTROL;
	} else if (!e->controls[LITMUS_DELAYED].positive &&
		   e->controls[LITMUS_NOTHING].positive) { /* @litmus.difference */
		j.lack = LITMUS_LACKS_DIFFERENCE;
	} else if (j.expected < LITMUS_EXPECTED_MIN) { /* @litmus.power */
		j.lack = LITMUS_LACKS_RATE;
		if (j.expected)
			j.more_s = mul_div(e->ns, LITMUS_EXPECTED_MIN - j.expected, j.expected) /
					   1000000000 +
				   1;
	} else {
		j.here = LITMUS_SOUND_HERE;
	}
	return j;
}
