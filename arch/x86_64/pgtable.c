// SPDX-License-Identifier: BSD-2-Clause
/* Building and walking page tables. SDM vol. 3, 4.5. */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu_entry_area.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/sections.h>
#include <arch/x86_64/tlb.h>
#include <boot/bootinfo.h>
#include <kernel/lib/string.h>
#include <kernel/memory.h>
#include <kernel/panic.h>

#define PTRS_PER_TABLE 512
#define PMD_SIZE       0x200000ul
/* Intermediate entries allow everything: the leaf decides. */
#define TABLE_BITS     (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED)

struct mm init_mm;
bool pti_enabled;
bool rodata_marked __ro_after_init;

static unsigned int index_of(u64 virt, int level)
{
	return virt >> (12 + 9 * level) & (PTRS_PER_TABLE - 1);
}

static pgd_t *table_of(pgd_t entry)
{
	return phys_to_virt(entry & PTE_ADDR_MASK);
}

static bool top_level_copied;

void pgtable_seal(void)
{
	top_level_copied = true;
}

static pgd_t *descend(pgd_t *entry, u64 user)
{
	if (!(*entry & _PAGE_PRESENT))
		*entry = virt_to_phys(alloc_page_zeroed()) | TABLE_BITS;
	if (*entry & _PAGE_PSE)
		panic("page tables: a 4 KiB page wanted where a 2 MiB page is mapped");
	*entry |= user;
	return table_of(*entry);
}

void map_range(pgd_t *pgd, u64 virt, u64 phys, u64 size, u64 prot, bool large)
{
	u64 end = virt + size, user = prot & _PAGE_USER, step;
	pgd_t *table = NULL, *entry;
	int level, leaf;

	if (top_level_copied && pgd == init_mm.pgd && !(pgd[index_of(virt, 3)] & _PAGE_PRESENT))
		panic("page tables: %lx is none of the areas that address spaces share", virt);
	for (; virt != end; virt += step, phys += step) {
		leaf = large && !((virt | phys) & (PMD_SIZE - 1)) && end - virt >= PMD_SIZE;
		step = leaf ? PMD_SIZE : PAGE_SIZE;
		/* A table of pages serves up to its end. */
		if (!table || leaf || !(virt & (PMD_SIZE - 1))) {
			table = pgd;
			for (level = 3; level > leaf; level--)
				table = descend(&table[index_of(virt, level)], user);
		}
		entry = &table[index_of(virt, leaf)];
		*entry = phys | prot | (leaf ? _PAGE_PSE : 0);
	}
}

pgd_t *lookup_address(pgd_t *pgd, u64 virt, u64 *size)
{
	pgd_t *entry;
	int level;

	for (level = 3;; level--) {
		entry = &pgd[index_of(virt, level)];
		if (!(*entry & _PAGE_PRESENT))
			return NULL;
		if (!level || *entry & _PAGE_PSE)
			break;
		pgd = table_of(*entry);
	}
	*size = (u64)PAGE_SIZE << 9 * level;
	return entry;
}

void protect_range(pgd_t *pgd, u64 virt, u64 size, u64 prot)
{
	u64 end = virt + size, step;
	pgd_t *entry;

	for (; virt < end; virt += step) {
		entry = lookup_address(pgd, virt, &step);
		if (!entry || step != PAGE_SIZE)
			panic("page tables: no 4 KiB page at %lx to protect", virt);
		*entry = (*entry & PTE_ADDR_MASK) | prot;
	}
}

struct walk {
	int (*fn)(u64 virt, u64 phys, u64 size, u64 prot, void *arg);
	void *arg;
};

static int walk_table(const struct walk *walk, pgd_t *table, int level, u64 virt, u64 prot)
{
	u64 size = (u64)PAGE_SIZE << 9 * level, at, bits;
	unsigned int i;
	int ret;

	for (i = 0; i < PTRS_PER_TABLE; i++) {
		if (!(table[i] & _PAGE_PRESENT))
			continue;
		at = virt + i * size;
		if (level == 3 && i >= PTRS_PER_TABLE / 2)
			at |= 0xffff000000000000;
		/* RW and USER hold only if every level grants them; NX if any level sets it. */
		bits = (prot & table[i] & (_PAGE_RW | _PAGE_USER)) |
		       ((prot | table[i]) & _PAGE_NX) | (table[i] & _PAGE_GLOBAL) | _PAGE_PRESENT;
		if (!level || table[i] & _PAGE_PSE)
			ret = walk->fn(at, table[i] & PTE_ADDR_MASK & ~(size - 1), size, bits,
				       walk->arg);
		else
			ret = walk_table(walk, table_of(table[i]), level - 1, at, bits);
		if (ret)
			return ret;
	}
	return 0;
}

int walk_pages(pgd_t *pgd, int (*fn)(u64 virt, u64 phys, u64 size, u64 prot, void *arg), void *arg)
{
	struct walk walk = {fn, arg};

	return walk_table(&walk, pgd, 3, 0, _PAGE_RW | _PAGE_USER);
}

/* The part of the direct map that aliases the image repeats its permissions, without X. */
static void map_image(void)
{
	static const struct {
		char *start, *end;
		u64 prot;
	} parts[] = {
		{__text_start, __park_text_end, PAGE_KERNEL_RX},
		{__entry_text_start, __entry_text_end, PAGE_KERNEL_RX},
		{__rodata_start, __rodata_end, PAGE_KERNEL_RO},
		{__user_text_image, __data_start, PAGE_KERNEL_RO},
		{__data_start, __kernel_end, PAGE_KERNEL},
	};
	unsigned int i;
	u64 phys, size;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		phys = kernel_to_phys(parts[i].start);
		size = parts[i].end - parts[i].start;
		map_range(init_mm.pgd, (u64)parts[i].start, phys, size, parts[i].prot, false);
		map_range(init_mm.pgd, DIRECT_MAP_BASE + phys, phys, size, parts[i].prot | _PAGE_NX,
			  false);
	}
}

/* 4 KiB pages up to the first 2 MiB boundary after the image, large pages above. */
static void map_ram(void)
{
	u64 image_end = kernel_to_phys(__kernel_end), split, start, end;
	const struct mem_region *region;
	u32 i;

	split = ALIGN_UP(image_end, PMD_SIZE);
	for (i = 0; i < boot_info.nr_regions; i++) {
		region = &boot_info.regions[i];
		if (region->type != MEM_RAM)
			continue;
		start = ALIGN_UP(region->start, (u64)PAGE_SIZE);
		end = ALIGN_DOWN(region->end, (u64)PAGE_SIZE);
		if (start < split && start < end) {
			u64 part = min(end, split) - start;

			map_range(init_mm.pgd, DIRECT_MAP_BASE + start, start, part, PAGE_KERNEL,
				  false);
			start += part;
		}
		if (start < end)
			map_range(init_mm.pgd, DIRECT_MAP_BASE + start, start, end - start,
				  PAGE_KERNEL, true);
	}
}

void map_direct(u64 phys, u64 size)
{
	u64 end = ALIGN_UP(phys + size, (u64)PAGE_SIZE), ignored;

	for (phys = ALIGN_DOWN(phys, (u64)PAGE_SIZE); phys < end; phys += PAGE_SIZE)
		if (!lookup_address(init_mm.pgd, DIRECT_MAP_BASE + phys, &ignored))
			map_range(init_mm.pgd, DIRECT_MAP_BASE + phys, phys, PAGE_SIZE,
				  PAGE_KERNEL_RO, false);
}

static volatile void *map_device(u64 phys, u64 size, u64 caching)
{
	static u64 next = MMIO_BASE;
	u64 offset = phys & (PAGE_SIZE - 1), virt = next;

	size = ALIGN_UP(size + offset, (u64)PAGE_SIZE);
	map_range(init_mm.pgd, virt, phys - offset, size, PAGE_KERNEL | caching, false);
	next += size;
	return (volatile void *)(virt + offset);
}

volatile void *map_mmio(u64 phys, u64 size)
{
	return map_device(phys, size, _PAGE_PCD);
}

volatile void *map_write_combining(u64 phys, u64 size)
{
	return map_device(phys, size, _PAGE_PWT);
}

void mark_rodata_ro(void)
{
	u64 size = __ro_after_init_end - __ro_after_init_start;
	u64 virt = (u64)__ro_after_init_start;

	rodata_marked = true;
	protect_range(init_mm.pgd, virt, size, PAGE_KERNEL_RO);
	protect_range(init_mm.pgd, DIRECT_MAP_BASE + kernel_to_phys(__ro_after_init_start), size,
		      PAGE_KERNEL_RO);
}

void pgtable_init(void)
{
	static const u64 areas[] = {KSTACK_BASE, MMIO_BASE, VMAP_BASE /* @pgtable.areas */,
				    CEA_BASE};
	unsigned int i;

	init_mm.pgd = alloc_pages(2, 2);
	init_mm.pcid = pcid_alloc();
	memset(init_mm.pgd, 0, 2 * PAGE_SIZE);
	map_ram();
	map_image();
	/* Every later address space copies these entries, so all of them must exist now. */
	for (i = 0; i < ARRAY_SIZE(areas); i++)
		descend(&init_mm.pgd[index_of(areas[i], 3)], 0);
	write_cr3(virt_to_phys(init_mm.pgd));
}
