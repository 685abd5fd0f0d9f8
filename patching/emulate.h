/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an instruction does to the registers, done in software: a CPU that trapped on an int3
 * goes on as if it had executed the instruction that stands there before or after the patch.
 */
#ifndef PATCHING_EMULATE_H
#define PATCHING_EMULATE_H

#include <patching/insn.h>

/* The interrupted CPU. The caller copies its trap frame in and out. */
struct emu_regs {
	unsigned long ip;
	unsigned long sp; /* CALL writes below it: the caller left room between it and its frame */
	unsigned long flags; /* RFLAGS, only read */
	/* Sets general register reg, 0 to 7 without 4 (that is sp). Needed for INSN_MOV_IMM32. */
	void (*set_gpr)(void *ctx, unsigned int reg, unsigned long value);
	void *ctx;
};

/*
 * Does what insn, standing at ip, would do (SDM vol. 2, each instruction), ip included. False,
 * with nothing changed, for what cannot be emulated: INT3, INSN_OTHER, a MOV without set_gpr.
 * Any context, NMI-like included; touches no memory but regs and the interrupted stack.
 */
bool insn_emulate(const struct insn *insn, unsigned long ip, struct emu_regs *regs);

/* Whether condition cc (0 to 15: the low half of a Jcc opcode) holds with these RFLAGS. */
bool insn_condition(unsigned int cc, unsigned long flags);

#endif
