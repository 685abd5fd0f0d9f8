/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Translations: who holds which, and how they are flushed (SDM vol. 3, 4.10).
 *
 * With PCID each address space has two tags, as in Linux: the kernel half's is a number below
 * 2048, the user half's the same with bit 11 set. Changing halves on the way out keeps
 * translations (bit 63 of CR3); on the way in it flushes the kernel half's, wherever flushes may
 * have been left for later (entry/calling.inc); changing address spaces flushes always.
 */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

#include <kernel/lib/types.h>

struct mm;

extern bool pcid_enabled;

/* Pages above which a flush takes everything (Linux: tlb_single_page_flush_ceiling). */
#define TLB_RANGE_MAX 33

/* Makes PCIDs and global pages usable on this CPU. CR3 has no PCID yet; IRQs off. */
void tlb_setup_cpu(void);

/*
 * Makes all CPUs use PCIDs, or none, for measuring both in one run. The entry code has to be chosen
 * again after it, by protocol_select(). CPU 0, IRQs on, no user program, all others idle.
 */
void pcid_switch(bool on);

/* The next free PCID of a kernel half; harness error when all are taken. Start-up, job context. */
u32 pcid_alloc(void);

/* CR3 for the kernel half of @mm; loading it flushes what it knew of its kernel half. */
u64 mm_cr3(const struct mm *mm);

/* All translations of this CPU, all PCIDs, global ones included. Any context. */
void tlb_flush_all(void);

/* @pages pages from @start: this CPU's translations, of its own PCID and global ones. Any context. */
void tlb_flush_range(u64 start, unsigned int pages);

#endif
