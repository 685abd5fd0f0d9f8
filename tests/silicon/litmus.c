// SPDX-License-Identifier: BSD-2-Clause
/* The rows of the litmus test, run in turns so that each stands beside its controls. */
#define _GNU_SOURCE
#include <fnmatch.h>
#include <stdlib.h>
#include <kernel/report.h>
#include <tests/litmus/litmus_form.h>
#include <tests/silicon/pair.h>
#include <tests/silicon/race.h>
#include <tests/silicon/serializers.h>
#include <tests/silicon/silicon.h>

#define PASSES	      4	    /* turns of each row, without ROUNDS= */
#define SUBJECT_TURN  65536 /* rounds of one turn with ROUNDS= */
#define CONTROL_SHARE 8	    /* a control takes one round for so many of a subject */

/* What surrounds the serialisers: each shape is run with all of them, or with those that matter. */
static const struct shape {
	enum litmus_pattern pattern;
	enum litmus_store store;
	enum litmus_cache cache;
	enum litmus_alias alias;
	unsigned int contended;
	bool all;
} shapes[] = {
	{LITMUS_SB, LITMUS_BYTE, LITMUS_WARM, LITMUS_ALIAS, 0, true},
	{LITMUS_SB, LITMUS_BYTE, LITMUS_WARM, LITMUS_ALIAS, 8, true},
	{LITMUS_SB, LITMUS_BYTE, LITMUS_WARM, LITMUS_ALIAS, 32, false},
	{LITMUS_SB, LITMUS_BYTE, LITMUS_COLD, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_ALIGNED, LITMUS_WARM, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_ALIGNED, LITMUS_COLD, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_LINE, LITMUS_WARM, LITMUS_ALIAS, 0, false},
	{LITMUS_SB, LITMUS_LINE, LITMUS_WARM, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_LINE, LITMUS_WARM, LITMUS_ALIAS, 32, false},
	{LITMUS_SB, LITMUS_LINE, LITMUS_COLD, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_PAGE, LITMUS_WARM, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_PAGE, LITMUS_COLD, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_BYTE, LITMUS_WARM, LITMUS_SAME_PAGE, 8, false},
	{LITMUS_SB, LITMUS_LINE, LITMUS_WARM, LITMUS_SAME_PAGE, 8, false},
	{LITMUS_MP, LITMUS_BYTE, LITMUS_WARM, LITMUS_ALIAS, 0, false},
	{LITMUS_MP, LITMUS_BYTE, LITMUS_WARM, LITMUS_ALIAS, 8, false},
	{LITMUS_MP, LITMUS_BYTE, LITMUS_COLD, LITMUS_ALIAS, 0, false},
	{LITMUS_MP, LITMUS_LINE, LITMUS_WARM, LITMUS_ALIAS, 0, false},
	{LITMUS_MP, LITMUS_PAGE, LITMUS_WARM, LITMUS_ALIAS, 0, false},
};

/* In every shape; the others only where all are. */
static bool matters(enum litmus_serializer which)
{
	return which == LITMUS_NONE || which == LITMUS_LFENCE || which == LITMUS_MFENCE ||
	       which == LITMUS_XCHG || which == LITMUS_IRET || which == LITMUS_SERIALIZE;
}

static bool privileged(enum litmus_serializer which)
{
	return which >= LITMUS_NR_UNPRIVILEGED;
}

#ifndef FNM_EXTMATCH /* only where the library has @(a|b) */
#define FNM_EXTMATCH 0
#endif

struct row {
	struct race race;
	const struct shape *shape;
	const char *untestable; /* why it cannot be run at all */
};

static struct row rows[ARRAY_SIZE(shapes) * LITMUS_NR_SERIALIZERS * 2];
static unsigned int nr_rows;

static const char *missing_feature(enum litmus_serializer which)
{
	if (which == LITMUS_SERIALIZE &&
	    (cpuid(0, 0).eax < 7 || !(cpuid(7, 0).edx & BIT(14)))) /* SDM vol. 2, CPUID */
		return "this processor has no SERIALIZE";
	if (which == LITMUS_RDTSCP &&
	    (cpuid(0x80000000, 0).eax < 0x80000001 || !(cpuid(0x80000001, 0).edx & BIT(27))))
		return "this processor has no RDTSCP";
	return NULL;
}

static void add_row(const struct silicon_config *config, const struct shape *shape,
		    enum litmus_serializer serializer, bool barrier)
{
	struct row *row = &rows[nr_rows];
	struct litmus_test *test = &row->race.test;
	char name[LITMUS_NAME_MAX];

	*row = (struct row){.shape = shape};
	*test = (struct litmus_test){.pattern = shape->pattern,
				     .store = shape->store,
				     .cache = shape->cache,
				     .alias = shape->alias,
				     .contended = shape->contended,
				     .sender_barrier = barrier,
				     .serializer = serializer};
	litmus_name(name, sizeof(name), test);
	if (config->rows && fnmatch(config->rows, name, FNM_EXTMATCH))
		return;
	row->untestable = missing_feature(serializer);
	if (!row->untestable)
		row->untestable = race_prepare(shape->store, shape->alias);
	row->race.no_serializer = config->plant == PLANT_NO_SERIALIZER;
	row->race.no_barrier = config->plant == PLANT_NO_BARRIER;
	nr_rows++;
}

static void make_rows(const struct silicon_config *config)
{
	enum litmus_serializer which;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		for (which = 0; which < LITMUS_NR_SERIALIZERS; which++) {
			if (privileged(which) || (!shapes[i].all && !matters(which)))
				continue;
			add_row(config, &shapes[i], which, true);
			add_row(config, &shapes[i], which, false);
		}
}

/* Rows whose zero is the result; all others are there for their sake. */
static bool is_subject(const struct litmus_test *test)
{
	return (test->sender_barrier || test->pattern == LITMUS_MP) &&
	       litmus_serializers[test->serializer].role != LITMUS_CONTROL;
}

/* Turns shrink where a busy machine made others late; the last passes fall away before a row does. */
static void run_for(u64 ns)
{
	u64 end = now_ns() + ns, now;
	unsigned int left = nr_rows * PASSES;

	for (int pass = 0; pass < PASSES && (now_ns() < end || !pass); pass++)
		for (unsigned int i = 0; i < nr_rows; i++, left--) {
			now = now_ns();
			if (!rows[i].untestable)
				race_run(&rows[i].race, UINT64_MAX,
					 now < end ? (end - now) / left : 0);
		}
}

static u64 forbidden_seen(void)
{
	u64 seen = 0;

	for (unsigned int i = 0; i < nr_rows; i++)
		if (litmus_forbidden(&rows[i].race.test))
			seen += litmus_positive(&rows[i].race.test, &rows[i].race.counts);
	return seen;
}

/* Every subject gets its rounds; nobody runs alone while another has still to. */
static void run_rounds(u64 rounds)
{
	u64 turn = min(rounds, (u64)SUBJECT_TURN), done = 0, said = now_ns();

	for (; done < rounds; done += turn) {
		for (unsigned int i = 0; i < nr_rows; i++)
			if (!rows[i].untestable)
				race_run(&rows[i].race,
					 is_subject(&rows[i].race.test) ? turn
									: turn / CONTROL_SHARE,
					 UINT64_MAX);
		if (now_ns() - said >= 10000000000ull) {
			said = now_ns();
			report_progress("rounds=%lu forbidden=%lu", (unsigned long)(done + turn),
					(unsigned long)forbidden_seen());
		}
	}
}

/* The same shape with the victim's instruction, or the sender's barrier, taken away. */
static struct litmus_controls controls_of(const struct row *row)
{
	struct litmus_controls controls = {0};

	for (unsigned int i = 0; i < nr_rows; i++)
		if (rows[i].shape == row->shape)
			litmus_add_control(
				&controls, &row->race.test, &rows[i].race.test,
				litmus_positive(&rows[i].race.test, &rows[i].race.counts));
	return controls;
}

void silicon_litmus(const struct silicon_config *config)
{
	unsigned int sound = 0, broken = 0, i;
	const struct row *row;

	report_test_start("litmus");
	make_rows(config);
	if (!nr_rows) {
		report_error("no row has a name like %s", config->rows);
		return;
	}
	report_step("racing");
	if (config->rounds)
		run_rounds(config->rounds);
	else
		run_for(config->ns);
	report_step("judging");
	for (i = 0; i < nr_rows; i++)
		if (!rows[i].untestable)
			litmus_print(&rows[i].race.test, &rows[i].race.counts, rows[i].race.ns);
	for (row = rows; row < rows + nr_rows; row++) {
		struct litmus_controls controls = controls_of(row);
		enum litmus_here here;

		if (!is_subject(&row->race.test))
			continue;
		here = litmus_verdict(&row->race.test, &row->race.counts, &controls,
				      row->untestable);
		if (!litmus_forbidden(&row->race.test))
			continue;
		sound += here == LITMUS_SOUND_HERE;
		broken += here == LITMUS_BROKEN_HERE;
	}
	if (broken)
		report_fail("%u forbidden combinations were seen", broken);
	else if (!sound)
		report_skip("no zero stands beside controls that fired");
	else
		report_pass();
	report_info("litmus: %u forbidden combinations sound here, %u broken here", sound, broken);
}
