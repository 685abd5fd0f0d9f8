// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/tlb.h>
#include <kernel/job.h>
#include <kernel/panic.h>

#define PCID_LAST   (PTI_USER_PCID_MASK - 1)
#define INVPCID_ALL 2

bool pcid_enabled;

void tlb_setup_cpu(void)
{
	u64 cr4 = read_cr4();

	if (cpu_has(X86_FEATURE_PGE))
		cr4 |= X86_CR4_PGE;
	/* Only with bits 11:0 of CR3 clear (SDM vol. 3, 4.10.1). */
	if (pcid_enabled)
		cr4 |= X86_CR4_PCIDE;
	write_cr4(cr4);
	write_cr3(mm_cr3(&init_mm));
}

/* Nothing may be tagged in CR3 while PCIDE changes, either way round (SDM vol. 3, 4.10.1). */
static void switch_here(void *ignored)
{
	u64 flags = local_irq_save(), cr4 = read_cr4() & ~X86_CR4_PCIDE;

	write_cr3(virt_to_phys(init_mm.pgd));
	write_cr4(pcid_enabled ? cr4 | X86_CR4_PCIDE : cr4); /* @pcid.cr4 */
	this_cea()->user_cr3_bits = PTI_USER_CR3_MASK;
	if (pcid_enabled)
		this_cea()->user_cr3_bits |= X86_CR3_NOFLUSH; /* @pcid.keep */
	write_cr3(mm_cr3(&init_mm));
	local_irq_restore(flags);
}

void pcid_switch(bool on)
{
	pcid_enabled = on;
	job_run_all(switch_here, NULL);
}

u32 pcid_alloc(void)
{
	static u32 last; /* 0 stays what it is before PCIDs are on */

	if (last == PCID_LAST)
		harness_error("more address spaces than PCIDs");
	return ++last;
}

u64 mm_cr3(const struct mm *mm)
{
	return virt_to_phys(mm->pgd) | (pcid_enabled ? mm->pcid : 0);
}

void tlb_flush_all(void)
{
	const struct {
		u64 pcid, addr;
	} desc = {};
	u64 flags, cr4;

	if (cpu_has(X86_FEATURE_INVPCID)) {
		asm volatile("invpcid %0, %1" ::"m"(desc), "r"((u64)INVPCID_ALL)
			     : "memory"); /* @tlb.invpcid */
		return;
	}
	/* Changing PGE flushes everything, either way round (SDM vol. 3, 4.10.4.1). */
	flags = local_irq_save();
	cr4 = read_cr4();
	write_cr4(cr4 ^ X86_CR4_PGE); /* @tlb.pge */
	write_cr4(cr4);
	local_irq_restore(flags);
}

/*
 * INVLPG reaches the loaded PCID, global pages, and this CPU's paging-structure caches (SDM vol.
 * 3, 4.10.4.1). Kernel mappings under other PCIDs are flushed when mm_switch() loads those.
 */
void tlb_flush_range(u64 start, unsigned int pages)
{
	u64 addr, end = start + pages * (u64)PAGE_SIZE;

	if (pages > TLB_RANGE_MAX) {
		tlb_flush_all(); /* @tlb.whole */
		return;
	}
	for (addr = start; addr < end; addr += PAGE_SIZE)
		invlpg((void *)addr); /* @tlb.invlpg */
}
