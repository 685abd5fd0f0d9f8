// SPDX-License-Identifier: BSD-2-Clause
/* Programs that only wait in user mode; why they say PAUSE: tests/user/cost.c. */
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <entry/user_abi.h>
#include <kernel/isolation.h>
#include <kernel/lib/string.h>
#include <kernel/wait.h>
#include <patching/sync_policy.h>
#include <tests/cost/cost.h>

/* Whose program runs. */
static u8 running[NR_CPUS];
static unsigned int nr_running;

/* It never enters by itself. */
static void event(struct pt_regs *regs)
{
}

static void wait_for_loops(const u64 *loops)
{
	struct user_page *page;
	unsigned int i;

	for (i = 0; i < nr_running; i++) {
		page = user_data(running[i]);
		wait_until(READ_ONCE(page->loops) > loops[i], "its user program to go on",
			   running[i]);
	}
}

/*
 * Where many CPUs share few of the host's, each wait for one is a turn of all: who is waited for must
 * have been going on meanwhile, or starting them is as many turns.
 */
void cost_programs_start(unsigned int count)
{
	struct user_program program = {(u64)user_cost, USER_DATA, event};
	static u64 loops[NR_CPUS];
	struct user_page *page;
	unsigned int cpu, i;

	for_each_online_cpu(cpu) {
		if (!cpu_isolated[cpu] || nr_running == count)
			continue;
		page = user_data(cpu);
		memset(page, 0, sizeof(*page));
		user_start(cpu, &program);
		loops[nr_running] = 0;
		running[nr_running++] = cpu;
	}
	wait_for_loops(loops);
	/* The IPI that started each may have come late: it is behind it after some loops more. */
	for (i = 0; i < nr_running; i++) {
		page = user_data(running[i]);
		loops[i] = READ_ONCE(page->loops) + 2;
	}
	wait_for_loops(loops);
}

void cost_programs_stop(void)
{
	user_stop_all();
	nr_running = 0;
}

u64 cost_sent_to_isolated(void)
{
	unsigned int cpu;
	u64 sent = 0;

	for_each_online_cpu(cpu)
		if (cpu_isolated[cpu])
			sent += sync_counts(cpu).sent;
	return sent;
}
