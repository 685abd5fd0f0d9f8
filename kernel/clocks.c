// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/smp.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/tsc_drift.h>
#include <kernel/clocks.h>
#include <kernel/job.h>
#include <kernel/lib/printf.h>
#include <kernel/report.h>
#include <kernel/wait.h>

/*
 * With each CPU, and for all of them, if there is time. A processor wakes up and answers in microseconds;
 * an emulator's one of 255 takes 20 ms. Those that are not reached are not measured, and counted.
 */
#define EXCHANGES_MAX 32
#define EXCHANGES_NS  200000
#define ALL_NS	      50000000
#define NO_MORE	      (~0u)

/* CPU 0 writes the number of a question; the other its TSC, then the number. */
static struct {
	u32 asked __aligned(64);
	u32 answered __aligned(64);
	u64 tsc;
} exchange;

static struct clock_offset at_start[NR_CPUS];
static u64 warp_at_start;
static unsigned int measured; /* CPUs below this one */

static void answer(void *unused)
{
	u32 asked, i;

	for (i = 1;; i++) {
		wait_until((asked = smp_load_acquire(&exchange.asked)) >= i,
			   "a question about its clock", 0);
		if (asked == NO_MORE)
			return;
		lfence(); /* no RDTSC before the question (SDM vol. 2, RDTSC) */
		exchange.tsc = rdtsc();
		smp_store_release(&exchange.answered, i);
	}
}

/* It was read after the question was sent and before the answer came: each exchange is a bound. */
struct clock_offset clock_offset(unsigned int cpu)
{
	u64 began = rdtsc(), before, after = began, most = ns_to_tsc(EXCHANGES_NS);
	struct clock_offset o = {INT64_MIN, INT64_MAX};
	u32 i;

	if (cpu == 0)
		return (struct clock_offset){0, 0};
	WRITE_ONCE(exchange.asked, 0);
	WRITE_ONCE(exchange.answered, 0);
	job_start(cpu, answer, NULL);
	for (i = 1; i == 1 || (i <= EXCHANGES_MAX && after - began < most); i++) {
		before = rdtsc();
		smp_store_release(&exchange.asked, i);
		wait_until(smp_load_acquire(&exchange.answered) == i, "its clock", cpu);
		lfence();
		after = rdtsc();
		began = i == 1 ? after : began;			/* it had to wake up */
		o.lo = max(o.lo, (s64)(exchange.tsc - after));	/* @clocks.lo */
		o.hi = min(o.hi, (s64)(exchange.tsc - before)); /* @clocks.hi */
	}
	smp_store_release(&exchange.asked, NO_MORE);
	job_wait(cpu);
	return o;
}

u64 clock_warp(const struct clock_offset *o)
{
	return max(max(o->lo, -o->hi), (s64)0);
}

/* By how much it has moved for certain: 0 where what was measured then and now may be the same. */
static u64 moved(const struct clock_offset *then, const struct clock_offset *now)
{
	return max(max(now->lo - then->hi, then->lo - now->hi), (s64)0);
}

/* Calls @take with the offset of each CPU, in turn. Returns how many there was time for, CPU 0 included. */
static unsigned int measure(void (*take)(unsigned int cpu, const struct clock_offset *offset))
{
	u64 began = rdtsc(), most = ns_to_tsc(ALL_NS);
	struct clock_offset offset;
	unsigned int cpu;

	for (cpu = 1; cpu < nr_cpus && rdtsc() - began < most; cpu++) {
		offset = clock_offset(cpu);
		take(cpu, &offset);
	}
	return cpu;
}

/* What is the largest so far, and of whom. */
static struct worst {
	unsigned int cpu;
	u64 cycles;
} warp, change;
static u64 within;

static void take_worst(struct worst *worst, unsigned int cpu, u64 cycles)
{
	if (cycles > worst->cycles)
		*worst = (struct worst){cpu, cycles};
}

static void take_warp(unsigned int cpu, const struct clock_offset *now)
{
	take_worst(&warp, cpu, clock_warp(now));
}

u64 clocks_warp(void)
{
	warp = (struct worst){};
	measure(take_warp);
	return warp.cycles;
}

static void take_first(unsigned int cpu, const struct clock_offset *now)
{
	at_start[cpu] = *now;
	take_warp(cpu, now);
}

void clocks_start(void)
{
	measured = measure(take_first);
	warp_at_start = warp.cycles;
}

static void take_last(unsigned int cpu, const struct clock_offset *now)
{
	take_warp(cpu, now);
	within = max(within, (u64)(now->hi - now->lo));
	if (cpu < measured)
		take_worst(&change, cpu, moved(&at_start[cpu], now)); /* @clocks.change */
}

u64 clocks_warp_at_start(void)
{
	return warp_at_start;
}

static void report_line(unsigned int compared)
{
	struct tsc_drift drift;
	char rate[128];

	if (tsc_drift(&drift))
		scnprintf(
			rate, sizeof(rate),
			"drift_ppm=%ld drift_within_ppm=%lu reference=%s over_ms=%lu left_out=%lu",
			drift.ppm, drift.within_ppm, tsc_clock, drift.ms, drift.left_out);
	else
		scnprintf(rate, sizeof(rate), "drift_ppm=unknown reference=none");
	report_info("tsc invariant=%s compared=%u warp_start_cycles=%lu warp_end_cycles=%lu "
		    "change_cycles=%lu within_cycles=%lu %s",
		    cpu_has(X86_FEATURE_CONSTANT_TSC) ? "on" : "off", compared, warp_at_start,
		    warp.cycles, change.cycles, within, rate);
}

static void warn_of_rate(void)
{
	struct tsc_drift drift;

	if (tsc_drift(&drift) && tsc_drift_bad(&drift))
		report_info(
			"warning: over this run the TSC of CPU 0 ran at another rate than at its start, "
			"by %ld ppm as %s has it: times in this report are wrong by so much",
			drift.ppm, tsc_clock);
}

void clocks_report(void)
{
	unsigned int now;

	warp = (struct worst){};
	now = measure(take_last);
	report_line(min(measured, now));
	warn_of_rate();
	if (change.cycles)
		report_info(
			"warning: during this run the TSC of cpu %u moved against CPU 0's by %lu "
			"cycles or more: times of several CPUs cannot be compared",
			change.cpu, change.cycles);
	else if (warp.cycles)
		report_info(
			"warning: the TSC of cpu %u is %lu cycles or more off CPU 0's: times of "
			"several CPUs cannot be compared more closely",
			warp.cpu, warp.cycles);
}
