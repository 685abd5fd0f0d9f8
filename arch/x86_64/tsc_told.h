/* SPDX-License-Identifier: BSD-2-Clause */
/* How fast the TSC runs, as CPUID has it. Takes CPUID as a function, so that any answer can be tried. */
#ifndef ARCH_TSC_TOLD_H
#define ARCH_TSC_TOLD_H

#include <arch/x86_64/hypervisor.h>

/*
 * Cycles a millisecond, and in @source who says so; 0 if nobody does. @max_leaf: CPUID's highest
 * basic leaf; @hypervisor: the first leaf of one that is known to have its rate 10h above, or 0.
 */
u64 tsc_told_khz(cpuid_fn read, u32 max_leaf, u32 hypervisor, const char **source);

#endif
