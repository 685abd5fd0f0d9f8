// SPDX-License-Identifier: BSD-2-Clause
/*
 * An int3 that no batch owns, on a site, is one of three things:
 * - the byte is gone: a stale instruction fetch, the very failure this kernel looks for. It is
 *   executed again, after the IRET that serialises, or inside an NMI, which is left by POPF and
 *   RET, after an instruction that does; if it goes through it was an orphan_int3;
 * - gone, and it traps again: the emulator kept a translation of it (multi-threaded TCG),
 *   an emulator_ghost. What stands in memory is emulated instead;
 * - still there: the batch let go of it too early. An orphan_int3 as well; it is executed again
 *   until the patcher has replaced it.
 * And #UD where an instruction stands that cannot raise it: parts of two were executed as one.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/sync_core.h>
#include <entry/entry.h>
#include <entry/int3.h>
#include <entry/protocol/points.h>
#include <kernel/lib/string.h>
#include <kernel/panic.h>
#include <kernel/report.h>
#include <kernel/wait.h>
#include <patching/emulate.h>
#include <patching/insn.h>
#include <patching/sync_policy.h>
#include <patching/text_poke.h>
#include <patching/text_poke_arch.h>

#define INT3_OPCODE 0xcc

static noinstr void set_gpr(void *ctx, unsigned int reg, unsigned long value)
{
	struct pt_regs *regs = ctx;
	u64 *slots[] = {&regs->ax, &regs->cx, &regs->dx, &regs->bx,
			&regs->sp, &regs->bp, &regs->si, &regs->di};

	*slots[reg] = value;
}

static noinstr void copy_back(struct pt_regs *regs, const struct emu_regs *emu)
{
	regs->ip = emu->ip;
	regs->sp = emu->sp;
}

/* A new batch may have written its int3 meanwhile: that is executed, and then has an owner. */
static bool emulate_memory(struct emu_regs *emu, unsigned long addr)
{
	u8 text[INSN_MAX_LENGTH];
	struct insn insn;

	memcpy(text, (const void *)addr, sizeof(text));
	if (text[0] == INT3_OPCODE) {
		emu->ip = addr;
		return true;
	}
	return insn_decode(&insn, text, sizeof(text)) && insn_emulate(&insn, addr, emu);
}

void int3_settle_orphan(void)
{
	struct cpu *cpu = this_cpu();

	cpu->orphan_int3++;
	report_violation("orphan_int3", point_last(), cpu->nr,
			 "byte=%s site=%pS credit=%lu epoch=%lu S=%u",
			 cpu->orphan_gone ? "gone" : "there", (void *)cpu->orphan_ip,
			 cea_read(credit), READ_ONCE(text_epoch), cea_read(kernel_cr3_loaded));
	cpu->orphan_ip = 0;
}

static bool handle_orphan(struct pt_regs *regs, struct emu_regs *emu)
{
	unsigned long addr = regs->ip - 1;
	struct cpu *cpu = this_cpu();
	bool gone;

	if (text_immutable(addr, 1))
		return false;
	gone = *(volatile const u8 *)addr != INT3_OPCODE;
	if (cpu->orphan_ip && cpu->orphan_ip != addr)
		int3_settle_orphan();
	/* Else a second trap were no sign of the emulator's: the fetch may be as stale as before. */
	if (in_nmi(regs))
		sync_core_nmi_safe(); /* @int3.serialise */
	if (!cpu->orphan_ip) {
		cpu->orphan_ip = addr;
		cpu->orphan_gone = gone;
		cpu->orphan_patience = (struct patience){};
		regs->ip = addr;
		return true;
	}
	if (gone && !cpu->orphan_gone) {
		cpu->orphan_gone = true; /* from now on a trap is the emulator's */
	} else if (gone) {
		cpu->emulator_ghosts++;
		cpu->ghost_ip = addr;
		cpu->orphan_ip = 0;
		if (!emulate_memory(emu, addr))
			return false;
		copy_back(regs, emu);
		return true;
	}
	regs->ip = addr;
	if (wait_over(&cpu->orphan_patience, wait_bound()))
		panic("cpu %u waits at %pS: an int3 that no batch owns stands there, and whoever wrote "
		      "it has not replaced it",
		      cpu->nr, (void *)addr);
	return true;
}

noinstr bool handle_int3(struct pt_regs *regs)
{
	struct emu_regs emu = {regs->ip, regs->sp, regs->flags, set_gpr, regs};

	point_here(POINT_int3_before_ref);
	if (smp_text_poke_int3_handler(regs->ip, &emu)) {
		copy_back(regs, &emu);
		this_cpu()->int3_hits++;
		return true;
	}
	return handle_orphan(regs, &emu);
}

/* A CALL is left alone: only #BP has room on the stack to emulate one. */
static bool never_invalid(const u8 *text)
{
	struct insn insn;

	return insn_decode(&insn, text, INSN_MAX_LENGTH) &&
	       (insn.kind == INSN_NOP || insn.kind == INSN_MOV_IMM32 || insn.kind == INSN_JMP ||
		insn.kind == INSN_JCC || insn.kind == INSN_INT3);
}

bool handle_torn(struct pt_regs *regs)
{
	struct emu_regs emu = {regs->ip, regs->sp, regs->flags, set_gpr, regs};

	if (text_immutable(regs->ip, 1) || !never_invalid((const u8 *)regs->ip) ||
	    !emulate_memory(&emu, regs->ip))
		return false;
	report_violation("torn", point_last(), smp_processor_id(),
			 "result=#UD site=%pS credit=%lu epoch=%lu S=%u", (void *)regs->ip,
			 cea_read(credit), READ_ONCE(text_epoch), cea_read(kernel_cr3_loaded));
	copy_back(regs, &emu);
	return true;
}
