/* SPDX-License-Identifier: BSD-2-Clause */
/* The alternatives and jump labels of the linked kernel, as one protocol has them. */
#ifndef TESTS_MODEL_PLACES_H
#define TESTS_MODEL_PLACES_H

#include <kernel/lib/types.h>
#include <patching/alternative.h>

struct place_alt {
	u64 site, repl;
	const struct alt_instr *entry;
};

/* The protocol: its bits of CPUFEATURE_WORD_PROTOCOL. */
extern u32 entry_bits;

/* Reads the alternatives of the file that elf_open() has opened; once, before the rest. */
void places_read(void);

/* Ends the program: the model cannot follow the path at @addr, for the reason @why. */
__noreturn void not_followed(u64 addr, const char *why);

/* The replacement that stands at @addr: the last one that applies. NULL: the original. */
const struct place_alt *applied(u64 addr);

/* Where a path goes on at @addr, which may be the end of a replacement. */
u64 settle(u64 addr);

/* A name for @addr. Replacements have none of their own: their location's. */
const char *where_is(u64 addr);

/* A jump label at @addr whose key may change at run time: where it leads, or 0. */
u64 mutable_site(u64 addr);

#endif
