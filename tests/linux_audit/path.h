/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which instructions of a Linux kernel's entry text run on which page table with pti=on: every path
 * is followed from every way in, an alternative both ways, but those of X86_FEATURE_PTI only as with
 * it and those of Xen PV, which has no pti, not at all. C code is taken to run on the kernel's table,
 * since the user's has none; a jump from a test for the user's bit of CR3 is believed.
 */
#ifndef TESTS_LINUX_AUDIT_PATH_H
#define TESTS_LINUX_AUDIT_PATH_H

#include <tests/linux_audit/alt_table.h>

/* Bits: an instruction may be reached in several ways. */
#define PATH_BEFORE_CR3 BIT(0) /* since a hardware entry; the user's table, maybe */
#define PATH_KERNEL	BIT(1)
#define PATH_LEAVING	BIT(2) /* behind the second CR3 write */

struct path_counts {
	unsigned int entries, instructions; /* ways in; instructions reached */
	unsigned int unknown;		    /* places where a path was lost */
};

/* Follows all paths of entry text, which is @text. Needs symbols. */
struct path_counts path_follow(struct range text, const struct linux_alt *alts, unsigned int nr);

/* PATH_* of the instruction at @addr, or of the location that it is a replacement of; 0: none. */
unsigned int path_at(u64 addr);

#endif
