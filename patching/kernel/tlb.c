// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/pti.h>
#include <arch/x86_64/tlb.h>
#include <patching/kernel/tlb.h>
#include <patching/sync_policy.h>
#include <patching/text_poke_arch.h>

struct tlb_variant tlb_variant;

/* What the told shall flush: written under the text mutex before they are told. */
static u64 request_start;
static unsigned int request_pages;
static struct tlb_counts counts;

void tlb_set_variant(const struct tlb_variant *variant)
{
	tlb_variant = *variant;
	/* Without PCID the bit is reserved: #GP. */
	mm_switch_bits = variant->switch_keeps && pcid_enabled ? X86_CR3_NOFLUSH : 0;
}

void tlb_flush_requested(void)
{
	tlb_flush_range(request_start, request_pages);
}

u64 flush_tlb_kernel_range(u64 start, unsigned int pages)
{
	u64 epoch;

	text_mutex_lock();
	request_start = start;	       /* @tlb.start */
	request_pages = pages;	       /* @tlb.pages */
	tlb_flush_range(start, pages); /* @tlb.self */
	epoch = tlb_sync();	       /* @tlb.sync */
	counts.flushes++;
	counts.deferred += sync_skipped_any();
	counts.whole += pages > TLB_RANGE_MAX;
	text_mutex_unlock();
	return epoch;
}

struct tlb_counts tlb_counts(void)
{
	struct tlb_counts copy;

	text_mutex_lock();
	copy = counts;
	text_mutex_unlock();
	return copy;
}
