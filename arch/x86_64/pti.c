// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pti.h>
#include <arch/x86_64/sections.h>
#include <arch/x86_64/tlb.h>
#include <kernel/lib/string.h>
#include <kernel/memory.h>

#define PGD_INDEX(virt) ((virt) >> 39 & 511)
#define KERNEL_HALF	256

u64 mm_switch_bits;

void pti_init(void)
{
	pgd_t *user = user_pgd(init_mm.pgd);

	/* One top-level entry holds the IDT and all entry areas, in both halves the same tables. */
	user[PGD_INDEX(CEA_BASE)] = init_mm.pgd[PGD_INDEX(CEA_BASE)];
	map_range(user, (u64)__entry_text_start, kernel_to_phys(__entry_text_start),
		  __entry_text_end - __entry_text_start, PAGE_KERNEL_RX, false);
	pgtable_seal();
}

struct mm *mm_create(void)
{
	struct mm *mm = alloc_page_zeroed();
	pgd_t *user;
	void *data;
	u64 index;

	mm->pgd = alloc_pages(2, 2);
	mm->pcid = pcid_alloc();
	user = user_pgd(mm->pgd);
	memset(mm->pgd, 0, 2 * PAGE_SIZE);
	memcpy(mm->pgd + KERNEL_HALF, init_mm.pgd + KERNEL_HALF, PAGE_SIZE / 2);
	memcpy(user + KERNEL_HALF, user_pgd(init_mm.pgd) + KERNEL_HALF, PAGE_SIZE / 2);

	map_range(mm->pgd, USER_TEXT, kernel_to_phys(__user_text_image),
		  __user_text_end - __user_text_start, PAGE_USER_RX, false);
	data = alloc_pages(USER_DATA_PAGES, 1);
	memset(data, 0, USER_DATA_PAGES * PAGE_SIZE);
	map_range(mm->pgd, USER_DATA, virt_to_phys(data), USER_DATA_PAGES * PAGE_SIZE, PAGE_USER_RW,
		  false);
	map_range(mm->pgd, USER_STACK_TOP - PAGE_SIZE, virt_to_phys(alloc_page_zeroed()), PAGE_SIZE,
		  PAGE_USER_RW, false);

	/* Both halves share the user's tables; in the kernel half nothing there may execute. */
	index = PGD_INDEX((u64)USER_TEXT);
	user[index] = mm->pgd[index];
	if (pti_enabled)
		mm->pgd[index] |= _PAGE_NX; /* @mm.user-nx */
	return mm;
}

void pti_switch(bool on, struct mm *mm)
{
	pgd_t *entry = &mm->pgd[PGD_INDEX((u64)USER_TEXT)];

	*entry = on ? *entry | _PAGE_NX : *entry & ~_PAGE_NX; /* @pti.nx */
	pti_enabled = on;
	cpu_cap_set(X86_FEATURE_PTI, on); /* @pti.feature */
}

void *mm_user_data(struct mm *mm)
{
	u64 size;

	return phys_to_virt(*lookup_address(mm->pgd, USER_DATA, &size) & PTE_ADDR_MASK);
}

void mm_switch(struct mm *mm)
{
	u64 cr3 = mm_cr3(mm ? mm : &init_mm) | mm_switch_bits;

	this_cpu()->mm = mm;
	/*
	 * Flushes the PCID that it loads: kernel mappings may have changed since this CPU left it,
	 * and neither INVLPG nor the CR3 write of an entry reaches a PCID that is not loaded.
	 */
	write_cr3(cr3); /* @mm.switch */
}
