/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways to provoke a protocol: `window` sweeps the named points with forced events, `storm` sends
 * real NMIs and IRQs at random. Both patch all the while, under user programs that enter the
 * kernel in every way; `mutants` runs both for every protocol.
 */
#ifndef TESTS_SCENARIO_H
#define TESTS_SCENARIO_H

#include <kernel/types.h>

struct scenario {
	u64 duration_ns;
	bool stop_at_first; /* violation */
	bool print;	    /* a result line for each point */
};

/* What a scenario came to. */
struct scenario_result {
	u64 entries, pokes, events, skipped;
	u64 violations, elapsed_ns;
};

/*
 * Runs with the protocol that is selected. CPU 0, IRQs on, all other CPUs idle; there must be an
 * isolated one. Leaves points compiled out and user programs stopped.
 */
void window_run(const struct scenario *scenario, struct scenario_result *result);
void storm_run(const struct scenario *scenario, struct scenario_result *result);

/* Why this machine or configuration cannot run them, or NULL. */
const char *scenario_impossible(void);

/* Sums of all isolated CPUs' words for one point. */
struct point_counts {
	u64 reached, injected, hits;
};
struct point_counts scenario_point_counts(unsigned int point);

/*
 * One batch, and then the release of every CPU that waited at a point before it began and was not
 * told: the poke it waited for is done. Between batches a little rest, so that programs get on.
 */
struct random_stream;
void scenario_poke(struct random_stream *random);

/* How many pokes began and ended while a CPU waited at a point, since start. */
u64 scenario_pokes_inside(void);

/* Clears all CPUs' words, with @counts what they counted as well. */
void scenario_clear_points(bool counts);

/* Adds what happened between @before and now. */
void scenario_counts(struct scenario_result *result);

#endif
