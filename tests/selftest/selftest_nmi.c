// SPDX-License-Identifier: BSD-2-Clause
/* Who is inside an NMI: known by the NMI path's own word, not by what a stack pointer says. */
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <entry/user_abi.h>
#include <kernel/config.h>
#include <kernel/isolation.h>
#include <kernel/job.h>
#include <kernel/lib/string.h>
#include <kernel/nmi.h>
#include <kernel/report.h>
#include <kernel/wait.h>
#include <tests/probes/probes.h>
#include <tests/selftest/selftest.h>

#define LOOPS	    5
#define BAD_ADDRESS 0x10
#define DEEP	    512	  /* bytes below the top: under what an NMI in use would have there */
#define DR7_EXECUTE 0x402 /* DR0 armed on all tasks, for instructions; bit 10 is always 1 */
#define DR7_OFF	    0x400

extern const char sysret_user_stack[] asm("return_to_user_sysret.user_stack");
/* Not the stub's first instruction, where Bochs does not look. */
extern const char nmi_entry[] asm("nmi");
extern const char word_over[] asm("nmi_like.word_over");
__attribute__((noreturn)) void user_odd_stack(struct user_page *page);

/*
 * An APIC delivers what comes later not before what came earlier. An NMI leaves no trace there, so
 * something follows it that does.
 */
void selftest_let_nmi_come(void)
{
	unsigned int self = smp_processor_id();

	if (apic_vector_waits(WAKE_VECTOR))
		report_error("cpu %u: a wake-up that nobody sent waits already", self);
	apic_send_vector(cpus[self].apic_id, WAKE_VECTOR);
	wait_until(apic_vector_waits(WAKE_VECTOR), "its own wake-up", self);
}

static const char *wrong;
static u64 watched;
static u32 steps, breakpoints, nmis;

static void fail(const char *why)
{
	if (!wrong)
		wrong = why;
}

static void set_breakpoint(void *arg)
{
	u64 control = watched ? DR7_EXECUTE : DR7_OFF;

	asm volatile("mov %0, %%dr0; mov %1, %%dr7" ::"r"(watched), "r"(control));
}

/* A single step of the program, or a breakpoint where CPL is 0 and RSP still or again its own. */
static void on_odd_debug(struct pt_regs *regs)
{
	if (in_nmi(regs))
		fail("a stack pointer of user mode makes a #DB one inside an NMI");
	if (user_mode(regs)) {
		regs->flags &= ~X86_EFLAGS_TF;
		steps++;
	} else {
		regs->flags |= X86_EFLAGS_RF;
		breakpoints++;
	}
}

static void odd_event(struct pt_regs *regs)
{
	if (regs->vector == X86_TRAP_UD)
		regs->ip += 2;
}

static void watch(unsigned int cpu, u64 place)
{
	watched = place;
	job_start(cpu, set_breakpoint, NULL);
	job_wait(cpu);
}

static void run_odd(unsigned int cpu, u64 place)
{
	struct user_program program = {(u64)user_odd_stack, USER_DATA, odd_event};
	struct user_page *page = user_data(cpu);

	steps = breakpoints = 0;
	memset(page, 0, sizeof(*page));
	page->odd_sp = cea_ist_top(cpu, IST_NMI) - DEEP;
	watch(cpu, place);
	user_start(cpu, &program);
	wait_until(READ_ONCE(page->loops) > LOOPS || READ_ONCE(wrong), "its user program to loop",
		   cpu);
	user_stop(cpu);
	watch(cpu, 0);
	if (page->bad_registers)
		fail("user mode was gone on with at CPL 0");
	if (steps < LOOPS || (place && breakpoints < LOOPS))
		fail("a single step or a breakpoint was not hit once a loop");
}

static const char *odd_stack(void)
{
	struct entry_hooks saved = entry_hooks;
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpus && !cpu_isolated[cpu]; cpu++)
		;
	if (cpu == nr_cpus)
		return SELFTEST_SKIP("needs an isolated CPU");
	wrong = NULL;
	entry_hooks.debug = on_odd_debug;
	run_odd(cpu, 0);
	if (!wrong && config.quirk != QUIRK_BOCHS_BREAKPOINT) {
		run_odd(cpu, (u64)entry_SYSCALL_64);
		run_odd(cpu, (u64)sysret_user_stack);
	}
	entry_hooks = saved;
	return wrong;
}
SELFTEST("a user program with RSP in an NMI stack", odd_stack);

/*
 * Where the word is not set yet, or not any more: the stacks say it. A page fault of the #DB's
 * handler must not unmask NMIs either, nor may the return from the #DB, while a second one waits.
 */
static void on_edge_debug(struct pt_regs *regs)
{
	u32 seen = nmis;

	if (regs->ip != watched)
		return fail("a #DB elsewhere than on the breakpoint");
	watched = 0; /* POPF restores no RF */
	set_breakpoint(NULL);
	breakpoints++;
	nmi_send(smp_processor_id(), NMI_TEST);
	asm volatile(ASM_TRY() "movb (%0), %%al\n2:" ::"r"(BAD_ADDRESS) : "rax", "memory");
	selftest_let_nmi_come();
	if (READ_ONCE(nmis) != seen)
		fail("an NMI came into the middle of another's entry or exit");
}

static void on_edge_nmi(struct pt_regs *regs)
{
	nmis++;
	if (!cea_read(in_nmi))
		fail("an NMI's handler runs without its word");
}

static const char *edges(void)
{
	const u64 places[] = {(u64)nmi_entry, (u64)word_over};
	struct entry_hooks saved = entry_hooks;
	unsigned int i;
	u64 flags;

	if (config.quirk == QUIRK_BOCHS_BREAKPOINT)
		return SELFTEST_SKIP("this Bochs never gets to a breakpoint's handler");
	wrong = NULL;
	entry_hooks.debug = on_edge_debug;
	entry_hooks.nmi = on_edge_nmi;
	for (i = 0; i < ARRAY_SIZE(places) && !wrong; i++) {
		breakpoints = nmis = 0;
		flags = local_irq_save();
		watched = places[i];
		set_breakpoint(NULL);
		nmi_send(smp_processor_id(), NMI_TEST);
		wait_until(READ_ONCE(nmis) >= 2, "two NMIs of its own", smp_processor_id());
		local_irq_restore(flags);
		if (cea_read(in_nmi))
			fail("the word of an NMI is set behind it");
		if (breakpoints != 1)
			fail("a breakpoint on the NMI path was not hit once");
	}
	entry_hooks = saved;
	return wrong;
}
SELFTEST("a hardware breakpoint where an NMI begins and ends", edges);
