// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/tsc_drift.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <kernel/live.h>
#include <kernel/panic.h>
#include <kernel/screen.h>
#include <kernel/test.h>
#include <kernel/tick.h>
#include <kernel/wait.h>

/* Longer than any single wait, so that a wait that expires is named as one. */
#define WATCHDOG_EXTRA_NS 3000000000ul

/* So many CPUs may tick at TICK_HZ each; a bigger crowd's ticks are as many together. */
#define TICK_CROWD 16

static u64 last_touch;

/* How long each CPU has seen no progress, and since which one. */
static struct silence {
	struct patience patience;
	u64 since;
} silences[NR_CPUS];

static bool telling; /* CPU 0's tick prints that the test is silent: no progress of the test */

void watchdog_touch(void)
{
	if (!telling || smp_processor_id()) /* @tick.telling */
		WRITE_ONCE(last_touch, rdtsc());
}

/* True: nothing has moved for longer than any single wait may take. */
static bool silent(struct silence *s)
{
	u64 touch = READ_ONCE(last_touch);

	if (touch != s->since)
		*s = (struct silence){.since = touch};
	return patience_over(&s->patience, rdtsc(), wait_bound() + ns_to_tsc(WATCHDOG_EXTRA_NS),
			     wait_stop_min());
}

static void tick_interrupt(struct pt_regs *regs)
{
	static u64 second; /* by the clock: a CPU that the host seldom runs gets few ticks */
	struct silence *mine = &silences[smp_processor_id()];

	/* Before a line of ours counts as progress. */
	if (silent(mine) && !run_is_ending())
		hang("no progress for %lu s", tsc_to_ns(mine->patience.spent) / 1000000000);
	stops_look(false);
	if (smp_processor_id() == 0) {
		if (now_ns() - second >= 1000000000) {
			second = now_ns();
			tsc_drift_look();
			telling = true;
			tests_second();
			telling = false;
		}
		live_tick();
		screen_tick();
		stops_tell();
	}
}

void tick_init(void)
{
	watchdog_touch();
	set_irq_handler(TIMER_VECTOR, tick_interrupt);
}

/*
 * CPU 0 keeps the screen and what sleeps to the next tick on time; the others' ticks are there to notice a
 * hang. On an emulator each takes a lock that all devices share, and 6,000 a second from a crowd on two
 * host CPUs, where programs spin besides, leave nobody else a turn at it.
 */
static u32 tick_hz(void)
{
	return smp_processor_id() && nr_cpus > TICK_CROWD ? TICK_HZ * TICK_CROWD / nr_cpus
							  : TICK_HZ;
}

void tick_start_at(u32 hz)
{
	this_cpu()->tick_on = 1;
	silences[smp_processor_id()] = (struct silence){};
	stops_look(true);
	apic_timer_start(apic_khz * 1000 / hz, true, TIMER_VECTOR);
}

void tick_start(void)
{
	tick_start_at(tick_hz());
}

void tick_stop(void)
{
	this_cpu()->tick_on = 0;
	apic_timer_stop();
}
