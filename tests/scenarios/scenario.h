/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways to provoke a protocol: `window` sweeps the named points with forced events, `storm` sends
 * real NMIs and IRQs at random. Both patch all the while, under user programs that enter the
 * kernel in every way; `mutants` runs both for every protocol.
 */
#ifndef TESTS_SCENARIO_H
#define TESTS_SCENARIO_H

#include <entry/protocol/points.h>
#include <kernel/lib/types.h>

struct scenario {
	u64 duration_ns;
	unsigned int victims; /* isolated CPUs that run programs */
	/* Of a row of a table: it ends once this is true, or when enough was tried. NULL: no row. */
	bool (*found)(void);
	bool print; /* a result line for each point */
};

/* What a scenario came to. */
struct scenario_result {
	u64 entries, pokes, events, skipped, nmis;
	u64 violations, elapsed_ns;
	u64 answered; /* pokes that found a CPU waiting at a point, and told it or skipped it */
	unsigned int untried; /* things to try that never came about: 0, or the result is none */
};

/*
 * Runs with the protocol that is selected. CPU 0, IRQs on, all other CPUs idle; there must be an
 * isolated one. Leaves points compiled out and user programs stopped.
 */
void window_run(const struct scenario *scenario, struct scenario_result *result);
void storm_run(const struct scenario *scenario, struct scenario_result *result);

/* Why this machine or configuration cannot run them, or NULL. */
const char *scenario_impossible(void);

/*
 * What isolated CPUs shall do at @point, beside what they do already: wait for a poke, then force
 * @event; and force any kind at the points of mask @inject2 while one is under way. Undone by
 * scenario_clear_points().
 */
void scenario_set_point(unsigned int point, bool wait, bool inject, enum point_event event,
			u32 inject2);

/* One NMI to each isolated CPU. */
void scenario_send_nmis(void);

/* Sums of all isolated CPUs' words for one point. */
struct point_counts {
	u64 reached, injected, hits;
};
struct point_counts scenario_point_counts(unsigned int point);

/*
 * One batch, and then the release of every CPU that waited at a point before it began and was not
 * told: the poke it waited for is done. The patcher executes some of the sites itself: it has to be
 * in time with its own changes, too.
 */
struct random_stream;
void scenario_poke(struct random_stream *random);

/* The same without sites that the patcher runs; sites of @contexts are in every batch. */
void scenario_poke_some(struct random_stream *random, u32 contexts);

/*
 * How many waits of isolated CPUs at points, since start, had an answer: a poke that began and
 * ended meanwhile (inside), or a sync that told the CPU and waited for it.
 */
struct poke_answers {
	u64 inside, told;
};
struct poke_answers scenario_answers(void);

/* Clears all CPUs' words, with @counts what they counted as well. */
void scenario_clear_points(bool counts);

/* Adds what happened between @before and now. */
void scenario_counts(struct scenario_result *result);

#endif
