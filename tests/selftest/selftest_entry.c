// SPDX-License-Identifier: BSD-2-Clause
/* Corners of entry and exit that an ordinary program does not turn. */
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/desc.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/smp.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <entry/protocol/protocol.h>
#include <entry/user_abi.h>
#include <kernel/isolation.h>
#include <kernel/job.h>
#include <kernel/lib/string.h>
#include <kernel/nmi.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <kernel/wait.h>
#include <patching/sync_policy.h>
#include <patching/text_poke.h>
#include <patching/text_poke_arch.h>
#include <tests/probes/probes.h>
#include <tests/selftest/selftest.h>

#define LOOPS	      5
#define BAD_SS	      KERNEL_DS /* RPL 0: IRET to user mode takes a #GP */
#define NOT_CANONICAL 0x0000800000000000
#define PATIENCE      1000
#define SYNCS_A_BATCH 3

__attribute__((noreturn)) void user_backwards(struct user_page *page);
__attribute__((noreturn)) void user_sysret(struct user_page *page);

static const char *wrong;

static void fail(const char *why)
{
	if (!wrong)
		wrong = why;
}

/* Runs @entry on the first isolated CPU until it has looped; what went wrong, or NULL. */
static const char *run_program(void (*entry)(struct user_page *), void (*event)(struct pt_regs *))
{
	struct user_program program = {(u64)entry, USER_DATA, event};
	struct user_page *page;
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpus && !cpu_isolated[cpu]; cpu++)
		;
	if (cpu == nr_cpus)
		return SELFTEST_SKIP("needs an isolated CPU");
	page = user_data(cpu);
	memset(page, 0, sizeof(*page));
	wrong = NULL;
	user_start(cpu, &program);
	wait_until(READ_ONCE(page->loops) > LOOPS || READ_ONCE(wrong), "its user program to loop",
		   cpu);
	user_stop(cpu);
	if (!wrong && page->bad_registers)
		wrong = "the program did not find what it expects";
	return wrong;
}

static void check_direction(void)
{
	u64 flags;

	asm volatile("pushfq; popq %0" : "=r"(flags));
	if (flags & X86_EFLAGS_DF) {
		asm volatile("cld");
		fail("the kernel runs with the user's DF");
	}
}

static void backwards_event(struct pt_regs *regs)
{
	u64 top = kstack_top(smp_processor_id()), here = (u64)__builtin_frame_address(0);

	check_direction();
	if (here >= top || here < top - KSTACK_SIZE)
		fail("an event from user mode is not handled on the thread stack");
	if (rdmsr(MSR_KERNEL_GS_BASE) != user_gs_base())
		fail("the user's GS base is not what it was");
}

static u32 debugs;

static void backwards_debug(struct pt_regs *regs)
{
	regs->flags &= ~X86_EFLAGS_TF;
	debugs++;
	check_direction();
}

static const char *backwards(void)
{
	void (*saved)(struct pt_regs *) = entry_hooks.debug;
	const char *error;

	entry_hooks.debug = backwards_debug;
	debugs = 0;
	error = run_program(user_backwards, backwards_event);
	entry_hooks.debug = saved;
	if (!error && debugs < LOOPS)
		error = "single steps were no #DB";
	return error;
}
SELFTEST("DF clear and the thread stack, whatever the user does", backwards);

/* IRET faults with S=0, user CR3 and user GS; the program must not notice. */
static u32 iret_faults;

static void iret_event(struct pt_regs *regs)
{
	if (regs->vector == X86_TRAP_GP && regs->ss == BAD_SS) {
		regs->ss = USER_DS;
		iret_faults++;
	} else if (regs->vector == SYSCALL_VECTOR) {
		regs->ss = BAD_SS;
	} else if (regs->vector == X86_TRAP_UD || regs->vector == X86_TRAP_PF) {
		regs->ip += 2;
	} else if (regs->vector != VECTOR_SYSCALL64 && regs->vector != X86_TRAP_BP) {
		fail("an exception that the program did not cause");
	}
}

static const char *iret_fault(void)
{
	const char *error;

	iret_faults = 0;
	probes_install();
	error = run_program(user_registers, iret_event);
	if (!error && iret_faults < LOOPS)
		error = "IRET with a bad SS did not fault";
	return error;
}
SELFTEST("a fault of IRET itself", iret_fault);

/* Seldom seen to matter, and not at all for DF under QEMU, whose SYSCALL clears it anyway. */
static void check_mask(void *arg)
{
	u64 must = X86_EFLAGS_IF | X86_EFLAGS_TF | X86_EFLAGS_DF | X86_EFLAGS_NT | X86_EFLAGS_AC;

	if (~rdmsr(MSR_SYSCALL_MASK) & must)
		fail("SYSCALL leaves a flag set that the entry path cannot stand");
}

static const char *syscall_mask(void)
{
	wrong = NULL;
	job_run_all(check_mask, NULL);
	return wrong;
}
SELFTEST("SYSCALL masks IF, TF, DF, NT and AC", syscall_mask);

/* SYSRET to there would fault at CPL 0 on the user's stack (Intel), so it must not be tried. */
static u64 sysret_ip;
static u32 sysret_faults;

static void sysret_event(struct pt_regs *regs)
{
	if ((regs->vector == X86_TRAP_GP || regs->vector == X86_TRAP_PF) &&
	    regs->ip == NOT_CANONICAL) {
		regs->ip = sysret_ip;
		sysret_faults++;
		return;
	}
	if (regs->vector != VECTOR_SYSCALL64)
		fail("an exception that the program did not cause");
	else if (regs->ax == 3)
		sysret_ip = xchg(&regs->ip, regs->cx = NOT_CANONICAL);
	else if (regs->ax == 0)
		regs->ip += 2;
	else if (regs->ax == 1)
		regs->flags |= 1;
	else
		regs->cx = 0x77;
}

static const char *sysret(void)
{
	const char *error;

	sysret_faults = 0;
	error = run_program(user_sysret, sysret_event);
	if (!error && sysret_faults < LOOPS)
		error = "a return to an address that is not canonical did not fault";
	return error;
}
SELFTEST("SYSCALL may return to elsewhere", sysret);

/*
 * In a real NMI a #DB, and in that an int3 on yet another stack: neither may unmask NMIs while a
 * second one waits.
 */
static u32 nmis, int3s;

static void debug_in_nmi(struct pt_regs *regs)
{
	u64 before = this_cpu()->int3_hits;

	regs->flags &= ~X86_EFLAGS_TF;
	if (probes[0].run() != probes[0].value(probes[0].written))
		fail("wrong result of an int3 in a #DB in an NMI");
	int3s += this_cpu()->int3_hits - before;
}

static void nmi_with_debug(struct pt_regs *regs)
{
	if (nmis++)
		return;
	nmi_send(smp_processor_id(), NMI_TEST);
	asm volatile("pushfq; orl $0x100, (%%rsp); popfq; nop" ::: "memory", "cc"); /* TF: #DB */
	selftest_let_nmi_come();
	if (READ_ONCE(nmis) != 1)
		fail("a #DB inside an NMI handler unmasked NMIs");
}

static void nmi_at_step(enum text_poke_step step)
{
	u64 flags;

	if (step != POKE_INT3_WRITTEN)
		return;
	nmis = 0;
	flags = local_irq_save();
	nmi_send(smp_processor_id(), NMI_TEST);
	wait_until(READ_ONCE(nmis) >= 2, "two NMIs of its own", smp_processor_id());
	local_irq_restore(flags);
}

static const char *nested(void)
{
	struct entry_hooks saved = entry_hooks;

	wrong = NULL;
	int3s = 0;
	entry_hooks.nmi = nmi_with_debug;
	entry_hooks.debug = debug_in_nmi;
	selftest_poke_first(nmi_at_step);
	entry_hooks = saved;
	if (!wrong)
		CHECK(int3s == 1);
	return wrong;
}
SELFTEST("int3 inside a #DB inside an NMI", nested);

/*
 * Patches what runs in interrupts, NMIs and system calls while @cpu is in user mode and not told,
 * or says that it was told all the same.
 */
static bool poke_unseen(unsigned int cpu)
{
	u64 skipped = sync_counts(cpu).skipped, epoch;
	unsigned int i;

	wait_until(!READ_ONCE(cpu_entry_area(cpu)->kernel_cr3_loaded),
		   "its user program to be back in user mode", cpu);
	text_mutex_lock();
	for (i = 0; i < nr_probes; i++) {
		if (probes[i].context == CTX_ANY)
			continue;
		probes[i].written = probes[i].committed + 1;
		probes[i].queue(probes[i].written);
	}
	epoch = smp_text_poke_batch_finish();
	for (i = 0; i < nr_probes; i++) {
		if (probes[i].context == CTX_ANY)
			continue;
		probe_commit(&probes[i], epoch);
	}
	text_mutex_unlock();
	return sync_counts(cpu).skipped == skipped + SYNCS_A_BATCH;
}

static void enter_by(unsigned int cpu, unsigned int way, struct user_page *page)
{
	u64 nmis_before = READ_ONCE(cpus[cpu].nmi_count);
	u64 irqs_before = READ_ONCE(cpus[cpu].irq_count[PROBE_VECTOR]);

	if (way < USER_ACT_COUNT) {
		page->done[way] = 0;
		page->actions[0] = way;
		WRITE_ONCE(page->nr_actions, 1);
		wait_until(READ_ONCE(page->done[way]), "its user program to enter", cpu);
		WRITE_ONCE(page->nr_actions, 0);
	} else if (way == USER_ACT_COUNT) {
		nmi_send(cpu, NMI_TEST);
		wait_until(READ_ONCE(cpus[cpu].nmi_count) != nmis_before, "an NMI", cpu);
	} else {
		apic_send_vector(cpus[cpu].apic_id, PROBE_VECTOR);
		wait_until(READ_ONCE(cpus[cpu].irq_count[PROBE_VECTOR]) != irqs_before, "an IRQ",
			   cpu);
	}
}

static void credit_event(struct pt_regs *regs)
{
	probes_run_context(CTX_SYSCALL);
	if (regs->vector == X86_TRAP_UD || regs->vector == X86_TRAP_PF)
		regs->ip += 2;
}

/* Each way in serialises and takes credit before it runs what was patched meanwhile. */
static const char *credit(void)
{
	struct user_program program = {(u64)user_program, USER_DATA, credit_event};
	u64 violations = report_violations();
	unsigned int cpu, way, tries;
	struct user_page *page;
	bool unseen = true;

	for (cpu = 0; cpu < nr_cpus && !cpu_isolated[cpu]; cpu++)
		;
	if (cpu == nr_cpus)
		return SELFTEST_SKIP("needs an isolated CPU");
	if (!pti_enabled || !protocol_defers(protocol_selected()))
		return SELFTEST_SKIP("nothing is deferred");
	page = user_data(cpu);
	memset(page, 0, sizeof(*page));
	page->spin_cycles = 10000;
	probes_install();
	user_start(cpu, &program);
	wait_until(READ_ONCE(page->loops) > 1, "its user program to run", cpu);
	for (way = 0; way < USER_ACT_COUNT + 2 && unseen; way++) {
		for (tries = 0, unseen = false; tries < PATIENCE && !unseen; tries++)
			unseen = poke_unseen(cpu);
		enter_by(cpu, way, page);
	}
	user_stop(cpu);
	CHECK(unseen);
	CHECK(report_violations() == violations);
	return NULL;
}
SELFTEST("credit with every way in after a deferred poke", credit);

static unsigned int areas, areas_signalled;

static void note_first_signals(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpus; cpu++, areas++)
		areas_signalled += cpu_entry_area(cpu)->kernel_cr3_loaded == 1;
}
DEFINE_EARLY_TEST(note_first_signals);

static const char *first_signals(void)
{
	CHECK(areas == nr_cpus && areas_signalled == areas);
	return NULL;
}
SELFTEST("S is 1 until a CPU returns to user mode for the first time", first_signals);
