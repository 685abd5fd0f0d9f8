/* SPDX-License-Identifier: BSD-2-Clause */
/* What registers and flags hold of CR3 and S along a path. */
#ifndef TESTS_MODEL_KNOWN_H
#define TESTS_MODEL_KNOWN_H

#include <kernel/lib/types.h>
#include <tests/check_text/flow.h>

/* What is known of a register, or of the flags. */
enum known {
	K_NOTHING,
	K_CR3,	   /* as it was found, in a register that the body keeps */
	K_CR3_NOW, /* as it was found, on the way to something else */
	K_CR3_KERNEL,
	K_CR3_USER,
	K_SIGNAL,
	K_ZERO,
	K_ONE,
	K_CR3_IS_USER, /* flags: not zero if so */
	K_S_IS_SET,
	K_FROM_USER,
	K_KEPT,	  /* the word keeps_signal: not zero if so */
	K_DIFFER, /* two registers: to write the one that is there already changes nothing */
};

struct place {
	u64 addr, ret;
	u8 reg[16], noflush[16], flags;
	bool body_seen;
};

/* Does the register survive a call into C? rbx, rbp, r12 to r15. */
bool kept(unsigned int reg);

/* What the instruction @b, which ends at @end, does to what is known: copies, loads and the like. */
void follow_registers(struct place *at, const struct bare *b, const u8 *end);

#endif
