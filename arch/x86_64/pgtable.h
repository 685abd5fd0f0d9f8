/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables, 4 levels (SDM vol. 3, 4.5).
 *
 *   0000000000400000            user programs, one address space an isolated CPU
 *   0000700000000000            the patcher's writable alias, in its own table only
 *   ffff888000000000            direct map of RAM, never executable
 *   ffffc90000000000            kernel stacks, each between guard pages
 *   ffffc98000000000            device registers (local APIC)
 *   ffffca0000000000            mappings that come and go (patching/kernel/vmap.h)
 *   fffffe0000000000            IDT and entry areas: the only data in both halves
 *   ffffffff80100000 ...        kernel image
 *
 * Every address space is a pair of top-level tables in adjacent pages: kernel half at an even
 * page, user half after it, so that bit 12 of CR3 selects (Linux: PTI_USER_PGTABLE_BIT).
 */
#ifndef ARCH_PGTABLE_H
#define ARCH_PGTABLE_H

#define PAGE_SIZE	      4096
#define DIRECT_MAP_BASE	      0xffff888000000000
#define DIRECT_MAP_PGD	      273
#define KSTACK_BASE	      0xffffc90000000000
#define MMIO_BASE	      0xffffc98000000000
#define KERNEL_VMA	      0xffffffff80000000
#define POKING_ADDR	      0x0000700000000000
#define USER_TEXT	      0x400000
#define USER_DATA	      0x600000
#define USER_DATA_PAGES	      2
#define USER_STACK_TOP	      0x800000
#define PTI_USER_PGTABLE_BIT  12
#define PTI_USER_PGTABLE_MASK (1 << PTI_USER_PGTABLE_BIT)
#define PTI_USER_PCID_MASK    (1 << 11)
#define PTI_USER_CR3_MASK     (PTI_USER_PGTABLE_MASK | PTI_USER_PCID_MASK)
#define VMAP_BASE	      0xffffca0000000000

#ifndef __ASSEMBLER__
#include <kernel/lib/types.h>

#define _PAGE_PRESENT  BIT(0)
#define _PAGE_RW       BIT(1)
#define _PAGE_USER     BIT(2)
#define _PAGE_PWT      BIT(3)
#define _PAGE_PCD      BIT(4)
#define _PAGE_ACCESSED BIT(5)
#define _PAGE_DIRTY    BIT(6)
#define _PAGE_PSE      BIT(7)
#define _PAGE_GLOBAL   BIT(8)
#define _PAGE_NX       BIT(63)
#define PTE_ADDR_MASK  0x000ffffffffff000ul

/* Leaf permissions. Accessed and dirty are preset: the walker never has to write an entry. */
#define PAGE_KERNEL    (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_NX)
#define PAGE_KERNEL_RO (_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_NX)
#define PAGE_KERNEL_RX (_PAGE_PRESENT | _PAGE_ACCESSED)
#define PAGE_USER_RW   (PAGE_KERNEL | _PAGE_USER)
#define PAGE_USER_RX   (PAGE_KERNEL_RX | _PAGE_USER)

typedef u64 pgd_t; /* an entry of any level */

/* One address space: a kPTI pair. */
struct mm {
	pgd_t *pgd; /* kernel half; the user half is the next page */
	u32 pcid;   /* of the kernel half; the user half's has PTI_USER_PCID_MASK as well */
};

extern struct mm init_mm;
extern bool pti_enabled;

static inline void *phys_to_virt(u64 phys)
{
	return (void *)(phys + DIRECT_MAP_BASE);
}

/* Direct-map addresses only. */
static inline u64 virt_to_phys(const void *virt)
{
	return (u64)virt - DIRECT_MAP_BASE;
}

/* Kernel image addresses only. */
static inline u64 kernel_to_phys(const void *virt)
{
	return (u64)virt - KERNEL_VMA;
}

static inline pgd_t *user_pgd(pgd_t *pgd)
{
	return (pgd_t *)((u64)pgd | PTI_USER_PGTABLE_MASK);
}

/*
 * Maps [@virt, @virt + @size) to @phys with leaf bits @prot in the tree of @pgd; 2 MiB pages
 * where alignment allows and @large. Panics when out of memory. Start-up, or under the lock of
 * the owner of the range. Does not flush.
 */
void map_range(pgd_t *pgd, u64 virt, u64 phys, u64 size, u64 prot, bool large);

/* Sets the bits of every 4 KiB leaf of an already mapped range. Does not flush. */
void protect_range(pgd_t *pgd, u64 virt, u64 size, u64 prot);

/* The leaf entry of @virt and its size (4096 or 2 MiB) through @size, or NULL. Any context. */
pgd_t *lookup_address(pgd_t *pgd, u64 virt, u64 *size);

/*
 * Calls @fn for every leaf in the tree of @pgd, with the permissions of the whole walk folded
 * into @prot. Stops and returns non-zero when @fn does.
 */
int walk_pages(pgd_t *pgd, int (*fn)(u64 virt, u64 phys, u64 size, u64 prot, void *arg), void *arg);

/* Builds init_mm from the memory map and loads it; the boot tables are gone afterwards. */
void pgtable_init(void);

/* Makes [@phys, @phys + @size) readable in the direct map; for tables that firmware left. */
void map_direct(u64 phys, u64 size);

/* Maps device registers, uncached; returns their address. Start-up only. */
volatile void *map_mmio(u64 phys, u64 size);

/* The same for a framebuffer: stores combine. cpu_init() has to have run on the CPUs that use it. */
volatile void *map_write_combining(u64 phys, u64 size);

/* From now on address spaces copy init_mm's top level: map_range() refuses to add to that. */
void pgtable_seal(void);

/* Makes .data..ro_after_init read-only in every mapping. Once, after init. */
void mark_rodata_ro(void);
extern bool rodata_marked;

#endif
#endif
