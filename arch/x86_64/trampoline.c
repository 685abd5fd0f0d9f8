// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/smp.h>
#include <arch/x86_64/trampoline.h>
#include <kernel/lib/string.h>
#include <kernel/memory.h>

static u64 *pgd, where;

u64 *trampoline_pgd(void)
{
	return pgd;
}

u64 trampoline_phys(void)
{
	return where;
}

bool trampoline_init(u64 phys)
{
	const struct trampoline_header *header = (const void *)trampoline_start;
	struct trampoline_args *args;
	u8 *page = phys_to_virt(phys);

	where = phys;
	/* Kernel half as everywhere; below it this one page, where the code finds itself. */
	pgd = alloc_pages(1, 1);
	memcpy(pgd, init_mm.pgd, PAGE_SIZE);
	map_range(pgd, phys, phys, PAGE_SIZE, PAGE_KERNEL_RX, false);
	if (virt_to_phys(pgd) >> 32)
		return false;

	memset(page, 0xcc, PAGE_SIZE);
	memcpy(page, trampoline_start, trampoline_end - trampoline_start);
	args = (void *)page + PAGE_SIZE - sizeof(*args);
	args->cr3 = virt_to_phys(pgd);
	args->entry = (u64)secondary_start_64;
	args->far_offset = phys + header->long_mode;
	args->far_selector = 8;
	args->gdt_limit = header->gdt_limit;
	args->gdt_base = phys + header->gdt;
	protect_range(init_mm.pgd, (u64)page, PAGE_SIZE, PAGE_KERNEL_RO);
	return true;
}
