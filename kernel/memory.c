// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/sections.h>
#include <boot/bootinfo.h>
#include <kernel/lib/spinlock.h>
#include <kernel/lib/string.h>
#include <kernel/memory.h>
#include <kernel/panic.h>

struct free_page {
	struct free_page *next;
};

static struct mem_region ram[MEM_REGIONS_MAX];
static unsigned int nr_ram;
static struct free_page *free_list;
static u64 bump_pages, listed_pages, total_pages;
static struct spinlock memory_lock;

/* Lowest first: the boot page tables reach 4 GiB, and the final ones are built from here. */
static void insert_sorted(u64 start, u64 end)
{
	unsigned int i;

	start = ALIGN_UP(start, (u64)PAGE_SIZE);
	end = ALIGN_DOWN(end, (u64)PAGE_SIZE);
	if (start >= end || nr_ram == MEM_REGIONS_MAX)
		return;
	for (i = nr_ram++; i && ram[i - 1].start > start; i--)
		ram[i] = ram[i - 1];
	ram[i] = (struct mem_region){start, end, MEM_RAM};
	bump_pages += (end - start) / PAGE_SIZE;
}

void memory_init(void)
{
	u64 image_end = kernel_to_phys(__kernel_end);
	const struct mem_region *region;
	u32 i;

	for (i = 0; i < boot_info.nr_regions; i++) {
		region = &boot_info.regions[i];
		if (region->type == MEM_RAM)
			insert_sorted(max(region->start, image_end), region->end);
	}
	total_pages = bump_pages;
	if (!total_pages)
		harness_error("memory: the loader's map has no RAM above the kernel image");
}

u64 memory_take_middle(u64 size)
{
	unsigned int i, largest = 0;
	u64 start, end, middle;

	for (i = 0; i < nr_ram && ram[i].end <= BIT(32); i++)
		if (ram[i].end - ram[i].start > ram[largest].end - ram[largest].start)
			largest = i;
	start = ram[largest].start;
	end = ram[largest].end;
	middle = ALIGN_UP(start + (end - start) / 2, 0x10000ul);
	if (end > BIT(32) || end - start < 16 * size || nr_ram == MEM_REGIONS_MAX)
		return 0;
	ram[largest].end = middle;
	bump_pages -= (end - middle) / PAGE_SIZE;
	insert_sorted(middle + size, end);
	return middle;
}

static void *bump(u64 count, u64 align)
{
	u64 start, size = count * PAGE_SIZE;
	unsigned int i;

	for (i = 0; i < nr_ram; i++) {
		start = ALIGN_UP(ram[i].start, align * PAGE_SIZE);
		if (start + size > ram[i].end)
			continue;
		/* What alignment skips goes to the free list, not to waste. */
		for (; ram[i].start < start; ram[i].start += PAGE_SIZE) {
			struct free_page *page = phys_to_virt(ram[i].start);

			page->next = free_list;
			free_list = page;
			listed_pages++;
			bump_pages--;
		}
		ram[i].start = start + size;
		bump_pages -= count;
		return phys_to_virt(start);
	}
	return NULL;
}

void *alloc_pages(u64 count, u64 align)
{
	void *page = NULL;

	spin_lock(&memory_lock);
	if (count == 1 && align == 1 && free_list) {
		page = free_list;
		free_list = free_list->next;
		listed_pages--;
	} else {
		page = bump(count, align);
	}
	spin_unlock(&memory_lock);
	if (!page)
		harness_error(
			"out of memory: %lu pages wanted, %lu free; give the machine more (--memory)",
			count, free_pages_count());
	return page;
}

void *alloc_zeroed(u64 size)
{
	u64 pages = ALIGN_UP(size, PAGE_SIZE) / PAGE_SIZE;

	return memset(alloc_pages(pages, 1), 0, pages * PAGE_SIZE);
}

void *alloc_page_zeroed(void)
{
	return alloc_zeroed(PAGE_SIZE);
}

void free_page(void *addr)
{
	struct free_page *page = addr;

	spin_lock(&memory_lock);
	page->next = free_list;
	free_list = page;
	listed_pages++;
	spin_unlock(&memory_lock);
}

u64 free_pages_count(void)
{
	return READ_ONCE(bump_pages) + READ_ONCE(listed_pages);
}

u64 total_pages_count(void)
{
	return total_pages;
}

u64 low_page(void)
{
	const struct mem_region *region;
	u64 start;
	u32 i;

	for (i = 0; i < boot_info.nr_regions; i++) {
		region = &boot_info.regions[i];
		/* Page 0 holds the real-mode vectors and vector 0 would start there. */
		start = max(ALIGN_UP(region->start, (u64)PAGE_SIZE), 0x8000ul);
		if (region->type == MEM_RAM && start + PAGE_SIZE <= min(region->end, 0xa0000ul))
			return start;
	}
	return 0;
}
