// SPDX-License-Identifier: BSD-2-Clause
/* The rows of the litmus test, run in turns so that each stands beside its controls. */
#define _GNU_SOURCE
#include <fnmatch.h>
#include <stdlib.h>
#include <kernel/report.h>
#include <tests/litmus/litmus_plan.h>
#include <tests/silicon/pair.h>
#include <tests/silicon/race.h>
#include <tests/silicon/serializers.h>
#include <tests/silicon/silicon.h>

/* What surrounds the serialisers: each shape is run with all of them, or with those that matter. */
static const struct litmus_shape shapes[] = {
	{LITMUS_SB, LITMUS_TEXT, LITMUS_BYTE, LITMUS_WARM, LITMUS_ALIAS, 0, true},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_BYTE, LITMUS_WARM, LITMUS_ALIAS, 8, true},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_BYTE, LITMUS_WARM, LITMUS_ALIAS, 32, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_BYTE, LITMUS_COLD, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_ALIGNED, LITMUS_WARM, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_ALIGNED, LITMUS_COLD, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_LINE, LITMUS_WARM, LITMUS_ALIAS, 0, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_LINE, LITMUS_WARM, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_LINE, LITMUS_WARM, LITMUS_ALIAS, 32, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_LINE, LITMUS_COLD, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_PAGE, LITMUS_WARM, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_PAGE, LITMUS_COLD, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_BYTE, LITMUS_WARM, LITMUS_SAME_PAGE, 8, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_LINE, LITMUS_WARM, LITMUS_SAME_PAGE, 8, false},
	{LITMUS_MP, LITMUS_TEXT, LITMUS_BYTE, LITMUS_WARM, LITMUS_ALIAS, 0, false},
	{LITMUS_MP, LITMUS_TEXT, LITMUS_BYTE, LITMUS_WARM, LITMUS_ALIAS, 8, false},
	{LITMUS_MP, LITMUS_TEXT, LITMUS_BYTE, LITMUS_COLD, LITMUS_ALIAS, 0, false},
	{LITMUS_MP, LITMUS_TEXT, LITMUS_LINE, LITMUS_WARM, LITMUS_ALIAS, 0, false},
	{LITMUS_MP, LITMUS_TEXT, LITMUS_PAGE, LITMUS_WARM, LITMUS_ALIAS, 0, false},
};

/* In every shape; the others only where all are. */
static bool matters(enum litmus_serializer which)
{
	return which == LITMUS_NONE || which == LITMUS_LFENCE || which == LITMUS_MFENCE ||
	       which == LITMUS_XCHG || which == LITMUS_IRET || which == LITMUS_SERIALIZE;
}

#ifndef FNM_EXTMATCH /* only where the library has @(a|b) */
#define FNM_EXTMATCH 0
#endif

static struct litmus_row rows[ARRAY_SIZE(shapes) * LITMUS_ROWS_A_SHAPE];
static const struct silicon_config *config;

/* SDM vol. 2, CPUID. */
static bool has(enum litmus_need need)
{
	switch (need) {
	case LITMUS_NEEDS_NOTHING:
	case LITMUS_NEEDS_USER_MODE:
		return true;
	case LITMUS_NEEDS_RDTSCP:
		return cpuid(0x80000000, 0).eax >= 0x80000001 && cpuid(0x80000001, 0).edx & BIT(27);
	case LITMUS_NEEDS_SERIALIZE:
		return cpuid(0, 0).eax >= 7 && cpuid(7, 0).edx & BIT(14);
	case LITMUS_NEEDS_INVPCID:
	case LITMUS_NEEDS_PCID:
	case LITMUS_NEEDS_PTI:
		return false;
	}
	return false;
}

static const char *missing(const struct litmus_test *test)
{
	return race_prepare(test->store, test->alias);
}

static bool wanted(const char *name)
{
	return !config->rows || !fnmatch(config->rows, name, FNM_EXTMATCH);
}

static void plant(struct litmus_race *race)
{
	if (race->test.trial || litmus_serializers[race->test.serializer].role == LITMUS_CONTROL)
		return;
	if (config->plant == PLANT_NO_BARRIER)
		race->barrier = false;
	if (config->plant == PLANT_NO_SERIALIZER)
		race->executes = LITMUS_NONE;
	if (config->plant == PLANT_DELAY) {
		race->executes = LITMUS_DELAY;
		race->delay = config->delay;
	}
}

void silicon_litmus(const struct silicon_config *asked)
{
	struct litmus_plan plan = {
		.shapes = shapes,
		.nr_shapes = ARRAY_SIZE(shapes),
		.victims = 1,
		.relation = asked->relation,
		.first_trial = now_ns() % LITMUS_NR_TRIALS,
		.matters = matters,
		.has = has,
		.missing = missing,
		.wanted = wanted,
		.plant = plant,
		.rows = rows,
	};

	config = asked;
	report_test_start("litmus");
	report_step("measuring");
	litmus_plan_make(&plan);
	if (!plan.nr_rows) {
		report_error("no row has a name like %s", config->rows);
		return;
	}
	report_step("searching");
	litmus_plan_search(&plan, config->ns / LITMUS_SEARCH_SHARE);
	report_step("racing");
	if (config->rounds)
		litmus_plan_rounds(&plan, config->rounds);
	else
		litmus_plan_run(&plan, config->ns - config->ns / LITMUS_SEARCH_SHARE);
	report_step("judging");
	litmus_plan_judge(&plan);
	litmus_plan_report(&plan, "no zero stands beside controls that fired");
}
