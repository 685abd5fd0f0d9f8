// SPDX-License-Identifier: BSD-2-Clause
/*
 * Programs that only wait in user mode. Unlike those of tests/scenarios/ they say PAUSE all the time, at which
 * an emulator that runs its CPUs in turns goes on to the next one.
 */
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <entry/user_abi.h>
#include <kernel/isolation.h>
#include <kernel/lib/string.h>
#include <kernel/wait.h>
#include <patching/sync_policy.h>
#include <tests/cost/cost.h>

static unsigned int running;

/* It never enters by itself. */
static void event(struct pt_regs *regs)
{
}

/* The isolated CPU number @nth, from 0; there must be so many. */
static unsigned int nth_isolated(unsigned int nth)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (cpu_isolated[cpu] && !nth--)
			break;
	return cpu;
}

void cost_programs_start(unsigned int count)
{
	struct user_program program = {(u64)user_cost, USER_DATA, event};
	struct user_page *page;
	unsigned int i;
	u64 loops;

	for (i = 0; i < count; i++) {
		memset(user_data(nth_isolated(i)), 0, sizeof(*page));
		user_start(nth_isolated(i), &program);
	}
	/* The IPI that started each may have come late: it is behind it after some loops more. */
	for (i = 0; i < count; i++) {
		page = user_data(nth_isolated(i));
		wait_until(READ_ONCE(page->loops), "its user program to run", nth_isolated(i));
		loops = READ_ONCE(page->loops) + 2;
		wait_until(READ_ONCE(page->loops) > loops, "its user program to go on",
			   nth_isolated(i));
	}
	running = count;
}

void cost_programs_stop(void)
{
	unsigned int i;

	for (i = 0; i < running; i++)
		user_stop(nth_isolated(i));
	running = 0;
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
