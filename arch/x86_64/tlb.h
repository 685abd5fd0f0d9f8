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

/* Deviations of broken protocols; all false: as it should be. */
struct tlb_variant {
	bool global_pages; /* kernel mappings that come and go are global */
	bool switch_keeps; /* mm_switch() does not flush what it loads; with PCID */
	bool free_early;   /* page tables are freed as soon as the flush is on its way */
};
extern struct tlb_variant tlb_variant;

extern bool pcid_enabled;

/* Pages above which a flush takes everything (Linux: tlb_single_page_flush_ceiling). */
#define TLB_RANGE_MAX 33

/* Makes PCIDs and global pages usable on this CPU. CR3 has no PCID yet; IRQs off. */
void tlb_setup_cpu(void);

/*
 * Makes all CPUs use PCIDs, or none, for measuring both in one run. The entry code has to be chosen
 * again behind it, by protocol_select(). CPU 0, IRQs on, no user program, all others idle.
 */
void pcid_switch(bool on);

/* The next free PCID of a kernel half; harness error when all are taken. Start-up, job context. */
u32 pcid_alloc(void);

/* CR3 for the kernel half of @mm; loading it flushes what it knew of its kernel half. */
u64 mm_cr3(const struct mm *mm);

/* All translations of this CPU, all PCIDs, global ones included. Any context. */
void tlb_flush_all(void);

/*
 * @pages pages from @start were changed or removed in init_mm's tables: when this returns, no CPU
 * uses the old translations, or will before its next kernel entry has flushed them. Returns the
 * epoch, for sync_epoch_passed(). IRQs on, takes the text mutex.
 */
u64 flush_tlb_kernel_range(u64 start, unsigned int pages);

/* The part of it that a told CPU does. IRQ context. */
void tlb_flush_requested(void);

/* Since start; under the text mutex. deferred: flushes that skipped a CPU. */
struct tlb_counts {
	u64 flushes, deferred, whole;
};
struct tlb_counts tlb_counts(void);

#endif
