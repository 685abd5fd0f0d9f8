/* SPDX-License-Identifier: BSD-2-Clause */
/* Events at each instruction of a path, and what is right about what comes of them. */
#ifndef TESTS_LINUX_SWEEP_H
#define TESTS_LINUX_SWEEP_H

#include <tests/linux/paths.h>

struct sweep_count {
	size_t instructions; /* tried with every event */
	size_t of;	     /* instructions of the way in and of the way out */
	size_t events;	     /* raised */
	size_t deferred;     /* of these, taken elsewhere: NMIs wait while one is handled */
	size_t missed;	     /* the path or the event did not come by */
	size_t violations;
};

/*
 * Sweeps @p, at most @limit instructions of it (0: all), spread over its way in and its way out, and
 * prints the rows of the table. From ready to ready.
 */
void sweep_path(const struct path *p, size_t limit, struct sweep_count *count);

/* Where the sweep is, for whoever explains its end. */
const char *sweep_where(void);

#endif
