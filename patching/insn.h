/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long an x86-64 instruction is, where its IP-relative field lies, and whether it is one of
 * the few that the int3 engine can emulate. 64-bit mode only; SDM vol. 2, chapter 2 and
 * appendix A. Pure: no state, any context, NMI included.
 */
#ifndef PATCHING_INSN_H
#define PATCHING_INSN_H

#include <kernel/lib/types.h>

#define INSN_MAX_LENGTH 15

/* Errors of insn_length(). */
#define INSN_ERR_TRUNCATED (-1) /* longer than what is there, or than any instruction may be */
#define INSN_ERR_UNKNOWN   (-2) /* invalid in 64-bit mode, or not known to this decoder */

enum insn_kind {
	INSN_OTHER, /* the length is known, and no more */
	INSN_INT3,
	INSN_RET,	/* c3 */
	INSN_CALL,	/* e8 rel32 */
	INSN_JMP,	/* eb rel8, e9 rel32 */
	INSN_JCC,	/* 70+cc rel8, 0f 80+cc rel32 */
	INSN_NOP,	/* 90 or 0f 1f /0, with any number of 66 */
	INSN_MOV_IMM32, /* b8+r imm32: five bytes, eax to edi */
};

struct insn {
	enum insn_kind kind;
	u8 length;
	u8 cc;	       /* INSN_JCC: condition, 0 to 15 */
	u8 reg;	       /* INSN_MOV_IMM32: register number, 0 to 7 */
	u8 rel_offset; /* where the IP-relative field lies: branch or memory operand */
	u8 rel_size;   /* its bytes: 1 or 4; 0 means there is none */
	bool rel_branch;
	s32 rel; /* its value, sign-extended; counts from the end of the instruction */
	s32 imm; /* INSN_MOV_IMM32 */
};

/* The length in bytes of the instruction at bytes, of which avail may be read, or INSN_ERR_*. */
int insn_length(const u8 *bytes, size_t avail);

/* Decodes the instruction at bytes, of which avail may be read. False where the length fails. */
bool insn_decode(struct insn *insn, const u8 *bytes, size_t avail);

#endif
