// SPDX-License-Identifier: BSD-2-Clause
/* Emulation of the few instructions that the int3 engine writes. */
#include <patching/emulate.h>

#define FLAG_CF BIT(0)
#define FLAG_PF BIT(2)
#define FLAG_ZF BIT(6)
#define FLAG_SF BIT(7)
#define FLAG_OF BIT(11)

#define REG_SP 4

/* Each even condition, and its negation beside it (SDM vol. 2, appendix B, table B-10). */
noinstr bool insn_condition(unsigned int cc, unsigned long flags)
{
	bool less = !(flags & FLAG_SF) != !(flags & FLAG_OF);
	bool holds = false;

	switch (cc >> 1) {
	case 0: /* o */
		holds = flags & FLAG_OF;
		break;
	case 1: /* b */
		holds = flags & FLAG_CF;
		break;
	case 2: /* e */
		holds = flags & FLAG_ZF;
		break;
	case 3: /* be */
		holds = flags & (FLAG_CF | FLAG_ZF);
		break;
	case 4: /* s */
		holds = flags & FLAG_SF;
		break;
	case 5: /* p */
		holds = flags & FLAG_PF;
		break;
	case 6: /* l */
		holds = less;
		break;
	case 7: /* le */
		holds = less || flags & FLAG_ZF;
		break;
	}
	return holds != (cc & 1);
}

noinstr bool insn_emulate(const struct insn *insn, unsigned long ip, struct emu_regs *regs)
{
	unsigned long next = ip + insn->length;

	switch (insn->kind) {
	case INSN_NOP:
		break;
	case INSN_JMP:
		next += insn->rel; /* @emulate.jmp */
		break;
	case INSN_JCC:
		if (insn_condition(insn->cc, regs->flags))
			next += insn->rel; /* @emulate.jcc */
		break;
	case INSN_CALL:
		regs->sp -= sizeof(unsigned long);
		*(volatile unsigned long *)regs->sp = next; /* @emulate.call */
		next += insn->rel;
		break;
	case INSN_RET:
		next = *(volatile unsigned long *)regs->sp;
		regs->sp += sizeof(unsigned long); /* @emulate.ret */
		break;
	case INSN_MOV_IMM32:
		if (insn->reg == REG_SP)
			regs->sp = (u32)insn->imm;
		else if (regs->set_gpr)
			regs->set_gpr(regs->ctx, insn->reg, (u32)insn->imm); /* @emulate.mov */
		else
			return false;
		break;
	case INSN_OTHER:
	case INSN_INT3:
		return false;
	}
	regs->ip = next; /* @emulate.ip */
	return true;
}
