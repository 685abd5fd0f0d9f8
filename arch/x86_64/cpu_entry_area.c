// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/desc.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/tlb.h>
#include <kernel/lib/string.h>
#include <kernel/memory.h>

/*
 * One page of the area; returns where the kernel can fill it before it is mapped. Entry areas
 * of all CPUs hang below one top-level entry, which both halves share.
 */
static void *map_cea_page(u64 virt, u64 prot)
{
	void *page = alloc_page_zeroed();

	map_range(init_mm.pgd, virt, virt_to_phys(page), PAGE_SIZE, prot, false);
	return page;
}

void cpu_entry_area_init(unsigned int nr)
{
	u64 base = (u64)cpu_entry_area(nr);
	struct cpu_entry_area *cea;
	unsigned int ist, i;

	if (!nr)
		idt_fill(map_cea_page(CEA_IDT, PAGE_KERNEL_RO)); /* @cea.idt */

	cea = map_cea_page(base, PAGE_KERNEL);
	cea->kernel_cr3_loaded = 1; /* @cea.signal */
	cea->keeps_signal = 1;
	cea->cpu = &cpus[nr];
	cea->self = cpu_entry_area(nr);
	cea->cpu_nr = nr;
	cea->user_cr3_bits = PTI_USER_CR3_MASK; /* @cea.user-cr3 */
	if (pcid_enabled)
		cea->user_cr3_bits |= X86_CR3_NOFLUSH;

	/* Writable until LTR has set the busy bit; cpu_entry_area_seal() then takes the right away. */
	desc_fill(map_cea_page(base + CEA_DESC_PAGE * PAGE_SIZE, PAGE_KERNEL), nr);

	map_cea_page(base + CEA_ENTRY_STACK * PAGE_SIZE, PAGE_KERNEL);
	for (ist = 1; ist <= IST_COUNT; ist++)
		for (i = 1; i <= CEA_IST_PAGES; i++)
			map_cea_page(cea_ist_top(nr, ist) - i * PAGE_SIZE, PAGE_KERNEL);
}

void cpu_entry_area_seal(unsigned int nr)
{
	u64 desc = (u64)cpu_entry_area(nr) + CEA_DESC_PAGE * PAGE_SIZE;

	protect_range(init_mm.pgd, desc, PAGE_SIZE, PAGE_KERNEL_RO);
}
