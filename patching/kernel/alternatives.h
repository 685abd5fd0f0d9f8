/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's own alternatives: applied at boot, and again when a boot changes protocol. */
#ifndef ARCH_ALTERNATIVES_H
#define ARCH_ALTERNATIVES_H

#include <patching/alternative_engine.h>

/*
 * Checks the table, keeps the original bytes, applies by cpu_caps. A malformed table ends the run
 * with one line for each mistake. Boot CPU, before any other starts. NMIs are parked: they may
 * arrive already, and their path is among what changes. @disturbed: proves it, by an NMI to itself
 * in the middle of each location.
 */
void alternatives_boot(bool disturbed);

/* How many NMIs that were. */
unsigned int alternatives_disturbances(void);

/*
 * Applies the originals again, by what cpu_caps says now, with every CPU parked. CPU 0, IRQs on,
 * no user program running. Returns how many locations changed.
 */
unsigned int alternatives_reapply(void);

/* The @len bytes that a location of the table had at first, or false. After alternatives_boot(). */
bool alternatives_original(unsigned long addr, u8 *buf, size_t len);

#endif
