/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel mappings that change for every CPU: flushed now, or on the next kernel entry. */
#ifndef PATCHING_KERNEL_TLB_H
#define PATCHING_KERNEL_TLB_H

#include <kernel/lib/types.h>

/* Deviations of broken protocols; all false: as it should be. */
struct tlb_variant {
	bool global_pages; /* kernel mappings that come and go are global */
	bool switch_keeps; /* mm_switch() does not flush what it loads; with PCID */
	bool free_early;   /* page tables are freed as soon as the flush is on its way */
};
extern struct tlb_variant tlb_variant;

/* Chosen with the protocol, while nothing is being flushed. */
void tlb_set_variant(const struct tlb_variant *variant);

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
