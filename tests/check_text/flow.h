/* SPDX-License-Identifier: BSD-2-Clause */
/* What an instruction does to the path and to the sync word S. */
#ifndef TESTS_CHECK_TEXT_FLOW_H
#define TESTS_CHECK_TEXT_FLOW_H

#include <kernel/lib/types.h>

enum flow_kind {
	FLOW_NEXT,
	FLOW_WRITE_CR3,
	FLOW_WRITE_S,	/* with anything but the constant 1 */
	FLOW_UNKNOWN_S, /* it does something else to S */
	FLOW_BRANCH,	/* or not */
	FLOW_JUMP,
	FLOW_CALL,
	FLOW_CALL_POINTER,
	FLOW_JUMP_POINTER,
	FLOW_RET,
	FLOW_END, /* IRET, SYSRET, UD2 */
	FLOW_UNKNOWN,
};

struct flow {
	enum flow_kind kind;
	u8 length;
	s32 rel;
};

/* An instruction without its prefixes. */
struct bare {
	u8 op, rex, modrm;
	bool two_byte, gs, has_modrm;
	const u8 *operand; /* ModRM, where there is one */
};

/* The instruction at @p, whose length is known to be good, without its prefixes. */
struct bare strip(const u8 *p);

/* Is the memory operand S, which lies at @signal: [gs:disp32] or [rbx + disp]? */
bool touches_signal(const struct bare *b, s64 signal);

/* Does the instruction leave its memory operand as it was? */
bool only_reads(const struct bare *b);

/* Fills @flow for the instruction at @bytes, of which @avail may be read. @signal: where S lies. */
void flow_decode(struct flow *flow, const u8 *bytes, size_t avail, s64 signal);

#endif
