// SPDX-License-Identifier: BSD-2-Clause
/*
 * User mode and back, one way in at a time: a program that spins in user mode has S=0, every register
 * comes back, and nothing ticks there.
 */
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <entry/protocol/protocol.h>
#include <entry/user_abi.h>
#include <kernel/isolation.h>
#include <kernel/job.h>
#include <kernel/lib/string.h>
#include <kernel/nmi.h>
#include <kernel/tick.h>
#include <kernel/wait.h>
#include <tests/probes/probes.h>
#include <tests/scenarios/interruptions.h>
#include <tests/scenarios/poke_stats.h>
#include <tests/selftest/selftest.h>

#define SKIPPED_INSN  2
#define PATIENCE_NS   2000000000ul
#define DEVICE_VECTOR 0x41 /* this kernel has none of that */

static void event(struct pt_regs *regs)
{
	probes_run_context(CTX_SYSCALL);
	if (regs->vector == X86_TRAP_UD || regs->vector == X86_TRAP_PF)
		regs->ip += SKIPPED_INSN;
}

static struct user_page *start(unsigned int cpu, void (*entry)(struct user_page *))
{
	struct user_program program = {(u64)entry, USER_DATA, event};
	struct user_page *page = user_data(cpu);

	memset(page, 0, sizeof(*page));
	page->spin_cycles = ns_to_tsc(1000);
	probes_install();
	user_start(cpu, &program);
	wait_until(READ_ONCE(page->loops) > 1, "its user program to run", cpu);
	return page;
}

/*
 * S of a CPU that will do nothing but spin in user mode: once out of the kernel it must be 0. The
 * host may have stopped the CPU on its way out, hence the patience.
 */
static bool signal_clears(unsigned int cpu)
{
	struct patience patience = {};

	while (READ_ONCE(cpu_entry_area(cpu)->kernel_cr3_loaded))
		if (wait_over(&patience, ns_to_tsc(PATIENCE_NS)))
			return false;
	return true;
}

/* Why S of @cpu stays 1 in user mode; NULL: it does not. */
static const char *not_cleared(unsigned int cpu)
{
	if (!cpu)
		return SELFTEST_SKIP("needs an isolated CPU");
	if (!pti_enabled)
		return SELFTEST_SKIP("pti=off: S stays 1");
	if (!protocol_defers(protocol_selected()))
		return SELFTEST_SKIP("nothing is deferred: S stays 1");
	return NULL;
}

/* Every action once, the last of a table, then nothing but spinning. */
static const char *signal_after_each_entry(void)
{
	unsigned int cpu = first_isolated(), action;
	struct user_page *page;
	bool clear;

	if (not_cleared(cpu))
		return not_cleared(cpu);
	for (action = 0; action < USER_ACT_COUNT; action++) {
		page = start(cpu, user_program);
		if (!signal_clears(cpu)) {
			user_stop(cpu);
			return "S is set while user mode spins after the first IRET";
		}
		page->actions[0] = action;
		WRITE_ONCE(page->nr_actions, 1);
		wait_until(READ_ONCE(page->done[action]), "its user program to enter", cpu);
		WRITE_ONCE(page->nr_actions, 0);
		clear = signal_clears(cpu);
		user_stop(cpu);
		if (!clear)
			return "S is set in user mode after an entry of its own";
		if (READ_ONCE(cpu_entry_area(cpu)->kernel_cr3_loaded) != 1)
			return "S is not set in the kernel";
	}
	return NULL;
}
SELFTEST("S is 0 in user mode after each way in", signal_after_each_entry);

static const char *signal_after_events(void)
{
	unsigned int cpu = first_isolated(), kind;
	u64 *counts[2];
	u64 before;
	bool clear;

	if (not_cleared(cpu))
		return not_cleared(cpu);
	counts[0] = &cpus[cpu].nmi_count;
	counts[1] = &cpus[cpu].irq_count[PROBE_VECTOR];
	for (kind = 0; kind < 2; kind++) {
		start(cpu, user_program);
		before = READ_ONCE(*counts[kind]);
		if (kind)
			apic_send_vector(cpus[cpu].apic_id, PROBE_VECTOR);
		else
			nmi_send(cpu, NMI_TEST);
		wait_until(READ_ONCE(*counts[kind]) == before + 1, "an NMI or IRQ in user mode",
			   cpu);
		clear = signal_clears(cpu);
		user_stop(cpu);
		if (!clear)
			return kind ? "S is set in user mode after an IRQ"
				    : "S is set in user mode after an NMI";
	}
	return NULL;
}
SELFTEST("S is 0 in user mode after an NMI and an IRQ", signal_after_events);

static const char *registers(void)
{
	unsigned int cpu = first_isolated(), action;
	struct user_page *page;
	u64 loops;

	if (!cpu)
		return SELFTEST_SKIP("needs an isolated CPU");
	page = start(cpu, user_registers);
	loops = page->loops;
	wait_until(READ_ONCE(page->loops) > loops + 10, "its registers to be compared", cpu);
	user_stop(cpu);
	CHECK(!page->bad_registers);
	for (action = 0; action < USER_ACT_COUNT; action++)
		CHECK(page->done[action] > 10);
	return NULL;
}
SELFTEST("every register survives each way in", registers);

static void hurry_tick(void *arg)
{
	tick_start_at(HURRY_HZ);
}

/*
 * While another CPU, which is no different, takes a whole tick from its beginning to its end: one
 * here would show.
 */
static const char *no_tick(void)
{
	u64 *other = &this_cpu()->irq_count[TIMER_VECTOR], first;
	unsigned int cpu = first_isolated();
	u64 ticks, entries, nmis;

	if (!cpu)
		return SELFTEST_SKIP("needs an isolated CPU");
	job_start(cpu, hurry_tick, NULL);
	job_wait(cpu);
	start(cpu, user_program);
	tick_start_at(HURRY_HZ);
	ticks = READ_ONCE(cpus[cpu].irq_count[TIMER_VECTOR]);
	entries = READ_ONCE(cpu_entry_area(cpu)->entries);
	nmis = READ_ONCE(cpus[cpu].nmi_count);
	first = READ_ONCE(*other);
	wait_until(READ_ONCE(*other) >= first + 2, "two ticks", smp_processor_id());
	tick_start();
	ticks = READ_ONCE(cpus[cpu].irq_count[TIMER_VECTOR]) - ticks;
	entries = READ_ONCE(cpu_entry_area(cpu)->entries) - entries;
	nmis = READ_ONCE(cpus[cpu].nmi_count) - nmis;
	user_stop(cpu);
	CHECK(!ticks && !entries && !nmis);
	CHECK(cpus[cpu].tick_on);
	return NULL;
}
SELFTEST("nothing enters the kernel while user mode spins", no_tick);

/*
 * What defer and tlb hold against the kernel: an IPI to who spins, but for an entry of its own. The
 * other isolated CPUs idle, and tick.
 */
static const char *stray_irq(void)
{
	struct poke_stats before = {}, stats = {}, told = {.ipis_isolated = 1};
	unsigned int cpu = first_isolated();
	u64 seen;

	if (!cpu)
		return SELFTEST_SKIP("needs an isolated CPU");
	start(cpu, user_program);
	seen = READ_ONCE(cpus[cpu].irq_count[PROBE_VECTOR]);
	poke_stats_add_cpu(&before, cpu);
	apic_send_vector(cpus[cpu].apic_id, PROBE_VECTOR);
	wait_until(READ_ONCE(cpus[cpu].irq_count[PROBE_VECTOR]) != seen, "a stray IRQ", cpu);
	poke_stats_add_cpu(&stats, cpu);
	user_stop(cpu);
	poke_stats_since(&stats, &before);
	stats.ipis_isolated = 1;
	CHECK(stats.irqs_other == 1);
	CHECK(poke_stats_told_in_user(&told) && !poke_stats_told_in_user(&stats));
	return NULL;
}
SELFTEST("an IRQ that nobody sent is an entry of its own", stray_irq);

/* Sent without a plan: what of it is this kernel's own, and what the program makes of it. */
static const char *unplanned(void)
{
	static const struct {
		u8 vector;
		u32 foreign, tick, ipi;
		enum gap_cause cause;
	} sent[] = {
		{DEVICE_VECTOR, 1, 0, 0, GAP_ENTRY},
		{TIMER_VECTOR, 0, 1, 0, GAP_TICK},
		{PROBE_VECTOR, 0, 0, 1, GAP_IPI},
	};
	unsigned int cpu = first_isolated(), i;
	struct interruptions in;
	struct user_page *page;
	u64 irqs, gaps, loops;
	bool right = true;

	if (!cpu)
		return SELFTEST_SKIP("needs an isolated CPU");
	page = start(cpu, user_program);
	for (i = 0; i < ARRAY_SIZE(sent) && right; i++) {
		irqs = READ_ONCE(cpus[cpu].irq_count[sent[i].vector]);
		gaps = READ_ONCE(page->gaps[sent[i].cause]);
		interruptions_start(true);
		apic_send_vector(cpus[cpu].apic_id, sent[i].vector);
		wait_until(READ_ONCE(cpus[cpu].irq_count[sent[i].vector]) != irqs, "an interrupt",
			   cpu);
		loops = READ_ONCE(page->loops);
		wait_until(READ_ONCE(page->loops) > loops + 2, "its program to look around", cpu);
		interruptions_end(&in);
		right = in.interrupts == 1 && in.foreign == sent[i].foreign &&
			in.tick == sent[i].tick && in.ipi == sent[i].ipi &&
			in.unplanned == !sent[i].foreign &&
			READ_ONCE(page->gaps[sent[i].cause]) == gaps + 1;
	}
	user_stop(cpu);
	CHECK(right);
	return NULL;
}
SELFTEST("an entry that nobody planned is told from one of the outside", unplanned);
