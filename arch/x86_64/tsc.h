/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock of this kernel: the TSC, calibrated. kernel/clocks.h compares it across CPUs. */
#ifndef ARCH_TSC_H
#define ARCH_TSC_H

#include <kernel/lib/types.h>

extern u64 tsc_khz;	       /* cycles a millisecond */
extern u64 apic_khz;	       /* local APIC timer counts a millisecond, at its divider */
extern const char *tsc_source; /* who told tsc_khz: "hypervisor", "cpuid", "cpuid16", or a clock */
extern const char *tsc_clock;  /* what it was measured by: "hpet", "acpi_pm", "pit" or "none" */

/*
 * Finds both frequencies. What lies between two calls of tsc_calibrate_look() and the end is measured and not
 * waited for. Boot CPU, APIC set up, interrupts off. NULL or what is wrong.
 */
void tsc_calibrate_look(void);
const char *tsc_calibrate(void);

#define TSC_LOOKS_US 625

/* Looks at each clock once, without a wait. Boot CPU, after calibration. */
void tsc_look(void);

/*
 * Measures the TSC by clock number @clock, from 0: cycles a millisecond in @khz, 0 if this machine
 * has no such clock or it does not tick evenly. False: there are no more clocks. Boot CPU; a millisecond, or
 * none behind three calls of tsc_look() that are TSC_LOOKS_US apart.
 */
bool tsc_measure(unsigned int clock, const char **name, u64 *khz);

/*
 * Moves this CPU's TSC by @cycles, forwards or back, and leaves its rate alone (SDM vol. 3, 18.17.3). False:
 * this CPU has no IA32_TSC_ADJUST. For tests, which move it back.
 */
bool tsc_move(s64 cycles);

u64 tsc_to_ns(u64 cycles);
u64 ns_to_tsc(u64 ns);

/* Nanoseconds since calibration. Any context. */
u64 now_ns(void);

/* Busy wait. */
void udelay(u64 us);

#endif
