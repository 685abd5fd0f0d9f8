/* SPDX-License-Identifier: BSD-2-Clause */
/* The receiving end of a sync. */
#ifndef ARCH_SYNC_IPI_H
#define ARCH_SYNC_IPI_H

#include <kernel/lib/types.h>

struct pt_regs;

/* Serialises this CPU and takes credit for every change numbered so far. Not in NMI handlers. */
void sync_core_take_credit(void);

/*
 * Called around the waits for one CPU; NULL: nobody. will_wait: the patcher is about to tell @cpu, or
 * to wait for its int3 handler, whose end waited follows. acknowledge: on @cpu itself, last thing
 * before it does. coming, came: on @cpu itself, IRQs off, before and after it comes online.
 */
struct sync_hooks {
	void (*will_wait)(unsigned int cpu);
	void (*waited)(unsigned int cpu);
	void (*acknowledge)(unsigned int cpu);
	void (*coming)(unsigned int cpu);
	void (*came)(unsigned int cpu);
};
extern struct sync_hooks sync_hooks;

/*
 * From here on this CPU is told of every sync; what others changed before, it has seen. Each CPU but the
 * boot CPU once, IRQs off, before it runs what may be patched or uses mappings that may change.
 */
void sync_come_online(void);

/* Handlers of SYNC_CORE_VECTOR, TLB_VECTOR and QUIRK_VECTOR. */
void sync_core_interrupt(struct pt_regs *regs);
void tlb_interrupt(struct pt_regs *regs);
void quirk_interrupt(struct pt_regs *regs);

/* Prepares the private page table of the patching CPU. Start-up, after pgtable_init(). */
void poking_init(void);

#endif
