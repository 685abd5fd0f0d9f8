// SPDX-License-Identifier: BSD-2-Clause
/*
 * The open question as litmus tests (litmus_shapes.h): rows of one sender and its victims, one unless
 * cpus= names more, run in turns, so that each stands beside its controls. What a row of zeros means
 * is said by its verdict.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/tsc.h>
#include <kernel/config.h>
#include <kernel/lib/printf.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <tests/litmus/litmus_form.h>
#include <tests/litmus/litmus_map.h>
#include <tests/litmus/litmus_race.h>

#define PASSES	    4 /* turns of each row, at least */
#define TURN_NS_MAX 100000000ul
#define PROGRESS_NS 1000000000ul

/* Each shape is run with all that the victim can do after S:=1, or with what matters most. */
static const struct shape {
	enum litmus_what what;
	enum litmus_store store;
	enum litmus_cache cache;
	enum litmus_alias alias;
	unsigned int contended;
	bool all;
} shapes[] = {
	{LITMUS_TEXT, LITMUS_BYTE, LITMUS_WARM, LITMUS_ALIAS, 8, true},
	{LITMUS_TEXT, LITMUS_BYTE, LITMUS_WARM, LITMUS_ALIAS, 0, false},
	{LITMUS_TEXT, LITMUS_BYTE, LITMUS_WARM, LITMUS_ALIAS, 32, false},
	{LITMUS_TEXT, LITMUS_BYTE, LITMUS_COLD, LITMUS_ALIAS, 8, false},
	{LITMUS_TEXT, LITMUS_ALIGNED, LITMUS_WARM, LITMUS_ALIAS, 8, false},
	{LITMUS_TEXT, LITMUS_LINE, LITMUS_WARM, LITMUS_ALIAS, 8, false},
	{LITMUS_TEXT, LITMUS_PAGE, LITMUS_WARM, LITMUS_ALIAS, 8, false},
	{LITMUS_TEXT, LITMUS_BYTE, LITMUS_WARM, LITMUS_SAME_PAGE, 8, false},
	{LITMUS_PTE, LITMUS_ALIGNED, LITMUS_WARM, LITMUS_ALIAS, 8, true},
	{LITMUS_PTE, LITMUS_ALIGNED, LITMUS_WARM, LITMUS_ALIAS, 0, false},
	{LITMUS_PTE, LITMUS_ALIGNED, LITMUS_WARM, LITMUS_ALIAS, 32, false},
	{LITMUS_PTE, LITMUS_ALIGNED, LITMUS_COLD, LITMUS_ALIAS, 8, false},
};

struct row {
	struct litmus_race race;
	const struct shape *shape;
	const char *missing; /* why it cannot be run */
};

static struct row rows[ARRAY_SIZE(shapes) * LITMUS_NR_SERIALIZERS * 2];
static unsigned int nr_rows;

static bool matters(enum litmus_serializer which)
{
	return which == LITMUS_NONE || which == LITMUS_MFENCE || which == LITMUS_IRET ||
	       which == LITMUS_CR3_FLUSH;
}

const char *litmus_serializer_missing(enum litmus_serializer which)
{
	if (which == LITMUS_SERIALIZE && !cpu_has(X86_FEATURE_SERIALIZE))
		return "this processor has no SERIALIZE";
	if (which == LITMUS_INVPCID && !cpu_has(X86_FEATURE_INVPCID))
		return "this processor has no INVPCID";
	if (which == LITMUS_RDTSCP && !cpu_has(X86_FEATURE_RDTSCP))
		return "this processor has no RDTSCP";
	if (which == LITMUS_CR3_NOFLUSH && !(read_cr4() & X86_CR4_PCIDE))
		return "PCID is not in use: every CR3 write flushes";
	if (which == LITMUS_SYSCALL)
		return "SYSCALL is for user mode; make silicon has it";
	return NULL;
}

/* Why zeros and positives alike say nothing of a processor, whatever fired beside them. */
static const char *proves_nothing(const struct litmus_test *test)
{
	if (test->what == LITMUS_TEXT && hypervisor_is("TCGTCGTCGTCG"))
		return "TCG runs translations of text, made and dropped by rules of its own";
	return NULL;
}

static void make_rows(void)
{
	enum litmus_serializer which;
	const struct shape *shape;
	int barrier;

	nr_rows = 0;
	for (shape = shapes; shape < shapes + ARRAY_SIZE(shapes); shape++)
		for (which = 0; which < LITMUS_NR_SERIALIZERS; which++)
			for (barrier = 1; barrier >= 0; barrier--) {
				if (!shape->all && !matters(which))
					continue;
				rows[nr_rows++] =
					(struct row){.race.test = {.pattern = LITMUS_SB,
								   .what = shape->what,
								   .store = shape->store,
								   .cache = shape->cache,
								   .alias = shape->alias,
								   .contended = shape->contended,
								   .sender_barrier = barrier,
								   .serializer = which},
						     .shape = shape,
						     .missing = litmus_serializer_missing(which)};
			}
}

/* In turns, short enough for a wait's bound; the first pass leaves no row out. */
static void run_rows(void)
{
	u64 now = now_ns(), end = now + config.duration_ns, next = now + PROGRESS_NS;
	u64 turn = min(config.duration_ns / (nr_rows * PASSES), TURN_NS_MAX), i;

	for (i = 0; i < nr_rows || now < end; i++) {
		struct row *row = &rows[i % nr_rows];

		if (!row->missing)
			litmus_race_run(&row->race, now < end ? turn : 0);
		now = now_ns();
		if (now < next)
			continue;
		report_progress("turns=%lu rows=%u", i + 1, nr_rows);
		next += PROGRESS_NS;
	}
}

/* The same shape with the victim's instruction, or the sender's barrier, taken away. */
static struct litmus_controls controls_of(const struct row *row)
{
	struct litmus_controls controls = {0};
	unsigned int i;

	for (i = 0; i < nr_rows; i++)
		if (rows[i].shape == row->shape)
			litmus_add_control(
				&controls, &row->race.test, &rows[i].race.test,
				litmus_positive(&rows[i].race.test, &rows[i].race.counts));
	return controls;
}

/* With the barrier and something to judge after S:=1; all else is there for its sake. */
static bool is_subject(const struct litmus_test *test)
{
	return test->sender_barrier && litmus_serializers[test->serializer].role != LITMUS_CONTROL;
}

static void print_sum(const char *what, enum litmus_what kind)
{
	u64 with = 0, with_rounds = 0, without = 0, without_rounds = 0;
	unsigned int i;

	for (i = 0; i < nr_rows; i++) {
		const struct litmus_test *test = &rows[i].race.test;
		u64 positive = litmus_positive(test, &rows[i].race.counts);
		u64 rounds = positive + litmus_negative(test, &rows[i].race.counts);

		if (test->what != kind || !test->sender_barrier)
			continue;
		if (litmus_forbidden(test)) {
			with += positive;
			with_rounds += rounds;
		} else if (litmus_serializers[test->serializer].role == LITMUS_CONTROL) {
			without += positive;
			without_rounds += rounds;
		}
	}
	report_info(
		"litmus: %s, sender's barrier on: %lu of %lu with what must discard the old, %lu "
		"of %lu with controls",
		what, with, with_rounds, without, without_rounds);
}

static void judge(void)
{
	unsigned int sound = 0, broken = 0, i;

	for (i = 0; i < nr_rows; i++)
		if (!rows[i].missing)
			litmus_print(&rows[i].race.test, &rows[i].race.counts, rows[i].race.ns);
	for (i = 0; i < nr_rows; i++) {
		const struct litmus_test *test = &rows[i].race.test;
		struct litmus_controls controls = controls_of(&rows[i]);
		const char *untestable = rows[i].missing ?: proves_nothing(test);
		enum litmus_here here;

		if (!is_subject(test))
			continue;
		here = litmus_verdict(test, &rows[i].race.counts, &controls, untestable);
		sound += litmus_forbidden(test) && here == LITMUS_SOUND_HERE;
		broken += litmus_forbidden(test) && here == LITMUS_BROKEN_HERE;
	}
	print_sum("text", LITMUS_TEXT);
	print_sum("page-table entries", LITMUS_PTE);
	report_info("litmus: %u forbidden combinations sound here, %u broken here", sound, broken);
	if (broken)
		report_fail("%u forbidden combinations were seen", broken);
	else if (!sound)
		report_skip(
			"no zero stands beside controls that fired; make silicon asks the processor");
	else
		report_pass();
}

static const char *victims(void)
{
	static char list[CPUMASK_CPUS * 4];
	size_t len = 0;
	unsigned int i;

	for (i = 1; i < config.nr_named; i++)
		len += scnprintf(list + len, sizeof(list) - len, "%s%d", i > 1 ? "," : "",
				 config.cpus[i]);
	return list;
}

static void run(int variant)
{
	if (nr_cpus < 2) {
		report_skip("one CPU: nobody to race with");
		return;
	}
	report_info("litmus: sender cpu=%d victim cpu=%s", config.cpus[0], victims());
	litmus_map();
	make_rows();
	report_step("racing");
	run_rows();
	report_step("judging");
	judge();
}

DEFINE_TEST(TEST_EXTRA + 60, "litmus",
	    "sender reads S=0 and the victim, behind its serialiser, still uses the old",
	    "two CPUs", run, .timed = true);
