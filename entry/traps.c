// SPDX-License-Identifier: BSD-2-Clause
/* What happens after the assembly: interrupts and exceptions are told apart and handed on. */
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <entry/int3.h>
#include <entry/protocol/features.h>
#include <entry/protocol/invariant.h>
#include <entry/protocol/points.h>
#include <entry/user_abi.h>
#include <kernel/entry_log.h>
#include <kernel/nmi.h>
#include <kernel/panic.h>
#include <patching/alternative.h>

#define FIRST_IRQ_VECTOR 0x20
#define CANONICAL_SHIFT	 47

struct entry_hooks entry_hooks;
struct interrupted interrupted[NR_CPUS];
static irq_handler_t irq_handlers[NR_VECTORS];

extern const struct ex_entry __ex_table_start[], __ex_table_end[];

void set_irq_handler(unsigned int vector, irq_handler_t handler)
{
	irq_handlers[vector] = handler;
}

static noinstr bool is_irq(const struct pt_regs *regs)
{
	return regs->vector >= FIRST_IRQ_VECTOR && regs->vector != SYSCALL_VECTOR &&
	       regs->vector < NR_VECTORS;
}

static void handle_irq(struct pt_regs *regs)
{
	u64 orphan = int3_suspend();

	this_cpu()->irq_count[regs->vector]++;
	if (irq_handlers[regs->vector])
		irq_handlers[regs->vector](regs);
	int3_resume(orphan);
	if (regs->vector != SPURIOUS_VECTOR)
		apic_eoi(); /* @irq.eoi */
}

static bool fixup_exception(struct pt_regs *regs)
{
	const struct ex_entry *entry;

	for (entry = __ex_table_start; entry < __ex_table_end; entry++) {
		if (entry->ip != regs->ip)
			continue;
		regs->ip = entry->fixup;
		this_cpu()->trap_fixups++;
		return true;
	}
	return false;
}

/* By vector what entry text has counted as one; and the program sees why it did not run. */
static void note_user_entry(unsigned int vector)
{
	struct cpu *cpu = this_cpu();

	cpu->user_entries[vector]++;				 /* @account.vector */
	cpu->user_page->entered_by |= BIT(vector_cause(vector)); /* @account.cause */
	cpu->user_page->entered_vector = vector;
	WRITE_ONCE(cpu->user_page->entered, cpu->user_page->entered + 1); /* @account.told */
}

static void handle_user(struct pt_regs *regs)
{
	check_invariant(INV_USER_ENTRY, regs); /* @oracle.entry */
	note_user_entry(regs->vector);
	if (is_irq(regs)) {
		handle_irq(regs);
	} else {
		if (!entry_hooks.user_event)
			die(regs, "exception %lu in user mode", regs->vector);
		local_irq_enable();
		entry_hooks.user_event(regs);
		local_irq_disable(); /* @exit.irqs-off */
	}
	if (entry_hooks.user_exit)
		entry_hooks.user_exit();
}

void trap_from_user(struct pt_regs *regs)
{
	if (alternative_has(X86_FEATURE_P_MUTABLE_ENTRY) && entry_hooks.mutable_entry)
		entry_hooks.mutable_entry();
	handle_user(regs);
}

static bool canonical(u64 addr)
{
	return (s64)(addr << (63 - CANONICAL_SHIFT)) >> (63 - CANONICAL_SHIFT) == (s64)addr;
}

/*
 * SYSRET is good only for what SYSCALL left behind, and faults at CPL 0 on a bad RIP. It does
 * not restore RF and TF as IRET does.
 */
bool syscall_from_user(struct pt_regs *regs)
{
	handle_user(regs);
	return regs->cx == regs->ip && regs->r11 == regs->flags && /* @sysret.unchanged */
	       canonical(regs->ip) &&				   /* @sysret.canonical */
	       !(regs->flags & (X86_EFLAGS_RF | X86_EFLAGS_TF));
}

/* The IST slot whose stack holds @sp, or 0. */
static noinstr unsigned int ist_of(u64 sp)
{
	unsigned int ist;
	u64 top;

	for (ist = 1; ist <= IST_COUNT; ist++) {
		top = cea_ist_top(smp_processor_id(), ist);
		if (sp <= top && sp > top - CEA_IST_PAGES * 4096)
			return ist;
	}
	return 0;
}

extern const char syscall_own_stack[] asm("entry_SYSCALL_64.own_stack");
extern const char sysret_user_stack[] asm("return_to_user_sysret.user_stack");
extern const char sysret_end[] asm("return_to_user_sysret.end");

/* At CPL 0 as well RSP is the user's, or anything: where SYSCALL begins, and where SYSRET ends. */
static noinstr bool any_stack(const struct hw_frame *at)
{
	if (at->cs & 3) /* @nmi.user-stack */
		return true;
	if (at->ip >= (u64)entry_SYSCALL_64 && at->ip < (u64)syscall_own_stack)
		return true; /* @nmi.syscall-stack */
	return at->ip >= (u64)sysret_user_stack && at->ip < (u64)sysret_end; /* @nmi.sysret-stack */
}

/*
 * An event inside an event inside an NMI: each IST stack in use has at its top the frame that the
 * CPU pushed, with the stack pointer of what it interrupted.
 */
static noinstr bool on_nmi_stack(const struct hw_frame *at)
{
	unsigned int ist, depth;

	for (depth = 0; depth < IST_COUNT && !any_stack(at) && (ist = ist_of(at->sp)); depth++) {
		if (ist == IST_NMI) /* @nmi.on-stack */
			return true;
		at = (const void *)cea_ist_top(smp_processor_id(), ist);
		at--; /* @nmi.chain */
	}
	return false;
}

/* The word says it, but for the few instructions of an NMI before it is set and after its end. */
noinstr bool in_nmi(const struct pt_regs *regs)
{
	return cea_read(in_nmi) || on_nmi_stack((const struct hw_frame *)&regs->ip);
}

noinstr bool trap_from_kernel(struct pt_regs *regs)
{
	if (is_irq(regs))
		handle_irq(regs);
	else if (regs->vector == X86_TRAP_BP && handle_int3(regs))
		;
	else if (regs->vector == X86_TRAP_UD && handle_torn(regs)) /* @oracle.torn */
		;
	else if (!fixup_exception(regs))
		die(regs, "exception %lu, error code %lx, cr2 %lx", regs->vector, regs->error_code,
		    regs->vector == X86_TRAP_PF ? read_cr2() : 0);
	return !in_nmi(regs); /* @nmi.no-iret */
}

/* Its frame lies over that of the first, which cannot return any more. */
static __noreturn void nmi_nested(void)
{
	harness_error("an NMI inside an NMI: something has unmasked them (firmware's SMM?)");
}

bool trap_nmi_like(struct pt_regs *regs, u32 old_signal, u64 old_cr3, u64 old_gs)
{
	u64 orphan;

	check_invariant(INV_NMI_ENTRY, regs); /* @oracle.nmi */
	if (regs->vector == X86_TRAP_BP) {    /* in entry text, see mutable_entry.asm */
		if (!handle_int3(regs))
			die(regs, "an int3 in entry text that nobody owns");
		return true;
	}
	orphan = int3_suspend();
	interrupted[smp_processor_id()] = (struct interrupted){old_cr3, old_gs, old_signal};
	if (user_mode(regs)) {
		this_cea()->entries++;
		note_user_entry(regs->vector);
	} else if (regs->vector < INJECT_VECTOR) {
		point_note_hit(regs->ip, old_signal, old_cr3);
	}
	switch (regs->vector) {
	case X86_TRAP_NMI:
		if (on_nmi_stack((const struct hw_frame *)&regs->ip))
			nmi_nested();
		handle_nmi(regs);
		if (entry_hooks.nmi)
			entry_hooks.nmi(regs);
		int3_resume(orphan);
		return true; /* this IRET is the one that unmasks NMIs */
	case X86_TRAP_DB:
		if (entry_hooks.debug)
			entry_hooks.debug(regs);
		else
			die(regs, "debug exception that nobody asked for");
		break;
	case X86_TRAP_DF:
		die(regs, "double fault, S=%u cr3=%lx cr2=%lx", old_signal, old_cr3, read_cr2());
	case X86_TRAP_MC:
		die(regs, "machine check, S=%u cr3=%lx", old_signal, old_cr3);
	default:
		if (entry_hooks.inject)
			entry_hooks.inject(regs);
	}
	int3_resume(orphan);
	return !in_nmi(regs); /* @nmi.no-iret-like */
}

void panic_entry_text(struct pt_regs *regs, u32 old_signal, u64 old_cr3)
{
	if (regs->vector == X86_TRAP_NMI)
		nmi_nested();
	die(regs, "exception %lu in entry text, error code %lx, cr2 %lx, S=%u, cr3 %lx",
	    regs->vector, regs->error_code, read_cr2(), old_signal, old_cr3);
}
