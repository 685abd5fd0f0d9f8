/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bound on a wait that counts only the time in which the machine ran. A host may stop all of it, for
 * a debugger or a snapshot, and its clock goes on: a CPU that looks at the clock again and again sees a
 * jump, and knows nothing yet about whom it waits for.
 */
#ifndef KERNEL_PATIENCE_H
#define KERNEL_PATIENCE_H

#include <kernel/lib/types.h>

/* So many stops are believed in one wait: even a clock that only jumps ends it. */
#define PATIENCE_STOPS_MAX 64

/* All 0: no look yet. Times are of one clock, in its own unit. */
struct patience {
	u64 last;  /* look */
	u64 spent; /* without the stops */
	u64 stop;  /* how long the machine was stopped before the last look; 0: it was not */
	u32 stops;
};

/*
 * One more look, at @now: is the wait longer than @bound? Looks more than @stop apart are a stop of
 * the machine, after which those who are waited for get time again.
 */
static inline bool patience_over(struct patience *p, u64 now, u64 bound, u64 stop)
{
	u64 gap = p->last ? now - p->last : 0;

	p->last = now;
	p->stop = 0;
	if (gap > stop && p->stops < PATIENCE_STOPS_MAX) { /* @patience.stop */
		p->stops++;
		p->stop = gap;
		p->spent /= 2; /* @patience.again */
		return false;
	}
	p->spent += gap;
	return p->spent > bound;
}

#endif
