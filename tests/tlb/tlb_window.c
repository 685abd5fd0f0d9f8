// SPDX-License-Identifier: BSD-2-Clause
/*
 * The windows of the entry and exit paths, held open until a mapping has changed and its flush
 * has skipped this CPU: an event there primes a translation and waits, or comes after the flush,
 * or a second one comes inside it. What the CPU reads next must be new.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/tsc.h>
#include <entry/entry.h>
#include <entry/protocol/points.h>
#include <entry/protocol/protocol.h>
#include <kernel/config.h>
#include <kernel/nmi.h>
#include <kernel/report.h>
#include <kernel/tick.h>
#include <tests/probes/probes.h>
#include <tests/scenarios/programs.h>
#include <tests/scenarios/scenario.h>
#include <tests/tlb/tlb.h>

#define ASM_POINTS     (POINT_syscall_first_insn + 1)
#define VICTIMS	       2
#define ENOUGH_EVENTS  6
#define SLICES_OF_SLOW 8
#define PATIENCE_NS    10000000ul
#define NMI_POINTS                                                                                 \
	(BIT(POINT_nmi_entry) | BIT(POINT_nmi_signal_to_cr3) | BIT(POINT_nmi_exit_signal_to_cr3) | \
	 BIT(POINT_nmi_exit))

static const struct cell {
	bool waits;  /* at the point: until a change has been flushed without us */
	bool primes; /* in the event: reads, waits, reads again */
	u32 inject2;
} cells[] = {
	{.primes = true},
	{.waits = true},
	{.waits = true, .inject2 = BIT(POINT_nmi_signal_to_cr3)},
};

static bool event_primes;

/* In an event, interrupts off: the patcher may come to wait for us, and tells us so. */
static void wait_for_change(void)
{
	const struct point_control *control = point_control(smp_processor_id());
	u64 end = rdtsc() + ns_to_tsc(PATIENCE_NS), changes = tlb_reads().changes;

	/* The first may have been under way when we read; the second came after. */
	while (tlb_reads().changes < changes + 2 && !READ_ONCE(control->told) && rdtsc() < end)
		cpu_relax();
}

static void event(struct pt_regs *regs)
{
	tlb_read_all();
	if (READ_ONCE(event_primes)) {
		wait_for_change();
		tlb_read_all();
	}
}

static void set_cell(unsigned int point, const struct cell *cell)
{
	enum point_event event =
		point_inject_refused(point, POINT_EVENT_NMI) ? POINT_EVENT_MC : POINT_EVENT_NMI;

	WRITE_ONCE(event_primes, cell->primes);
	scenario_set_point(point, cell->waits, true, event, cell->inject2);
}

/* One change, and the release of every CPU that waited all the while and was not told. */
static void change_one(struct random_stream *random)
{
	static u32 waiting[NR_CPUS];
	struct point_control *control;
	unsigned int cpu;

	for_each_online_cpu(cpu)
		waiting[cpu] = READ_ONCE(point_control(cpu)->waiting);
	tlb_change_some(random, 0, 1);
	for_each_online_cpu(cpu) {
		control = point_control(cpu);
		if (waiting[cpu] & 1 && READ_ONCE(control->waiting) == waiting[cpu])
			atomic_add(&control->release, 1);
	}
	tlb_read_all();
	watchdog_touch();
	report_flush();
}

/* True: go on. */
static bool run_cell(unsigned int point, const struct cell *cell, bool stop_at_first, u64 slice_ns,
		     struct random_stream *random)
{
	u64 end = now_ns() + slice_ns * (stop_at_first ? SLICES_OF_SLOW : 1);
	u64 wanted = scenario_point_counts(point).injected + ENOUGH_EVENTS;
	u64 violations = report_violations();
	bool found, enough;

	set_cell(point, cell);
	do {
		if (BIT(point) & NMI_POINTS)
			scenario_send_nmis();
		change_one(random);
		found = stop_at_first && report_violations() != violations;
		enough = stop_at_first && scenario_point_counts(point).injected >= wanted;
	} while (now_ns() < end && !enough && !found);
	scenario_clear_points(false);
	return !found;
}

void tlb_window_run(struct tlb_run *run, u64 duration_ns)
{
	u64 slice_ns = duration_ns / (ASM_POINTS * ARRAY_SIZE(cells));
	struct poke_stats before, after;
	struct random_stream random;
	unsigned int point, cell;
	bool go_on = true;

	poke_stats_read(&before);
	random_init(&random, config.seed, RANDOM_MAPPINGS, 0);
	tlb_hooks(true);
	entry_hooks.inject = event;
	points_compile_in(true);
	scenario_clear_points(true);
	programs_start(USER_ENTER, VICTIMS);
	for (point = 0; point < ASM_POINTS && go_on; point++) {
		for (cell = 0; cell < ARRAY_SIZE(cells) && go_on; cell++)
			go_on = run_cell(point, &cells[cell], run->stop_at_first, slice_ns,
					 &random);
		run->events += scenario_point_counts(point).injected;
	}
	programs_stop();
	points_compile_in(points_armed());
	entry_hooks.inject = NULL;
	tlb_hooks(false);
	poke_stats_read(&after);
	run->skipped = after.ipis_skipped - before.ipis_skipped;
}
