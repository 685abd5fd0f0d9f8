// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every window of the entry and exit paths, held open, with an event in it.
 *
 * Rule: an NMI, a debug exception or a machine check may come between any two instructions of the
 * entry and exit paths (SDM vol. 3, 7.7.1, 18.3.1.1, 16.7), and a poke of any length may pass
 * while a CPU stands there. A protocol must be right for each such gap, not for the likely ones.
 *
 * Reached: between any two steps of the paths lies a named point, compiled in for this test. For
 * each point and each kind of event: the event alone, a wait for a whole poke and then the event,
 * the wait alone, and a second event inside the first. Two isolated CPUs enter in every way and so
 * pass the points all the time. A hole that one in a million NMIs would find is found by the first
 * one that comes by.
 *
 * Broken: as in test=defer, with the point and the kind of event in the violation.
 *
 * Enough: with time (duration=) the cells are all there are: points times events times what
 * happens meanwhile, less what the hardware rules out (NMIs inside NMIs). With less each cell has
 * one kind of event, and the next cell the next kind. What stands at a point touches neither S,
 * CR3 nor credit, so it hides nothing. A point that no event hit says outcome=not-reached, and in
 * a row of test=mutants a cell that never came about is no pass.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/tsc.h>
#include <entry/entry.h>
#include <entry/protocol/point_params.h>
#include <entry/protocol/points.h>
#include <entry/protocol/protocol.h>
#include <kernel/config.h>
#include <kernel/isolation.h>
#include <kernel/nmi.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <tests/probes/probes.h>
#include <tests/scenarios/flips.h>
#include <tests/scenarios/programs.h>
#include <tests/scenarios/scenario.h>

#define ALL_KINDS_NS   20000000ul /* a cell of a sweep that has time for every kind of event */
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

/* The second event is of any kind but the first's. What inject= and delay= say comes on top. */
/* Does the sweep hold @event at @point? The command line may want a few only. */
static bool wanted(unsigned int point, enum point_event event)
{
	return param_given(inject) ? point_wishes.inject[event] & BIT(point)
				   : !point_inject_refused(point, event);
}

/* With little time each cell has one kind of event, and the next cell the next kind. */
static bool others_turn(unsigned int point, enum point_event event, unsigned int cell)
{
	unsigned int turn = (point + cell) % POINT_EVENTS;

	while (!wanted(point, turn))
		turn = (turn + 1) % POINT_EVENTS;
	return event != turn;
}

/* A wait without an event is the same beside any kind of them: it is done beside the first. */
static bool done_before(unsigned int point, enum point_event event, const struct cell *cell)
{
	while (event--)
		if (wanted(point, event))
			return !cell->inject;
	return false;
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

	if (scenario->found &&
	    tried(point, cell, before, cell->delay ? ENOUGH_POKES : ENOUGH_EVENTS, ENOUGH_POKES))
		return true;
	return late > 0 && (tried(point, cell, before, 1, 1) || late > (s64)PATIENCE_NS);
}

/* True: go on with the next one. */
static bool run_cell(unsigned int point, enum point_event event, const struct cell *cell,
		     const struct scenario *scenario, u64 slice_ns, struct random_stream *random,
		     struct scenario_result *result)
{
	u64 end = now_ns() + slice_ns * (scenario->found ? SLICES_OF_SLOW : 1);
	struct tries before = count_tries(point, cell);
	bool found;

	scenario_set_point(point, cell->delay, cell->inject, event, cell->inject2);
	do {
		if (BIT(point) & NMI_POINTS)
			scenario_send_nmis();
		scenario_poke(random);
		found = scenario->found && scenario->found();
	} while (!found && !cell_done(point, cell, scenario, &before, end));
	scenario_clear_points(false);
	result->untried += !found && !tried(point, cell, &before, 1, 1);
	return !found;
}

/* @before: the counts when the point's turn for this kind of event came. */
static void print_point(unsigned int point, enum point_event event, u64 entries, u64 violations,
			const struct point_counts *before)
{
	struct point_counts counts = scenario_point_counts(point);
	u64 hits = counts.hits - before->hits;

	report_result(NULL,
		      "protocol=%s point=%s event=%s entries=%lu injected=%lu hits=%lu "
		      "violations=%lu reached=%lu%s",
		      protocol_selected()->name, point_name(point), point_event_names[event],
		      entries, counts.injected - before->injected, hits, violations,
		      counts.reached - before->reached, hits ? "" : " outcome=not-reached");
}

/* Where time is short, single events everywhere come first: most holes need no more. */
#define PHASES_OF_ROW 2
static bool in_phase(unsigned int cell, unsigned int phase, const struct scenario *scenario)
{
	return !scenario->found || !cell == !phase;
}

/* The cells of one point and one kind of event. True: go on with the next. */
static bool run_point(unsigned int point, enum point_event event, unsigned int phase,
		      const struct scenario *scenario, u64 slice_ns, struct random_stream *random,
		      struct scenario_result *result)
{
	struct point_counts before = scenario_point_counts(point);
	u64 violations = report_violations();
	struct scenario_result part = {};
	unsigned int cell;
	bool go_on = true;

	scenario_counts(&part);
	for (cell = 0; cell < ARRAY_SIZE(cells) && go_on; cell++)
		if (in_phase(cell, phase, scenario) &&
		    !(slice_ns < ALL_KINDS_NS ? others_turn(point, event, cell)
					      : done_before(point, event, &cells[cell])))
			go_on = run_cell(point, event, &cells[cell], scenario, slice_ns, random,
					 result);
	scenario_counts(&part);
	if (scenario->print)
		print_point(point, event, part.entries, report_violations() - violations, &before);
	return go_on;
}

/* How long a cell may take. With little time a third of them is done, each for longer. */
static u64 slice_of(const struct scenario *scenario)
{
	unsigned int point, event, nr = 0;
	u64 slice_ns;

	for (point = 0; point < ASM_POINTS; point++)
		for (event = 0; event < POINT_EVENTS; event++)
			nr += wanted(point, event) ? ARRAY_SIZE(cells) : 0;
	slice_ns = scenario->duration_ns / max(nr, 1u);
	return slice_ns < ALL_KINDS_NS ? min(slice_ns * POINT_EVENTS, ALL_KINDS_NS - 1) : slice_ns;
}

void window_run(const struct scenario *scenario, struct scenario_result *result)
{
	unsigned int point, event, phase, phases = scenario->found ? PHASES_OF_ROW : 1;
	u64 slice_ns = slice_of(scenario);
	struct random_stream random;
	bool go_on = true;

	*result = (struct scenario_result){};
	scenario_counts(result);
	random_init(&random, config.seed, RANDOM_POKES, 0);
	probes_install();
	points_compile_in(true);
	scenario_clear_points(true);
	programs_start(USER_ENTER, scenario->victims);
	for (phase = 0; phase < phases; phase++)
		for (point = 0; point < ASM_POINTS; point++)
			for (event = 0; event < POINT_EVENTS && go_on; event++)
				if (wanted(point, event))
					go_on = run_point(point, event, phase, scenario, slice_ns,
							  &random, result);
	programs_stop();
	flips_end();
	for (point = 0; point < ASM_POINTS; point++)
		result->events += scenario_point_counts(point).injected;
	points_compile_in(points_armed());
	scenario_counts(result);
}

static void run_window(int variant)
{
	struct scenario scenario = {config.duration_ns, VICTIMS, NULL, true};
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
	    "an isolated CPU, pti=on", run_window, .timed = true, .judges_text = true);
