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

/* A cell of a row is done after so many events, or where it waits, so many that met a poke. */
#define ENOUGH_EVENTS  8
#define ENOUGH_POKES   3
#define SLICES_OF_SLOW 8	    /* the others leave time over */
#define PATIENCE_NS    5000000000ul /* more, until a cell has been tried at all: hosts are busy */
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

/* What a cell came to: forced events, or waits where it forces none; and pokes that met a wait. */
struct tries {
	u64 events, pokes;
};

static struct tries count_tries(unsigned int point, const struct cell *cell)
{
	struct point_counts counts = scenario_point_counts(point);
	struct poke_answers answers = scenario_answers();

	return (struct tries){cell->inject ? counts.injected : counts.reached,
			      answers.inside + answers.told};
}

static bool tried(unsigned int point, const struct cell *cell, const struct tries *before,
		  u64 events, u64 pokes)
{
	struct tries now = count_tries(point, cell);

	return now.events - before->events >= events &&
	       (!cell->delay || now.pokes - before->pokes >= pokes);
}

/* True: its time is up, or it has seen enough where that is enough. */
static bool cell_done(unsigned int point, const struct cell *cell, const struct scenario *scenario,
		      const struct tries *before, u64 end)
{
	s64 late = now_ns() - end;

	if (scenario->row &&
	    tried(point, cell, before, cell->delay ? ENOUGH_POKES : ENOUGH_EVENTS, ENOUGH_POKES))
		return true;
	return late > 0 && (tried(point, cell, before, 1, 1) || late > (s64)PATIENCE_NS);
}

/* True: go on with the next one. */
static bool run_cell(unsigned int point, const struct cell *cell, const struct scenario *scenario,
		     struct random_stream *random, struct scenario_result *result)
{
	u64 slice_ns = scenario->duration_ns / (ASM_POINTS * ARRAY_SIZE(cells));
	u64 end = now_ns() + slice_ns * (scenario->row ? SLICES_OF_SLOW : 1);
	struct tries before = count_tries(point, cell);
	u64 violations = report_violations();
	bool found;

	set_cell(point, cell);
	do {
		if (BIT(point) & NMI_POINTS)
			send_nmis();
		scenario_poke(random);
		found = scenario->row && report_violations() != violations;
	} while (!found && !cell_done(point, cell, scenario, &before, end));
	scenario_clear_points(false);
	result->untried += !found && !tried(point, cell, &before, 1, 1);
	return !found;
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

/* Where time is short, single events everywhere come first: most holes need no more. */
#define PHASES_OF_ROW 2
static bool in_phase(unsigned int cell, unsigned int phase, const struct scenario *scenario)
{
	return !scenario->row || !cell == !phase;
}

/* The cells of one point. True: go on with the next one. */
static bool run_point(unsigned int point, unsigned int phase, const struct scenario *scenario,
		      struct random_stream *random, struct scenario_result *result)
{
	u64 violations = report_violations();
	struct scenario_result part = {};
	unsigned int cell;
	bool go_on = true;

	scenario_counts(&part);
	for (cell = 0; cell < ARRAY_SIZE(cells) && go_on; cell++)
		if (in_phase(cell, phase, scenario))
			go_on = run_cell(point, &cells[cell], scenario, random, result);
	scenario_counts(&part);
	if (scenario->print)
		print_point(point, part.entries, report_violations() - violations);
	return go_on;
}

void window_run(const struct scenario *scenario, struct scenario_result *result)
{
	unsigned int point, phase, phases = scenario->row ? PHASES_OF_ROW : 1;
	struct random_stream random;
	bool go_on = true;

	*result = (struct scenario_result){};
	scenario_counts(result);
	random_init(&random, config.seed, RANDOM_POKES, 0);
	probes_install();
	entry_hooks.inject = injected_event;
	protocol_enable_points(true);
	scenario_clear_points(true);
	programs_start(USER_ENTER, scenario->victims);
	for (phase = 0; phase < phases; phase++)
		for (point = 0; point < ASM_POINTS && go_on; point++)
			go_on = run_point(point, phase, scenario, &random, result);
	programs_stop();
	for (point = 0; point < ASM_POINTS; point++)
		result->events += scenario_point_counts(point).injected;
	protocol_enable_points(false);
	entry_hooks.inject = NULL;
	scenario_counts(result);
}

static void run_window(int variant)
{
	struct scenario scenario = {config.duration_ns, VICTIMS, false, true};
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
