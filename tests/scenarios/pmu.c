// SPDX-License-Identifier: BSD-2-Clause
/*
 * True NMIs all over the entry code as it is, where a performance counter puts them.
 *
 * Rule: as in test=storm. A counter of retired kernel instructions that overflows raises an NMI soon
 * after (SDM vol. 3, 20.2 and 11.5.1); user instructions do not count, so what follows a return
 * to user mode is the next way in, instruction by instruction.
 *
 * Reached: on each isolated CPU, whose program enters in every way, the NMI's handler starts the
 * counter again, for one instruction more than the last time, up to SWEEP_MAX and again from 1. CPU 0
 * patches. Nothing is held open, no point is compiled in.
 *
 * Broken: as in test=defer; and a counter that goes on when the sweep is over.
 *
 * Enough: where NMIs landed is printed, each instruction of entry text with its count; how late
 * they were (skid), by what the counter counted after its overflow. Without an NMI in entry text it is
 * a SKIP. An instruction without a line was not hit, and nothing is claimed of it.
 */
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/sections.h>
#include <arch/x86_64/tsc.h>
#include <entry/entry.h>
#include <entry/protocol/protocol.h>
#include <kernel/config.h>
#include <kernel/isolation.h>
#include <kernel/lib/atomic.h>
#include <kernel/lib/string.h>
#include <kernel/memory.h>
#include <kernel/nmi.h>
#include <kernel/report.h>
#include <kernel/symbols.h>
#include <kernel/test.h>
#include <kernel/wait.h>
#include <tests/probes/probes.h>
#include <tests/scenarios/flips.h>
#include <tests/scenarios/pmu_counter.h>
#include <tests/scenarios/poke_stats.h>
#include <tests/scenarios/programs.h>
#include <tests/scenarios/scenario.h>

#define SWEEP_MAX   4096  /* kernel instructions: more than one entry and exit */
#define ENTRY_BYTES 32768 /* at least as long as entry text */
#define PROGRESS_NS 1000000000ul
#define STOP_US	    100
#define STOP_POLLS  10000

static u32 *hits; /* by the offset in entry text; all CPUs */
static u32 sweeping;

/* One CPU's, written by its NMIs alone. */
static struct sweep {
	u32 next, running;
	u64 nmis, entry, kernel, user, skid_min, skid_max;
} sweeps[NR_CPUS];

static void (*others)(struct pt_regs *regs);

static void record(struct sweep *s, const struct pt_regs *regs, u64 since)
{
	u64 offset = regs->ip - (u64)__entry_text_start;

	s->nmis++;
	if (user_mode(regs)) {
		s->user++;
		return;
	}
	if (offset >= (u64)(__entry_text_end - __entry_text_start)) {
		s->kernel++;
		return;
	}
	s->skid_min = s->entry ? min(s->skid_min, since) : since;
	s->skid_max = max(s->skid_max, since);
	s->entry++;
	atomic_add(&hits[offset], 1);
}

/* Whatever the NMI was for: the counter stands still while it is handled. */
static void pmu_nmi(struct pt_regs *regs)
{
	struct sweep *s = &sweeps[smp_processor_id()];
	u64 since;

	if (s->running && pmu_counter_stop(&since))
		record(s, regs, since);
	others(regs);
	if (cpu_isolated[smp_processor_id()] && READ_ONCE(sweeping)) {
		s->next = s->next % SWEEP_MAX + 1;
		WRITE_ONCE(s->running, 1);
		/* The next is one that was sent: by us. */
		atomic_or(&this_cpu()->nmi_requests, NMI_TEST);
		pmu_counter_start(s->next);
	} else if (s->running) {
		WRITE_ONCE(s->running, 0);
		xchg(&this_cpu()->nmi_requests, 0);
	}
}

static void sweep_for(u64 duration_ns)
{
	u64 now = now_ns(), start = now, next = now + PROGRESS_NS, end = now + duration_ns;
	struct random_stream pokes;

	random_init(&pokes, config.seed, RANDOM_POKES, 0);
	programs_start(USER_ENTER, PROGRAMS_ALL);
	WRITE_ONCE(sweeping, 1);
	scenario_send_nmis();
	for (; now < end; now = now_ns()) {
		scenario_poke(&pokes);
		if (now < next)
			continue;
		report_progress("t_s=%lu violations=%lu", (now - start) / PROGRESS_NS,
				report_violations());
		next += PROGRESS_NS;
	}
	WRITE_ONCE(sweeping, 0);
	scenario_send_nmis();
}

/* True once no counter runs. */
static bool all_stopped(void)
{
	unsigned int cpu, polls = STOP_POLLS;

	for_each_online_cpu(cpu)
		while (READ_ONCE(sweeps[cpu].running) && polls--)
			udelay(STOP_US);
	return polls && polls <= STOP_POLLS;
}

/* An instruction a line. Returns how many. */
static unsigned int print_hits(void)
{
	unsigned long start, size;
	unsigned int i, distinct = 0;
	const char *name;
	u64 ip;

	for (i = 0; i < ENTRY_BYTES; i++) {
		if (!hits[i])
			continue;
		distinct++;
		ip = (u64)__entry_text_start + i;
		name = symbol_lookup(ip, &start, &size);
		report_info("pmu ip=%s+%#lx count=%u", name ? name : "?", name ? ip - start : ip,
			    hits[i]);
	}
	return distinct;
}

static void add(struct sweep *sum, const struct sweep *s)
{
	if (s->entry) {
		sum->skid_min = sum->entry ? min(sum->skid_min, s->skid_min) : s->skid_min;
		sum->skid_max = max(sum->skid_max, s->skid_max);
	}
	sum->nmis += s->nmis;
	sum->entry += s->entry;
	sum->kernel += s->kernel;
	sum->user += s->user;
}

static void report_sweep(const struct poke_stats *stats)
{
	struct sweep sum = {};
	unsigned int cpu, distinct = print_hits();

	for_each_online_cpu(cpu)
		add(&sum, &sweeps[cpu]);
	/* Since the overflow, the NMI's own way in included: the shortest is what that takes. */
	report_result(NULL,
		      "protocol=%s isolated=%u pokes=%lu nmis=%lu nmis_entry=%lu nmis_kernel=%lu "
		      "nmis_user=%lu instructions=%u since_min=%lu skid_max=%lu violations=%lu",
		      protocol_selected()->name, nr_isolated(), stats->pokes, sum.nmis, sum.entry,
		      sum.kernel, sum.user, distinct, sum.skid_min, sum.skid_max - sum.skid_min,
		      report_violations());
	if (!sum.entry)
		report_skip("nmis=%lu, none of them in entry text; raise duration=", sum.nmis);
	else
		report_pass();
}

static void run_pmu(int variant)
{
	const char *impossible = scenario_impossible();
	struct poke_stats before, stats;

	if (!impossible)
		impossible = pmu_counter_missing();
	if (impossible) {
		report_skip("%s", impossible);
		return;
	}
	if ((u64)(__entry_text_end - __entry_text_start) > ENTRY_BYTES) {
		report_error("entry text is longer than the %u bytes that are counted",
			     ENTRY_BYTES);
		return;
	}
	report_step("sweep");
	if (!hits)
		hits = alloc_zeroed(ENTRY_BYTES * sizeof(*hits));
	memset(hits, 0, ENTRY_BYTES * sizeof(*hits));
	memset(sweeps, 0, sizeof(sweeps));
	probes_install();
	others = entry_hooks.nmi;
	entry_hooks.nmi = pmu_nmi;
	scenario_clear_points(true);
	poke_stats_read(&before);
	sweep_for(config.duration_ns);
	if (!all_stopped())
		report_fail("a counter goes on though the sweep is over");
	programs_stop();
	flips_end();
	entry_hooks.nmi = others;
	poke_stats_read(&stats);
	poke_stats_since(&stats, &before);
	report_step("final versions");
	probes_check_final();
	report_sweep(&stats);
	poke_stats_check_ghosts(&stats);
}

DEFINE_TEST(TEST_ASKED + 50, "pmu",
	    "NMIs from a performance counter at each instruction of the ways in, under pokes",
	    "an isolated CPU, pti=on, a PMU (CPUID 0AH)", run_pmu, .timed = true,
	    .judges_text = true);
