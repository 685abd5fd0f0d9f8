/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the time goes from the kernel's first instruction to the verdict: debug=time. */
#ifndef KERNEL_PHASES_H
#define KERNEL_PHASES_H

#include <kernel/lib/types.h>

/* @tsc: the TSC at the kernel's first instruction. CPU 0, first of all. */
void phases_start(u64 tsc);

/* What ran since the last call was @name (a literal). Only notes it. CPU 0. */
void phase_over(const char *name);

/* `# time us=LENGTH at_us=END phase=NAME`, one line a phase. Once the TSC is calibrated. CPU 0. */
void phases_print(void);

#endif
