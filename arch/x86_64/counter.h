/* SPDX-License-Identifier: BSD-2-Clause */
/* Measuring a clock by another, on a processor that may be taken away at any time. */
#ifndef ARCH_COUNTER_H
#define ARCH_COUNTER_H

#include <kernel/lib/types.h>

/* What counts upwards, over and over, at a rate that is known (hz) or wanted. */
struct counter {
	u64 hz, mask;
	u64 (*read)(void);
};

/* What elapsed between two looks at a counter and at the TSC. */
struct counter_window {
	u64 counts, cycles;
};

/*
 * Measures @c by the TSC, which @tsc reads, over @counts and @cycles or more. False: it stands still,
 * or no two windows agreed within a percent. Bounded by what it reads, not by time.
 */
bool counter_measure(const struct counter *c, u64 (*tsc)(void), u64 counts, u64 cycles,
		     struct counter_window *w);

#endif
