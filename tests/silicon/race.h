/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rounds of one litmus test over the pair, many sites for each meeting of the two. Each thread
 * starts round i at t0 + i * period by the TSC, give or take; the period and the sender's lead are
 * adjusted until the two really meet: the sender reads S=0 about every other time.
 */
#ifndef TESTS_SILICON_RACE_H
#define TESTS_SILICON_RACE_H

#include <tests/litmus/litmus_shapes.h>

/* One test, what came out so far, and how it is paced. Zeroed to begin with. */
struct race {
	struct litmus_test test;
	struct litmus_counts counts;
	u64 ns;
	u64 period;			/* cycles from round to round */
	s64 lead;			/* cycles by which the victim starts before the sender */
	bool no_serializer, no_barrier; /* planted bugs */
};

/* Maps the text. NULL, or why this kind of store through this kind of mapping is impossible. */
const char *race_prepare(enum litmus_store store, enum litmus_alias alias);

/* Runs @race until it has done @rounds more, or @ns are over, whichever comes first. */
void race_run(struct race *race, u64 rounds, u64 ns);

#endif
