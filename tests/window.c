// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every window of the entry and exit paths, held open: for each named point an event at once, an
 * event behind a whole poke, a poke alone, and two events inside each other. A hole that one in a
 * million NMIs would find is found by the first that comes by.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/tsc.h>
#include <entry/entry.h>
#include <entry/points.h>
#include <entry/protocol.h>
#include <kernel/config.h>
#include <kernel/isolation.h>
#include <kernel/nmi.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <tests/probes.h>
#include <tests/programs.h>
#include <tests/scenario.h>

#define ENOUGH_EVENTS  8 /* of a cell, where the row has little time */
#define SLICES_OF_SLOW 8
#define ENOUGH_POKES   4 /* of those, pokes that began and ended inside a wait */
/* Two see as much as many, and on few host cores each gets on. */
#define VICTIMS	       2
#define ASM_POINTS     (POINT_syscall_first_insn + 1)
#define NMI_POINTS                                                                                 \
	(BIT(POINT_nmi_entry) | BIT(POINT_nmi_signal_to_cr3) | BIT(POINT_nmi_exit_signal_to_cr3) | \
	 BIT(POINT_nmi_exit))

/* What is done at the point of the cell. The wait comes first, then the event. */
static const struct cell {
	const char *name;
	bool delay, inject;
	u32 inject2; /* points of the event's own path where a second one is forced */
} cells[] = {
	{"event", false, true, 0},
	{"poke+event", true, true, 0},
	{"poke", true, false, 0},
	{"poke+event+event-in-gap", true, true, BIT(POINT_nmi_signal_to_cr3)},
	{"event+events-around", false, true,
	 BIT(POINT_nmi_entry) | BIT(POINT_nmi_exit_signal_to_cr3) | BIT(POINT_nmi_exit)},
};

/* A forced event runs what an NMI would. */
static void injected_event(struct pt_regs *regs)
{
	probes_run_context(CTX_NMI);
}

static void set_cell(unsigned int point, const struct cell *cell)
{
	struct point_control *control;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (!cpu_isolated[cpu])
			continue;
		control = point_control(cpu);
		control->delay[point] = POINT_DELAY_POKE;
		WRITE_ONCE(control->inject2, cell->inject2);
		WRITE_ONCE(control->delayed, cell->delay ? BIT(point) : 0);
		WRITE_ONCE(control->inject, cell->inject ? BIT(point) : 0);
	}
}

/* Points on the NMI path need an NMI to be reached. */
static void send_nmis(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (cpu_isolated[cpu])
			nmi_send(cpu, NMI_TEST);
}

static u64 cell_events(unsigned int point, const struct cell *cell)
{
	struct point_counts counts = scenario_point_counts(point);

	return cell->inject ? counts.injected : counts.reached;
}

/* One cell, until it has seen enough or its time is up. True: go on. */
static bool run_cell(unsigned int point, const struct cell *cell, const struct scenario *scenario,
		     u64 slice_ns, struct random_stream *random)
{
	/* Time that earlier cells left over is there for the slow ones. */
	u64 end = now_ns() + slice_ns * (scenario->stop_at_first ? SLICES_OF_SLOW : 1),
	    wanted = ENOUGH_EVENTS;
	u64 pokes = scenario_pokes_inside() + ENOUGH_POKES;
	u64 start_violations = report_violations();
	bool found = false, enough;

	wanted += cell_events(point, cell);
	set_cell(point, cell);
	do {
		if (BIT(point) & NMI_POINTS)
			send_nmis();
		scenario_poke(random);
		found = report_violations() != start_violations;
		enough = cell_events(point, cell) >= wanted &&
			 (!cell->delay || scenario_pokes_inside() >= pokes);
	} while (now_ns() < end && !(scenario->stop_at_first && enough) &&
		 !(found && scenario->stop_at_first));
	scenario_clear_points(false);
	return !(found && scenario->stop_at_first);
}

static void print_point(unsigned int point, u64 entries, u64 violations)
{
	struct point_counts counts = scenario_point_counts(point);

	report_result(NULL,
		      "protocol=%s point=%s event=nmi entries=%lu injected=%lu hits=%lu "
		      "violations=%lu reached=%lu%s",
		      protocol_selected()->name, point_name(point), entries, counts.injected,
		      counts.hits, violations, counts.reached,
		      counts.hits ? "" : " outcome=not-reached");
}

void window_run(const struct scenario *scenario, struct scenario_result *result)
{
	u64 slice_ns = scenario->duration_ns / (ASM_POINTS * ARRAY_SIZE(cells)), violations;
	struct scenario_result part;
	struct random_stream random;
	unsigned int point, cell;
	bool go_on = true;

	*result = (struct scenario_result){};
	scenario_counts(result);
	random_init(&random, config.seed, RANDOM_POKES, 0);
	probes_install();
	entry_hooks.inject = injected_event;
	protocol_enable_points(true);
	scenario_clear_points(true);
	programs_start(USER_ENTER, VICTIMS);
	for (point = 0; point < ASM_POINTS && go_on; point++) {
		part = (struct scenario_result){};
		scenario_counts(&part);
		violations = report_violations();
		for (cell = 0; cell < ARRAY_SIZE(cells) && go_on; cell++)
			go_on = run_cell(point, &cells[cell], scenario, slice_ns, &random);
		scenario_counts(&part);
		result->events += scenario_point_counts(point).injected;
		if (scenario->print)
			print_point(point, part.entries, report_violations() - violations);
	}
	programs_stop();
	protocol_enable_points(false);
	entry_hooks.inject = NULL;
	scenario_counts(result);
}

static void run_window(int variant)
{
	struct scenario scenario = {config.duration_ns, false, true};
	const char *impossible = scenario_impossible();
	struct scenario_result result;

	if (impossible) {
		report_skip("%s", impossible);
		return;
	}
	report_step("sweeping points");
	window_run(&scenario, &result);
	report_step("final versions");
	probes_check_final();
	if (!result.events)
		report_skip("no event could be forced in the time given; raise duration=");
	else
		report_pass();
}

DEFINE_TEST(TEST_EXTRA + 10, "window",
	    "holds every window of the entry and exit paths open, with forced events and pokes",
	    "an isolated CPU, pti=on", run_window, .timed = true);
