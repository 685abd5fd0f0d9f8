// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <kernel/panic.h>
#include <kernel/screen.h>
#include <kernel/tick.h>
#include <kernel/wait.h>

/* Longer than any single wait, so that a wait that expires is named as one. */
#define WATCHDOG_EXTRA_NS 3000000000ul

static u64 last_touch;

u64 wait_bound(void)
{
	return ns_to_tsc(5000000000ul + 200000000ul * nr_cpus);
}

void watchdog_touch(void)
{
	WRITE_ONCE(last_touch, rdtsc());
}

static void tick_interrupt(struct pt_regs *regs)
{
	s64 silent = rdtsc() - READ_ONCE(last_touch);

	if (smp_processor_id() == 0)
		screen_tick();

	if (silent > (s64)(wait_bound() + ns_to_tsc(WATCHDOG_EXTRA_NS)) && !run_is_ending())
		hang("no progress for %lu s", tsc_to_ns(silent) / 1000000000);
}

void tick_init(void)
{
	watchdog_touch();
	set_irq_handler(TIMER_VECTOR, tick_interrupt);
}

void tick_start(void)
{
	this_cpu()->tick_on = 1;
	apic_timer_start(apic_khz * 1000 / TICK_HZ, true, TIMER_VECTOR);
}

void tick_stop(void)
{
	this_cpu()->tick_on = 0;
	apic_timer_stop();
}
