/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parking: every CPU waits in text that never changes, on an IDT whose NMI and #MC gates lie in
 * such text too, while one CPU changes the entry code itself.
 */
#ifndef ARCH_PARK_H
#define ARCH_PARK_H

#include <kernel/lib/types.h>

/*
 * Runs fn(arg) on this CPU with all others parked. Each CPU, this one included, afterwards sets
 * S:=1, writes CR3 and takes its credit before it runs anything that may have changed. CPU 0, all
 * other CPUs idle; IRQs on once there are others. NMIs that arrive meanwhile are counted, and otherwise lost,
 * but for the one that ends a CPU's wait.
 */
void park_all_and_run(void (*fn)(void *arg), void *arg);

/* NMIs that arrived while parked, on all CPUs, since start. */
u64 parked_nmis(void);

#endif
