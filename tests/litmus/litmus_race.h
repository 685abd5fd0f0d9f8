/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rounds of one litmus test over the CPUs of cpus=, many sites for each meeting: the first is the
 * sender, every other one a victim with an S of its own, and each counts a round. Each begins round
 * i at t0 + i * period by the TSC, give or take; period and lead are adjusted until they really
 * meet: the sender reads S=0 about every other time.
 */
#ifndef TESTS_LITMUS_RACE_H
#define TESTS_LITMUS_RACE_H

#include <tests/litmus/litmus_shapes.h>

/* One test, what came out so far, and how it is paced. Zeroed to begin with. */
struct litmus_race {
	struct litmus_test test;
	struct litmus_counts counts;
	u64 ns;
	u64 period; /* cycles from round to round */
	s64 lead;   /* cycles by which the victim starts before the sender */
};

/*
 * Runs @race for about @ns after litmus_map(), one batch at least. CPU 0; the CPUs of cpus= idle, or
 * CPU 0 itself. Panics where there is no memory for a victim (150 KiB each).
 */
void litmus_race_run(struct litmus_race *race, u64 ns);

#endif
