/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands above the report on the screen: a row for every CPU while tests run, and what came of them.
 *
 * Nobody is disturbed for it. CPU 0 makes and draws it, a row with each tick that it has anyway, from
 * counters that it reads while others write them; what stands in a row need not be of one moment.
 */
#ifndef KERNEL_LIVE_H
#define KERNEL_LIVE_H

#include <kernel/lib/types.h>

/* The view of the CPUs, if the screen is large enough. All CPUs are online. CPU 0. */
void live_start(void);

/* CPU 0, with each tick: makes the next row. IRQ context. */
void live_tick(void);

/* A line of the report. True: the view shows it, and the report on the screen need not. Under its lock. */
bool live_takes(const char *s, size_t len);

/* The run is lost, for @word ("panic"): what is printed from now on is kept on the screen. Any context. */
void live_lost(const char *word);

/* The verdict in large letters, and what led to it. The end of the run, any context. */
void live_end(int status);

#endif
