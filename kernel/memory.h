/* SPDX-License-Identifier: BSD-2-Clause */
/* The page allocator: bump through the RAM that the loader reported, free lists for what returns. */
#ifndef KERNEL_MEMORY_H
#define KERNEL_MEMORY_H

#include <kernel/lib/types.h>

/* Takes the RAM of boot_info, less the image and the first MiB. Early boot. */
void memory_init(void);

/*
 * Takes @size bytes out of the middle of the largest piece of RAM below 4 GiB: firmware takes its own
 * from the top, loaders put kernels at the bottom. Physical, on 64 KiB; the same on each boot of a
 * machine. 0: that piece is less than 16 times as large. Early boot, before any allocation.
 */
u64 memory_take_middle(u64 size);

/*
 * @count pages in one piece, aligned to @align pages, as a direct-map address; contents
 * undefined. Panics when there are none: nothing here can go on without. Any context but NMI.
 */
void *alloc_pages(u64 count, u64 align);

/*
 * At least @size bytes of zeroes, in pages of their own. For what only some runs need: in .bss it would
 * cost every loader a copy. As alloc_pages().
 */
void *alloc_zeroed(u64 size);
void *alloc_page_zeroed(void);

/* Gives one page back. */
void free_page(void *page);

/* Pages that alloc_page_zeroed() could still give. */
u64 free_pages_count(void);
u64 total_pages_count(void);

/* A RAM page below 1 MiB for the AP trampoline, physical; 0 if there is none. */
u64 low_page(void);

#endif
