/* SPDX-License-Identifier: BSD-2-Clause */
/* The user programs of the tests that patch under them, all isolated CPUs at once. */
#ifndef TESTS_PROGRAMS_H
#define TESTS_PROGRAMS_H

#include <entry/user_abi.h>
#include <kernel/config.h>
#include <kernel/lib/types.h>

/* Starts a program of @kind on @count isolated CPUs, if there are so many; back when each has run
 * for a while.
 */
void programs_start(enum user_kind kind, unsigned int count);
#define PROGRAMS_ALL (~0u)

/* What they do in the kernel, instead of running probe sites; NULL: that. */
extern void (*programs_visit)(void);

/* Ends them all. */
void programs_stop(void);

/* When they did not run while they watched the clock, since programs_start(): all of them together. */
struct program_gaps {
	u64 max_ns;	       /* the longest of any of them */
	enum gap_cause max_by; /* and why */
	u64 count[GAP_CAUSES];
};
void programs_gaps(struct program_gaps *gaps);
#define GAP_MIN_NS 10000 /* shorter ones without an entry are the processor's own */

#endif
