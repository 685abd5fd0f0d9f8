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

/* A look at a counter lies between two at the TSC: @spread cycles apart, and @tsc is their middle. */
struct counter_look {
	u64 count, tsc, spread;
};

/* What lies between looks that were taken while other work went on: windows that nobody waited for. */
struct counter_looks {
	struct counter_look look[3];
	unsigned int nr;
};

/* Takes one more look at @c, by the TSC, which @tsc reads. There is room for three. */
void counter_look(const struct counter *c, u64 (*tsc)(void), struct counter_looks *looks);

/*
 * Measures @c by the TSC, which @tsc reads, over @counts and @cycles or more, beginning with the windows of
 * @before, or NULL, in which it may not have wrapped twice. False: it stands still, or no two windows agreed
 * within a percent. Bounded by what it reads, not by time.
 */
bool counter_measure(const struct counter *c, u64 (*tsc)(void), u64 counts, u64 cycles,
		     const struct counter_looks *before, struct counter_window *w);

#endif
