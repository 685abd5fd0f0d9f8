/* SPDX-License-Identifier: BSD-2-Clause */
/* The TSCs of all CPUs against CPU 0's, at the start of a run, at its end, and whenever a test asks. */
#ifndef KERNEL_CLOCKS_H
#define KERNEL_CLOCKS_H

#include <kernel/lib/types.h>

/*
 * How far the TSC of @cpu is ahead of CPU 0's, in cycles: no less than @lo, no more than @hi, which
 * are as far apart as the quickest of some exchanges of a line took. CPU 0, @cpu idle. Bounded.
 */
struct clock_offset {
	s64 lo, hi;
};
struct clock_offset clock_offset(unsigned int cpu);

/* So many cycles it is off for certain. */
u64 clock_warp(const struct clock_offset *offset);

/* The largest of all CPUs' now, as far as a bounded time reaches. CPU 0, all idle. */
u64 clocks_warp(void);

/* Measures them before the first test. CPU 0, all idle. */
void clocks_start(void);

/* What they were then. */
u64 clocks_warp_at_start(void);

/* Measures them again, and says what became of them and of the rate: `# tsc`. CPU 0, all idle. */
void clocks_report(void);

#endif
