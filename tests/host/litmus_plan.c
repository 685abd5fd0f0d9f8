// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a litmus run does with its time, and what it makes of a machine: here a scripted one, of which it
 * is known what fires when, and who is early.
 */
#include <stdarg.h>
#include <kernel/lib/parse.h>
#include <tests/host/lib/tap.h>
#include "../../arch/x86_64/topology.c"
#include "../../kernel/lib/printf.c"
#include "../../kernel/lib/sort.c"
#include "../litmus/litmus_judge.c"
#include "../litmus/litmus_form.c"
#include "../litmus/litmus_plan.c"

/* The machine. A meeting is BATCH rounds for each victim, and takes a millisecond. */
#define BATCH 1000

static struct {
	unsigned int
		busy; /* stores ahead of the sender's own without which nothing fires; 0: none */
	bool apart;   /* the first victim always comes early, every other one late */
	bool trials_serialise;	/* what is on trial is taken for a serialising instruction */
	unsigned int delay_max; /* a delay of more cycles hides the outcome */
} machine;
static unsigned int victims;
static u64 clock_ns;

u64 now_ns(void)
{
	return clock_ns;
}

/* Does the outcome show with what @race does? */
static bool fires(const struct litmus_race *race)
{
	bool serialises = race->executes == LITMUS_IRET || race->executes == LITMUS_MFENCE;

	if (race->timing.busy < machine.busy)
		return false;
	if (race->test.trial && !race->test.matched && race->barrier && machine.trials_serialise)
		return false;
	if (race->executes == LITMUS_DELAY && race->delay > machine.delay_max)
		return false;
	return !race->barrier || !serialises;
}

void litmus_race_run(struct litmus_race *race, u64 rounds, u64 ns)
{
	u64 end = clock_ns + ns;
	unsigned int v, i;
	bool s, old;

	do {
		for (v = 0; v < victims; v++)
			for (i = 0; i < BATCH; i++) {
				s = machine.apart ? !v : i & 1;
				old = i % 20 == 0 ? fires(race) : s;
				if (i % 20 == 0 && !machine.apart)
					s = false;
				litmus_count(race, v, i, s, !old, 0, 1);
			}
		clock_ns += 1000000;
		rounds -= min(rounds, (u64)BATCH);
	} while (rounds && clock_ns < end);
	race->ns += ns;
}

unsigned int litmus_latency(const struct litmus_race *race)
{
	return race->executes == LITMUS_DELAY ? race->delay : 80;
}

struct litmus_trip litmus_round_trip(void)
{
	return (struct litmus_trip){};
}

/* The outcome's letter, and how many rows said that the two never met. */
static char outcome;
static unsigned int never_met;

void report_info(const char *fmt, ...)
{
	char line[600];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	never_met += strstr(line, "the two never met") != NULL;
}

void report_progress(const char *fmt, ...)
{
}

void report_result(const char *test, const char *fmt, ...)
{
}

void report_pass(void)
{
	outcome = 'P';
}

void report_fail(const char *fmt, ...)
{
	outcome = 'F';
}

void report_error(const char *fmt, ...)
{
	outcome = 'E';
}

void report_skip(const char *fmt, ...)
{
	outcome = 'S';
}

/* A run of one shape. */
static const struct litmus_shape shape = {LITMUS_SB,	LITMUS_TEXT, LITMUS_BYTE, LITMUS_WARM,
					  LITMUS_ALIAS, 8,	     false,	  false};
static struct litmus_row room[LITMUS_ROWS_A_SHAPE];

static bool matters(enum litmus_serializer which)
{
	return which == LITMUS_NONE || which == LITMUS_MFENCE || which == LITMUS_IRET;
}

static bool has(enum litmus_need need)
{
	return false;
}

static struct litmus_plan run(unsigned int nr_victims, u64 search_ns)
{
	struct litmus_plan plan = {.shapes = &shape,
				   .nr_shapes = 1,
				   .victims = nr_victims,
				   .matters = matters,
				   .has = has,
				   .relation = "core",
				   .rows = room};

	victims = nr_victims;
	never_met = 0;
	litmus_plan_make(&plan);
	litmus_plan_search(&plan, search_ns);
	litmus_plan_run(&plan, NSEC_PER_SEC);
	litmus_plan_judge(&plan);
	litmus_plan_report(&plan, "");
	return plan;
}

/* IRET is the one row that must never fire; MFENCE is a question. */
int main(void)
{
	struct litmus_plan plan;

	machine.delay_max = 1000;
	plan = run(1, 0);
	ok(plan.sound == 1 && !plan.broken && outcome == 'P', "what fires but for IRET: sound");
	ok(plan.trials == 1 && !plan.trials_sound, "what does nothing was on trial, and is not");
	plan = run(2, 0);
	ok(plan.sound == 1 && outcome == 'P' && !never_met, "two victims, both early and late");

	machine.apart = true;
	plan = run(2, 0);
	ok(!plan.sound && !plan.broken && outcome == 'S' && never_met,
	   "one always early and one always late: not testable, though S is read as 0 each other time");
	plan = run(2, NSEC_PER_SEC);
	ok(!plan.sound && outcome == 'S' && never_met, "nor is that tuned away");
	machine.apart = false;

	machine.delay_max = 79;
	plan = run(1, 0);
	ok(!plan.sound && outcome == 'S', "a delay that hides what IRET hides: not told apart");
	machine.delay_max = 1000;

	machine.busy = LITMUS_CONTENDED;
	plan = run(1, 0);
	ok(!plan.sound && outcome == 'S', "a machine that shows nothing as it is raced");
	plan = run(1, NSEC_PER_SEC);
	ok(plan.sound == 1 && outcome == 'P', "the timing in which it does is found");
	ok(room[0].race.timing.busy == LITMUS_CONTENDED, "and used");
	machine.busy = 0;
	run(1, NSEC_PER_SEC);
	ok(!memcmp(&room[0].race.timing, &timings[0], sizeof(timings[0])),
	   "where all are alike, nothing is changed");

	machine.trials_serialise = true;
	plan = run(1, 0);
	ok(plan.trials_sound == 1 && outcome == 'E', "a false serialiser called sound is an ERROR");
	return done_testing();
}
