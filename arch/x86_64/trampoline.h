/* SPDX-License-Identifier: BSD-2-Clause */
/* The page below 1 MiB in which application processors leave real mode. */
#ifndef ARCH_TRAMPOLINE_H
#define ARCH_TRAMPOLINE_H

#include <kernel/lib/types.h>

/* At the end of the page, filled in before the first CPU starts, read-only afterwards. */
struct trampoline_args {
	u64 cr3;	/* below 4 GiB: loaded in 32-bit registers */
	u64 entry;	/* in the higher half */
	u32 far_offset; /* physical address of the 64-bit part */
	u16 far_selector;
	u16 gdt_limit;
	u32 gdt_base;
	u32 pad;
} __packed;

extern const u8 trampoline_start[], trampoline_end[];
/* Offsets inside the blob, set by boot/trampoline.asm in its first words. */
struct trampoline_header {
	u16 jump; /* the instruction that every CPU starts with */
	u16 long_mode;
	u16 gdt;
	u16 gdt_limit;
};

/*
 * Prepares the page at @phys, filled with int3 around the code, read-only and executable in
 * the trampoline's own table, read-only elsewhere. Returns false if its table lies too high.
 */
bool trampoline_init(u64 phys);

/* The trampoline's top-level table, for the W^X audit; NULL before trampoline_init(). */
u64 *trampoline_pgd(void);

/* Where the trampoline lies; valid with trampoline_pgd(). */
u64 trampoline_phys(void);

#endif
