// SPDX-License-Identifier: BSD-2-Clause
/*
 * The order of steps is gone along by the sender itself, at two moments of each sync: so each step
 * comes between any two syncs of a batch sooner or later, and between a sync's reads and its waits.
 */
#include <arch/x86_64/percpu.h>
#include <entry/protocol/protocol.h>
#include <kernel/isolation.h>
#include <patching/sync_policy.h>
#include <tests/scenarios/flips.h>

#define ENTRIES_LET 256

static void (*points_hook)(enum sync_step step);
static const u8 *next;
static u64 before; /* entries, when the last step was done */

static void do_step(enum isolation_step step)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (cpu_isolated[cpu])
			isolation_do(cpu, step);
}

/* Of all isolated CPUs, by themselves. */
static u64 entries(void)
{
	u64 sum = 0;
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (cpu_isolated[cpu])
			sum += READ_ONCE(cpu_entry_area(cpu)->entries);
	return sum;
}

/* Moments pass quickly while nobody is waited for: on a busy host without anyone coming by. */
static bool let_in(void)
{
	return entries() - before >= ENTRIES_LET;
}

static void go_on(void)
{
	for (; *next != ISOLATION_GO && *next != ISOLATION_LET && *next != ISOLATION_END; next++) {
		do_step(*next);
		before = entries();
	}
	if (*next == ISOLATION_LET && !let_in())
		return;
	next = *next == ISOLATION_END ? protocol_selected()->isolation : next + 1;
}

static void at_step(enum sync_step step)
{
	if (points_hook)
		points_hook(step);
	if (step != SYNC_BARRIER_TO_READ)
		go_on();
}

void flips_begin(void)
{
	if (!protocol_selected()->isolation)
		return;
	if (!next)
		next = protocol_selected()->isolation;
	points_hook = sync_step_hook;
	sync_step_hook = at_step;
}

void flips_pause(void)
{
	if (protocol_selected()->isolation)
		sync_step_hook = points_hook;
}

void flips_end(void)
{
	if (!next)
		return;
	next = NULL;
	do_step(ISOLATION_KEEP);
	do_step(ISOLATION_RAISE);
	do_step(ISOLATION_MARK);
}
