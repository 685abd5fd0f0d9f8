/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tick, and the watchdog that it drives. Every CPU ticks but one that runs a user program on
 * an isolated CPU; so somebody notices when a test makes no progress, unless all have their
 * interrupts off, which only the host can notice.
 */
#ifndef KERNEL_TICK_H
#define KERNEL_TICK_H

#include <kernel/lib/types.h>

#define TICK_HZ 50

/* Starts or stops this CPU's tick; tick_start_at(): at another rate until it is started again. */
void tick_start(void);
void tick_start_at(u32 hz);
void tick_stop(void);

/* Installs the timer's handler. Start-up, once. */
void tick_init(void);

/* A test made progress, or wrote a line: the watchdog's time starts anew. Any context. */
void watchdog_touch(void);

#endif
