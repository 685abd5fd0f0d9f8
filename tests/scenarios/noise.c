// SPDX-License-Identifier: BSD-2-Clause
/*
 * How quiet an isolated CPU is while others patch text and change mappings, and what disturbs it.
 *
 * Rule: none of the architecture's. A CPU that stays in user mode and is skipped by every sync is
 * disturbed by no more than where nothing goes on at all: by the hardware, or what runs beneath it.
 *
 * Reached: on each isolated CPU a program looks at the clock about once a microsecond, and keeps how
 * long each look came after the one before, and what entered the kernel meanwhile. First nothing
 * goes on (a quarter of the time: the floor); then CPU 0 patches or flushes a thousand times a second,
 * as load= says. The others sleep.
 *
 * Broken: a program was away for longer than max_us=; a sync IPI came though sync=deferred, or an
 * interrupt of this kernel's that nobody planned. Without max_us= no time is judged.
 *
 * Enough: all looks are in the histogram, not only long ones, so that a percentile of a quiet CPU
 * means something. A TSC that ran at another rate than at the start tells no time: max_us= is a SKIP
 * then. Interrupts are counted by the kernel, vector by vector, and apart from that by the
 * program: fewer there are an ERROR. A run without the load that was asked for is no pass.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/tsc_drift.h>
#include <entry/protocol/protocol.h>
#include <kernel/clocks.h>
#include <kernel/config.h>
#include <kernel/isolation.h>
#include <kernel/params.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <kernel/tick.h>
#include <kernel/wait.h>
#include <tests/probes/probes.h>
#include <tests/scenarios/interruptions.h>
#include <tests/scenarios/noise_report.h>
#include <tests/scenarios/poke_stats.h>
#include <tests/scenarios/programs.h>
#include <tests/scenarios/scenario.h>
#include <tests/tlb/tlb.h>

#define FLOOR_PART   4 /* of the time, as 1/n */
#define LOAD_NS	     1000000
#define PROGRESS_NS  1000000000ul
#define LOOPS_A_LOOK 4096

/* Not by looking at the clock all the while: emulators guard it with a lock that all CPUs share. */
static void wait_for(u64 ns)
{
	unsigned int i;

	while (now_ns() < ns)
		for (i = 0; i < LOOPS_A_LOOK; i++)
			barrier();
}

static void load_once(enum load_kind load, struct random_stream *random, u64 next)
{
	if (load == LOAD_NONE) {
		safe_halt(); /* to the next tick */
		return;
	}
	if (load == LOAD_POKES || load == LOAD_BOTH)
		scenario_poke_some(random, 0);
	if (load == LOAD_FLUSHES || load == LOAD_BOTH)
		tlb_change_some(random, 0, 1);
	wait_for(next);
}

static void progress(u64 elapsed_ns, const struct poke_stats *before)
{
	struct program_gaps gaps;
	struct poke_stats now;

	poke_stats_read(&now);
	programs_gaps(&gaps);
	report_progress("t_s=%lu pokes=%lu ipis_isolated=%lu gap_max_ns=%lu violations=%lu",
			elapsed_ns / 1000000000, now.pokes - before->pokes,
			now.ipis_isolated - before->ipis_isolated, gaps.max_ns,
			report_violations());
}

static void run_load(enum load_kind load, u64 duration_ns, const struct poke_stats *before)
{
	u64 start = now_ns(), next = start + PROGRESS_NS, now = start, end = start + duration_ns;
	struct random_stream random;

	random_init(&random, config.seed, RANDOM_POKES, 0);
	for (; now < end; now = now_ns()) {
		load_once(load, &random, min(now + LOAD_NS, end));
		watchdog_touch();
		report_flush();
		if (now >= next && end - now > PROGRESS_NS / 4) {
			progress(now - start, before);
			next += PROGRESS_NS;
		}
	}
}

/* Its statistics begin now, and so does the account of what interrupts it. */
static void wait_fresh(void)
{
	const struct user_page *page;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		page = user_data(cpu);
		if (cpu_isolated[cpu])
			wait_until(READ_ONCE(page->reset_seen) == READ_ONCE(page->reset),
				   "its user program to start anew", cpu);
	}
}

/* What has interrupted them, they have noticed: one look may have begun before. All of them at once. */
static void wait_looked(void)
{
	static u64 looks[NR_CPUS];
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (cpu_isolated[cpu])
			looks[cpu] = READ_ONCE(noise_of(cpu)->looks);
	for_each_online_cpu(cpu) {
		if (cpu_isolated[cpu])
			wait_until(READ_ONCE(noise_of(cpu)->looks) >= looks[cpu] + 2,
				   "its user program to look at the clock", cpu);
	}
}

/* Each program counts by itself what the kernel has counted by vector. */
static void check_entries(void)
{
	struct interruptions in;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (!cpu_isolated[cpu])
			continue;
		in = (struct interruptions){};
		interruptions_add(&in, cpu);
		if (noise_of(cpu)->entries < in.interrupts + in.nmi)
			report_error("cpu %u was interrupted %lu times, and its program saw %lu",
				     cpu, in.interrupts + in.nmi, noise_of(cpu)->entries);
	}
}

/* Programs watch while @load goes on. */
static void run_phase(struct noise_run *run, enum load_kind load, u64 duration_ns)
{
	struct tlb_counts flushes = tlb_counts();
	struct interruptions in;
	struct poke_stats before;

	run->since = rdtsc();
	programs_start(USER_SPIN, PROGRAMS_ALL);
	wait_fresh();
	interruptions_start(true);
	poke_stats_read(&before);
	run_load(load, duration_ns, &before);
	poke_stats_read(&run->stats);
	poke_stats_since(&run->stats, &before);
	run->flushes = tlb_counts().flushes - flushes.flushes;
	interruptions_end(&in);
	wait_looked();
	programs_stop();
	interruptions_judge(true);
	check_entries();
}

/* The longest of all gaps, if it is too long. */
static void judge_max(const struct noise_run *run)
{
	const struct user_gap *gap;
	unsigned int cpu, worst = 0;
	u64 max = 0, at_us;
	char why[128];

	for_each_online_cpu(cpu) {
		if (!cpu_isolated[cpu] || noise_of(cpu)->worst[0].cycles <= max)
			continue;
		worst = cpu;
		max = noise_of(cpu)->worst[0].cycles;
	}
	if (!config.max_us || tsc_to_ns(max) <= config.max_us * 1000ul)
		return;
	gap = &noise_of(worst)->worst[0];
	at_us = tsc_to_ns(gap->at - run->since) / 1000;
	noise_why(why, sizeof(why), gap);
	report_fail("max_us=%u: the program of cpu %u was away for %lu us, until %lu.%06lu s: %s",
		    config.max_us, worst, tsc_to_ns(max) / 1000, at_us / 1000000, at_us % 1000000,
		    why);
}

/* Each program takes cycles of its own CPU as time, and when a gap was is told by CPU 0's clock. */
static bool clock_is_bad(void)
{
	struct tsc_drift drift;
	u64 warp = clocks_warp();

	if (warp)
		report_info("noise: the TSC of a CPU is %lu cycles or more off CPU 0's: at_ns= and "
			    "\"until\" are off by as much; gaps are not",
			    warp);
	if (!tsc_drift(&drift) || !tsc_drift_bad(&drift)) /* @noise.rate */
		return false;
	report_info("noise: so far the TSC ran at another rate than at the start, by %ld ppm: no "
		    "time here is right, and max_us= judges none",
		    drift.ppm);
	return true;
}

static void judge(const struct noise_run *run)
{
	bool defers = protocol_defers(protocol_selected());
	bool loaded = run->pokes_some || run->flushes_some, no_time = clock_is_bad();
	const struct poke_stats *s = &run->stats;

	if (!no_time)
		judge_max(run);
	poke_stats_check_ghosts(s);
	if (defers && poke_stats_told_in_user(s))
		report_fail("%lu sync IPIs hit CPUs that never left user mode", s->ipis_isolated);
	if (run->pokes_some && !s->pokes)
		report_skip("load=%s: no poke was finished in the time given; raise duration=",
			    run->load);
	else if (run->flushes_some && !run->flushes)
		report_skip("load=%s: nothing was flushed in the time given; raise duration=",
			    run->load);
	else if (defers && loaded && !s->ipis_skipped)
		report_skip("no sync skipped an isolated CPU: nothing was deferred");
	else
		report_pass();
	if (no_time && config.max_us)
		report_vain("max_us=%u was not judged: the TSC keeps no time here", config.max_us);
}

static void run_noise(int variant)
{
	struct noise_run run = {
		.load = load_names[config.load],
		.sync = protocol_defers(protocol_selected()) ? "deferred" : "ipi",
		.pokes_some = config.load == LOAD_POKES || config.load == LOAD_BOTH,
		.flushes_some = config.load == LOAD_FLUSHES || config.load == LOAD_BOTH,
	};
	const char *reason = scenario_impossible();
	u64 floor_ns = config.duration_ns / FLOOR_PART;

	if (reason) {
		report_skip("%s", reason);
		return;
	}
	probes_install();
	tlb_slots_reset();
	report_step("measuring the floor");
	run_phase(&run, LOAD_NONE, floor_ns);
	noise_keep_floor();
	report_step("measuring under load");
	run_phase(&run, config.load, config.duration_ns - floor_ns);
	noise_print(&run);
	judge(&run);
	tlb_slots_reset();
}

DEFINE_TEST(TEST_EXTRA + 45, "noise",
	    "how long programs of isolated CPUs are away, and why, while others patch and flush",
	    "an isolated CPU, pti=on for deferral", run_noise, .timed = true);
