// SPDX-License-Identifier: BSD-2-Clause
/*
 * The user programs that isolated CPUs run, what the kernel does for them on each entry (it executes
 * probe sites), and how long they were left alone.
 */
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <entry/protocol/points.h>
#include <entry/user_abi.h>
#include <kernel/isolation.h>
#include <kernel/report.h>
#include <kernel/tick.h>
#include <kernel/wait.h>
#include <tests/probes/probes.h>
#include <tests/scenarios/programs.h>
#include <tests/user/noise.h>

#define SITES_PER_ENTRY 4
#define SPIN_US		20
#define SPINS_IN_MIX	4 /* beside one of each way in */
#define SKIPPED_INSN	2 /* bytes of ud2, and of the load that faults */

void (*programs_visit)(void);

/* Runs in the kernel on behalf of a program that entered by itself. */
static void program_event(struct pt_regs *regs)
{
	if (programs_visit) {
		programs_visit();
	} else {
		probes_run_context(CTX_SYSCALL);
		probes_run_some(SITES_PER_ENTRY);
	}
	switch (regs->vector) {
	case X86_TRAP_UD:
	case X86_TRAP_PF:
		regs->ip += SKIPPED_INSN;
		break;
	case X86_TRAP_BP:
	case SYSCALL_VECTOR:
	case VECTOR_SYSCALL64:
		break;
	default: /* it did nothing to deserve this */
		report_violation("user_exception", point_last(), smp_processor_id(),
				 "event=%s vector=%lu error=%lx ip=%lx", point_last_event(),
				 regs->vector, regs->error_code, regs->ip);
	}
}

/* A table of random choices, made here so that the seed alone decides. */
static void fill_page(struct user_page *page, unsigned int cpu, enum user_kind kind)
{
	struct random_stream random;
	unsigned int i;

	random_init(&random, config.seed, RANDOM_USER, cpu);
	page->spin_cycles = ns_to_tsc(SPIN_US * 1000);
	page->loops = 0;
	page->gap_max = 0;
	page->gap_min = ns_to_tsc(GAP_MIN_NS);
	user_noise(page)->ns_mult = tsc_to_ns(1ul << 32);
	page->nr_actions = kind == USER_SPIN ? 0 : USER_ACTIONS_MAX;
	for (i = 0; i < page->nr_actions; i++)
		page->actions[i] = random_below(
			&random, kind == USER_MIX ? USER_ACT_COUNT + SPINS_IN_MIX : USER_ACT_COUNT);
	for (i = 0; i < page->nr_actions; i++)
		if (page->actions[i] > USER_ACT_SPIN)
			page->actions[i] = USER_ACT_SPIN;
}

void programs_start(enum user_kind kind, unsigned int count)
{
	struct user_program program = {(u64)user_program, USER_DATA, program_event};
	unsigned int cpu, started = 0, waited = 0;
	struct user_page *page;

	for_each_online_cpu(cpu) {
		if (housekeeping_cpu(cpu) || started++ >= count)
			continue;
		fill_page(user_data(cpu), cpu, kind);
		user_start(cpu, &program);
	}
	/* All of them have run for a while, and their first interruption is behind them. */
	for_each_online_cpu(cpu) {
		if (housekeeping_cpu(cpu) || waited++ >= count)
			continue;
		page = user_data(cpu);
		wait_until(READ_ONCE(page->loops) > 2, "its user program to run", cpu);
		WRITE_ONCE(page->reset, page->reset + 1);
	}
}

void programs_stop(void)
{
	user_stop_all();
}

static void add_gaps(struct program_gaps *gaps, const struct user_page *page)
{
	u64 ns = tsc_to_ns(READ_ONCE(page->gap_max));
	unsigned int cause;

	for (cause = 0; cause < GAP_CAUSES; cause++)
		gaps->count[cause] += READ_ONCE(page->gaps[cause]);
	if (ns <= gaps->max_ns)
		return;
	gaps->max_ns = ns;
	gaps->max_by = READ_ONCE(page->gap_max_by);
}

void programs_gaps(struct program_gaps *gaps)
{
	unsigned int cpu;

	*gaps = (struct program_gaps){.max_by = GAP_OUTSIDE};
	for_each_online_cpu(cpu)
		if (cpu_isolated[cpu])
			add_gaps(gaps, user_data(cpu));
}
