/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel mappings that come and go: a window of 4 KiB pages, in regions of one page table each,
 * seen through every address space's kernel half and no user half.
 *
 * The rules are the caller's: what was present must be flushed, by vmap_flush(), before its frame
 * is used for something else; what was not present needs no flush (SDM vol. 3, 4.10.4.3). The rule
 * about page tables is kept here: a CPU that a flush skipped may still walk the old table, or hold
 * it in a paging-structure cache, until its next entry; so a table that was taken out is not used
 * again before each CPU has credit for that flush.
 */
#ifndef ARCH_VMAP_H
#define ARCH_VMAP_H

#include <arch/x86_64/pgtable.h>

#define VMAP_REGIONS	  16
#define VMAP_REGION_PAGES 512
#define VMAP_PENDING_MAX  8 /* tables that wait for CPUs to enter the kernel */

/* Start-up, after pgtable_init(). */
void vmap_init(void);

static inline u64 vmap_addr(unsigned int page)
{
	return VMAP_BASE + page * (u64)PAGE_SIZE;
}

/*
 * Maps page @page of the window to the frame at @phys, read-only, or removes it (0). Each page is
 * one CPU's to change. Job context; does not flush.
 */
void vmap_set_page(unsigned int page, u64 phys);

/* flush_tlb_kernel_range() for pages of the window. */
u64 vmap_flush(unsigned int page, unsigned int count);

/*
 * Removes all of @region's pages and its page table, and flushes. One CPU at a time. False, and
 * nothing is done, if it has no table, or VMAP_PENDING_MAX tables wait already: no CPU is ever
 * interrupted for the sake of a table.
 */
bool vmap_remove_region(unsigned int region);

/* What the frame holds that a CPU sees who still walks a freed table. */
#define VMAP_POISON 0xdeadbeef

/* Since start: tables taken out, and put to use again. */
struct vmap_counts {
	u64 removed, reused;
	u32 pending;
};
struct vmap_counts vmap_counts(void);

#endif
