// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <kernel/lib/string.h>
#include <kernel/memory.h>
#include <tests/litmus/litmus_map.h>

#define PAGE_BOTH (PAGE_KERNEL & ~_PAGE_NX)

const struct litmus_layout litmus_layouts[LITMUS_NR_STORES] = {
	[LITMUS_BYTE] = {64, 64, 4},
	[LITMUS_ALIGNED] = {64, 64, 4},
	[LITMUS_LINE] = {64, 128, 62},
	[LITMUS_PAGE] = {8, 8192, 4094},
};

struct litmus_text litmus_texts[LITMUS_NR_STORES];
struct litmus_mapping litmus_mapping;
struct litmus_operands litmus_operands;

static struct mm tables[2]; /* alike */

/* The engine writes to the kernel's image alone. */
static u8 in_image[LITMUS_TEXT_PAGES * PAGE_SIZE] __aligned(PAGE_SIZE);

static void fill_text(enum litmus_store store)
{
	const struct litmus_layout *layout = &litmus_layouts[store];
	unsigned int i;
	u8 *imm;

	litmus_texts[store].pages =
		store == LITMUS_BYTE ? in_image : alloc_pages(LITMUS_TEXT_PAGES, 1);
	for (i = 0; i < layout->sites; i++) {
		imm = litmus_texts[store].pages + i * layout->stride + layout->imm;
		imm[-1] = 0xb8; /* mov $imm32, %eax */
		memset(imm, 0, 4);
		imm[4] = 0xc3; /* ret */
	}
}

void litmus_map(void)
{
	u64 size = LITMUS_TEXT_PAGES * PAGE_SIZE, ignored, i;
	enum litmus_store store;

	if (litmus_mapping.entries)
		return;
	tables[0].pgd = alloc_pages(2, 2);
	memcpy(tables[0].pgd, init_mm.pgd, PAGE_SIZE);
	memset(user_pgd(tables[0].pgd), 0, PAGE_SIZE);
	for (store = 0; store < LITMUS_NR_STORES; store++) {
		u64 phys;

		fill_text(store);
		phys = store == LITMUS_BYTE ? kernel_to_phys(in_image)
					    : virt_to_phys(litmus_texts[store].pages);
		map_range(tables[0].pgd, LITMUS_EXEC_ADDR + store * size, phys, size,
			  PAGE_KERNEL_RX, false);
		map_range(tables[0].pgd, LITMUS_BOTH_ADDR + store * size, phys, size, PAGE_BOTH,
			  false);
	}
	for (i = 0; i < 2; i++) {
		u8 *frame = alloc_page_zeroed();

		frame[0] = i;
		litmus_mapping.frames[i] = virt_to_phys(frame);
	}
	map_range(tables[0].pgd, LITMUS_PAGE_ADDR, 0, LITMUS_ROUNDS * PAGE_SIZE, PAGE_KERNEL_RO,
		  false);
	litmus_mapping.entries = lookup_address(tables[0].pgd, LITMUS_PAGE_ADDR, &ignored);
	for (i = 0; i < LITMUS_ROUNDS; i++)
		litmus_mapping.entries[i] = litmus_mapping.frames[0] | PAGE_KERNEL_RO;

	tables[1].pgd = alloc_pages(2, 2);
	memcpy(tables[1].pgd, tables[0].pgd, 2 * PAGE_SIZE);
	litmus_operands.cr3[0] = virt_to_phys(tables[0].pgd);
	litmus_operands.cr3[1] = virt_to_phys(tables[1].pgd);
	litmus_operands.cr4 = read_cr4();
	litmus_operands.star = rdmsr(MSR_STAR);
	asm volatile("sidt %0" : "=m"(litmus_operands.idt));
}
