// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/tsc.h>
#include <kernel/lib/types.h>
#include <kernel/report.h>
#include <kernel/report_line.h>
#include <kernel/wait.h>

#define STOP_NS	       1000000000ul /* no emulator takes a CPU away for so long, but for its others */
#define STOP_NS_A_CPU  200000000ul
#define BOUND_NS       5000000000ul
#define BOUND_NS_A_CPU 200000000ul

/* When each CPU was last seen running, by itself; and how often that was in a wait. */
static u64 alive[NR_CPUS], looks[NR_CPUS];

/* Cycles in which the host had stopped this machine, and when the last such time was over. */
static u64 stopped, stop_end;
static u64 stopped_told, stopped_before_test;

u64 wait_bound(void)
{
	return ns_to_tsc(BOUND_NS + BOUND_NS_A_CPU * nr_cpus);
}

u64 wait_stop_min(void)
{
	return ns_to_tsc(STOP_NS + STOP_NS_A_CPU * nr_cpus);
}

/* Every CPU sees the same stop: one of them counts it. */
static void note_stop(u64 from, u64 to)
{
	u64 end = READ_ONCE(stop_end);

	if ((s64)(from - end) < 0 || !try_cmpxchg(&stop_end, &end, to))
		return;
	atomic_add(&stopped, to - from);
}

bool wait_over(struct patience *p, u64 bound)
{
	bool over = patience_over(p, rdtsc(), bound, wait_stop_min());
	unsigned int self = smp_processor_id();

	if (p->stop)
		note_stop(p->last - p->stop, p->last);
	WRITE_ONCE(alive[self], p->last);
	WRITE_ONCE(looks[self], looks[self] + 1);
	return over;
}

u64 wait_looks(unsigned int cpu)
{
	return READ_ONCE(looks[cpu]);
}

void stops_look(bool first)
{
	u64 *mine = &alive[smp_processor_id()], now = rdtsc(), last = READ_ONCE(*mine);

	WRITE_ONCE(*mine, now);
	if (!first && now - last > wait_stop_min())
		note_stop(last, now);
}

void stops_tell(void)
{
	u64 now = READ_ONCE(stopped), told = xchg(&stopped_told, now), ms;

	if (now == told)
		return;
	ms = tsc_to_ns(now - told) / 1000000;
	report_info("the host stopped this machine for %lu.%lu s", ms / 1000, ms / 100 % 10);
}

void stops_test_starts(void)
{
	stopped_before_test = READ_ONCE(stopped);
}

u64 report_stopped_ms(void)
{
	/* A result may follow a stop before the tick does; without one nobody looked before either. */
	if (this_cpu()->tick_on)
		stops_look(false);
	return tsc_to_ns(READ_ONCE(stopped) - stopped_before_test) / 1000000;
}
