/* SPDX-License-Identifier: BSD-2-Clause */
/* Where Linux writes other bytes than our engine for the same: the whole list, byte for byte. */
#ifndef TESTS_LINUX_AUDIT_COMPARE_H
#define TESTS_LINUX_AUDIT_COMPARE_H

#include <kernel/lib/types.h>

enum same {
	SAME_BYTES,
	SAME_JUMP_NOPS, /* a jump in its short form, and a NOP of three bytes behind it: up to 6.4 */
	SAME_JUMP_INT3, /* the same with int3 behind it: later */
	SAME_LONG_NOP,	/* more than eight bytes of NOPs as one, or as a jump over int3: later */
	SAME_NOT,
	NR_SAME
};

/* Compares @len bytes of @ours and @theirs, which run at the same address; of several, the last. */
enum same compare_code(const u8 *ours, const u8 *theirs, unsigned int len);

/* Are these bytes what Linux, since 6.5, puts where nothing is to be done? */
bool compare_is_padding(const u8 *bytes, unsigned int len);

#endif
