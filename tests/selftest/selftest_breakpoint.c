// SPDX-License-Identifier: BSD-2-Clause
/*
 * A hardware breakpoint on the entry path, the user's page table loaded and S=0, and even the
 * user's GS and stack. Where a NOP stands, a single step after it looks again.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pti.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <entry/protocol/protocol.h>
#include <entry/user_abi.h>
#include <kernel/config.h>
#include <kernel/isolation.h>
#include <kernel/job.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <kernel/wait.h>
#include <tests/probes/probes.h>
#include <tests/selftest/selftest.h>

#define LOOPS	    3
#define DR7_EXECUTE 0x402 /* DR0 armed on all tasks, for instructions; bit 10 is always 1 */
#define DR7_OFF	    0x400

extern char return_iret[], idtentry_enter[] asm("idtentry.enter");

static const char *wrong;

static void fail(const char *why)
{
	if (!wrong)
		wrong = why;
}

static u64 watched;
static u32 breakpoints, steps;
static struct interrupted found;
static u64 found_sp;

static void set_breakpoint(void *arg)
{
	u64 control = watched ? DR7_EXECUTE : DR7_OFF;

	asm volatile("mov %0, %%dr0; mov %1, %%dr7" ::"r"(watched), "r"(control));
}

static void on_breakpoint(struct pt_regs *regs)
{
	const struct interrupted *now = &interrupted[smp_processor_id()];

	probes_run_context(CTX_NMI);
	if (regs->ip == watched) {
		breakpoints++;
		found = *now;
		found_sp = regs->sp;
		regs->flags |= X86_EFLAGS_RF;
		if (watched != (u64)return_iret)
			regs->flags |= X86_EFLAGS_TF;
		return;
	}
	regs->flags &= ~X86_EFLAGS_TF;
	if (user_mode(regs))
		return;
	steps++;
	if (now->signal || memcmp(now, &found, sizeof(found)) || regs->sp != found_sp)
		fail("a #DB on the entry path left S, CR3, GS or the stack pointer changed");
}

static void event(struct pt_regs *regs)
{
	probes_run_context(CTX_SYSCALL);
	if (regs->vector == X86_TRAP_UD || regs->vector == X86_TRAP_PF)
		regs->ip += 2;
}

static void run_watched(unsigned int cpu)
{
	struct user_program program = {(u64)user_registers, USER_DATA, event};
	struct user_page *page = user_data(cpu);

	memset(page, 0, sizeof(*page));
	job_start(cpu, set_breakpoint, NULL);
	job_wait(cpu);
	user_start(cpu, &program);
	wait_until(READ_ONCE(page->loops) > LOOPS || READ_ONCE(wrong), "its user program to loop",
		   cpu);
	user_stop(cpu);
	if (page->bad_registers)
		fail("a #DB on the entry path changed a register");
}

static const char *breakpoint(void)
{
	const u64 places[] = {(u64)entry_SYSCALL_64, (u64)idtentry_enter, (u64)return_iret};
	u64 violations = report_violations();
	unsigned int cpu, i;

	for (cpu = 0; cpu < nr_cpus && !cpu_isolated[cpu]; cpu++)
		;
	if (cpu == nr_cpus)
		return SELFTEST_SKIP("needs an isolated CPU");
	if (!pti_enabled || !protocol_keeps_signal(protocol_selected()))
		return SELFTEST_SKIP("nobody keeps S");
	if (config.quirk == QUIRK_BOCHS_BREAKPOINT)
		return SELFTEST_SKIP("this Bochs never gets to a breakpoint's handler");
	wrong = NULL;
	probes_install();
	entry_hooks.debug = on_breakpoint;
	for (i = 0; i < ARRAY_SIZE(places) && !wrong; i++) {
		watched = places[i];
		breakpoints = steps = 0;
		run_watched(cpu);
		if (breakpoints < LOOPS || steps != (watched == (u64)return_iret ? 0 : breakpoints))
			fail("a breakpoint on the entry path was not hit once a loop");
	}
	watched = 0;
	job_start(cpu, set_breakpoint, NULL);
	job_wait(cpu);
	probes_install();
	CHECK(wrong || report_violations() == violations);
	return wrong;
}
SELFTEST("a hardware breakpoint on the entry path", breakpoint);
