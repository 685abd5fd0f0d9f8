/* SPDX-License-Identifier: BSD-2-Clause */
/* What test=noise says of each isolated CPU: a result, a histogram, the longest gaps, and a row of a table. */
#ifndef TESTS_NOISE_REPORT_H
#define TESTS_NOISE_REPORT_H

#include <kernel/lib/types.h>
#include <tests/scenarios/poke_stats.h>
#include <tests/user/noise.h>

/* One run under load. */
struct noise_run {
	const char *load, *sync;
	u64 since; /* the clock when programs were started */
	struct poke_stats stats;
	u64 flushes;
	bool pokes_some, flushes_some; /* is that part of the load? */
};

/* Keeps what the programs saw with nothing going on, to be printed beside the rest. They have ended. */
void noise_keep_floor(void);

/* Prints all that the programs saw, which have ended, and what interruptions_end() counted. */
void noise_print(const struct noise_run *run);

/* Writes what a gap is put down to: "ipi, last by sync IPI (vector 0xfb)". Returns the length. */
size_t noise_why(char *buf, size_t size, const struct user_gap *gap);

/* The record of @cpu's program. */
struct user_noise *noise_of(unsigned int cpu);

#endif
