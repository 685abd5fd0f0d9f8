/* SPDX-License-Identifier: BSD-2-Clause */
/* The user programs of the tests that patch under them, all isolated CPUs at once. */
#ifndef TESTS_PROGRAMS_H
#define TESTS_PROGRAMS_H

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

/* The longest time, nanoseconds, that any of them did not run while it watched the clock. */
u64 programs_longest_gap_ns(void);

#endif
