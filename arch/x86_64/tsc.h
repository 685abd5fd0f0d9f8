/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock of this kernel: the TSC, calibrated, and checked across CPUs. */
#ifndef ARCH_TSC_H
#define ARCH_TSC_H

#include <kernel/lib/types.h>

extern u64 tsc_khz;	       /* cycles a millisecond */
extern u64 apic_khz;	       /* local APIC timer counts a millisecond, at its divider */
extern const char *tsc_source; /* who told tsc_khz: "hypervisor", "cpuid", "cpuid16", or a clock */
extern const char *tsc_clock;  /* what it was measured by: "hpet", "acpi_pm", "pit" or "none" */
extern u64 tsc_warp;	       /* cycles that one CPU's clock was seen behind another's */

/* Finds both frequencies. Boot CPU, APIC set up, interrupts off. NULL or what is wrong. */
const char *tsc_calibrate(void);

/*
 * Measures the TSC by clock number @clock, from 0: cycles a millisecond in @khz, 0 if this machine
 * has no such clock or it does not tick evenly. False: there are no more clocks. Boot CPU; some
 * milliseconds.
 */
bool tsc_measure(unsigned int clock, const char **name, u64 *khz);

/*
 * Compares the clocks of all CPUs that run it at the same time; each must call it during
 * bring-up. Records the largest step backwards in tsc_warp.
 */
void tsc_check(void);

u64 tsc_to_ns(u64 cycles);
u64 ns_to_tsc(u64 ns);

/* Nanoseconds since calibration. Any context. */
u64 now_ns(void);

/* Busy wait. */
void udelay(u64 us);

#endif
