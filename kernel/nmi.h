/* SPDX-License-Identifier: BSD-2-Clause */
/* NMIs with a reason: a word per CPU says what its sender wants. */
#ifndef KERNEL_NMI_H
#define KERNEL_NMI_H

#include <kernel/lib/types.h>

struct pt_regs;

#define NMI_BACKTRACE 1 /* print where you are */
#define NMI_STOP      2 /* stop for good */
#define NMI_TEST      4 /* a test sent it: only its hook runs */
#define NMI_PARK      8 /* a parked CPU may leave; one that has left already takes no notice */

/* Sends an NMI for @reason to @cpu. Any context. */
void nmi_send(unsigned int cpu, u32 reason);

/* The NMI handler's own part; one that nobody sent is counted and harmless. */
void handle_nmi(struct pt_regs *regs);

/* Every other CPU prints its state and stops; waits with a bound and names those that do not. */
void nmi_backtrace_all(void);
void nmi_stop_others(void);

#endif
