/* SPDX-License-Identifier: BSD-2-Clause */
/* The C side of entry and exit. */
#ifndef ENTRY_ENTRY_H
#define ENTRY_ENTRY_H

#include <arch/x86_64/ptrace.h>
#include <kernel/lib/types.h>

#define ENTRY_STUB_SIZE	 16
#define VECTOR_SYSCALL64 0x100 /* pt_regs.vector of SYSCALL: no hardware vector */

extern char entry_stubs[];
extern char mutable_entry_site[]; /* of mutable_entry_key; may be patched under one protocol */
void entry_SYSCALL_64(void);

/*
 * Runs a user program: returns when leave_user_mode() is called on this CPU. Interrupts off at
 * the call and at the return.
 */
void enter_user_mode(const struct pt_regs *regs);
__noreturn void leave_user_mode(void);

/* Called from assembly. The bool ones return false to leave without IRET (SYSRET, or POPF;RET). */
void trap_from_user(struct pt_regs *regs);
bool syscall_from_user(struct pt_regs *regs);
bool trap_from_kernel(struct pt_regs *regs);
bool trap_nmi_like(struct pt_regs *regs, u32 old_signal, u64 old_cr3, u64 old_gs);
__noreturn void panic_entry_text(struct pt_regs *regs, u32 old_signal, u64 old_cr3);

/* An interrupt's handler: interrupts off, this CPU's thread or interrupted stack. */
typedef void (*irq_handler_t)(struct pt_regs *regs);
void set_irq_handler(unsigned int vector, irq_handler_t handler);

/*
 * What user programs and tests do with events; NULL: a user event is fatal, the others nothing.
 * user_event: SYSCALL, int 0x80 or an exception from user mode, IRQs on. user_exit: last thing
 * before the return to user mode, IRQs off; may leave_user_mode(). nmi, debug and inject run
 * inside those events, from any mode.
 */
struct entry_hooks {
	void (*user_event)(struct pt_regs *regs);
	void (*user_exit)(void);
	void (*nmi)(struct pt_regs *regs);
	void (*debug)(struct pt_regs *regs);
	void (*inject)(struct pt_regs *regs);
	void (*mutable_entry)(void); /* IRQs off, after an entry that ran mutable_entry.asm */
};
extern struct entry_hooks entry_hooks;

/* What this CPU's last NMI-like entry interrupted; from inside its hook. */
struct interrupted {
	u64 cr3, gs, signal;
};
extern struct interrupted interrupted[];

/* An expected fault: if the instruction at 1: faults, go on at 2:; see ASM_TRY(). */
struct ex_entry {
	u64 ip;
	u64 fixup;
};

/* Inside an asm: ASM_TRY() in front of the instruction that may fault, then "2:" after it. */
#define ASM_TRY() ".pushsection .ex_table, \"a\"\n.balign 8\n.quad 1f, 2f\n.popsection\n1:"

/* Is this CPU inside a real NMI handler (exceptions must not IRET)? */
bool in_nmi(const struct pt_regs *regs);

#endif
