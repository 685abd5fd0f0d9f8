/* SPDX-License-Identifier: BSD-2-Clause */
/* Do two pieces of code do the same, but for how they pass the time? */
#ifndef TESTS_LINUX_AUDIT_COMPARE_H
#define TESTS_LINUX_AUDIT_COMPARE_H

#include <kernel/lib/types.h>

enum same {
	SAME_BYTES,
	SAME_CODE, /* other NOPs, or a jump to the same place in a shorter form */
	SAME_NOT
};

/*
 * Compares the @len bytes of @a and @b, which run at the same address. Of SAME_CODE each instruction
 * lies at the same offset; padding are NOPs, jumps over nothing else than NOPs and int3,
 * and int3 behind a jump.
 */
enum same compare_code(const u8 *a, const u8 *b, unsigned int len);

/* Is all of it padding? */
bool compare_is_padding(const u8 *bytes, unsigned int len);

#endif
