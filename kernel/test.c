// SPDX-License-Identifier: BSD-2-Clause
/* The registry: test= turned into runs. Nothing here knows which tests exist. */
#include <arch/x86_64/tsc.h>
#include <entry/protocol/points.h>
#include <kernel/config.h>
#include <kernel/entry_log.h>
#include <kernel/lib/parse.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/panic.h>
#include <kernel/params.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <kernel/tick.h>
#include <kernel/wait.h>
#include <patching/kernel/text_check.h>

struct run {
	const struct test *test;
	int variant;
	const char *kind; /* after "NAME:" */
	size_t kind_len;
};

extern const struct test *const __tests_start[], *const __tests_end[];
extern const char *const __tests_to_come_start[], *const __tests_to_come_end[];
extern void (*const __early_tests_start[])(void), (*const __early_tests_end[])(void);

static struct run runs[TEST_RUNS_MAX];
static unsigned int nr_runs;
static bool too_many_runs;
static char current_kind[32];
static unsigned int nr_settings;
static const char *(*select_setting)(unsigned int index);
static const char *skip_reason, *skip_setting;
static u64 timed_done_ns, run_start_ns; /* of timed runs that are over; the open one */
static bool run_is_timed;

static const struct test *find(const char *name, size_t len)
{
	const struct test *const *t;

	for (t = __tests_start; t < __tests_end; t++)
		if (strlen((*t)->name) == len && !memcmp((*t)->name, name, len))
			return *t;
	return NULL;
}

bool test_name_known(const char *name, size_t len)
{
	return find(name, len);
}

const char *test_name_at(unsigned int i)
{
	return __tests_start + i < __tests_end ? __tests_start[i]->name : NULL;
}

bool test_is_to_come(const char *name, size_t len)
{
	const char *const *t;

	for (t = __tests_to_come_start; t < __tests_to_come_end; t++)
		if (strlen(*t) == len && !memcmp(*t, name, len))
			return true;
	return false;
}

bool test_kind_known(const char *name, size_t len, const char *kind, size_t kind_len)
{
	const struct test *test = find(name, len);

	if (!kind)
		return !test || !test->kind_known || test->kind_optional;
	return test && test->kind_known && test->kind_known(kind, kind_len);
}

/* The test that comes next in order after @last (NULL: the first), below order @limit. */
static const struct test *next_in_order(const struct test *last, u32 limit)
{
	const struct test *const *t, *best = NULL;

	for (t = __tests_start; t < __tests_end; t++)
		if ((*t)->order < limit && (!last || (*t)->order > last->order) &&
		    (!best || (*t)->order < best->order))
			best = *t;
	return best;
}

static void add(const struct test *test, int variant, const char *kind, size_t kind_len)
{
	too_many_runs |= nr_runs == TEST_RUNS_MAX;
	if (nr_runs < TEST_RUNS_MAX)
		runs[nr_runs++] = (struct run){test, variant, kind, kind_len};
}

static void add_all(u32 limit, bool variants)
{
	const struct test *test = NULL;
	int i;

	while ((test = next_in_order(test, limit))) {
		if (!variants || !test->variants || test->variant_fixed())
			add(test, TEST_AS_CONFIGURED, NULL, 0);
		else
			for (i = 0; test->variants[i]; i++)
				add(test, i, NULL, 0);
	}
}

static void take_out(const struct test *test)
{
	unsigned int i, kept = 0;

	for (i = 0; i < nr_runs; i++)
		if (runs[i].test != test)
			runs[kept++] = runs[i];
	nr_runs = kept;
}

void tests_check(void)
{
	const struct test *const *a, *const *b;

	for (a = __tests_start; a < __tests_end; a++)
		for (b = a + 1; b < __tests_end; b++) {
			if (!strcmp((*a)->name, (*b)->name))
				harness_error("two tests are called %s", (*a)->name);
			if ((*a)->order == (*b)->order)
				harness_error("the tests %s and %s have one number, %u", (*a)->name,
					      (*b)->name, (*a)->order);
		}
}

void tests_early(void)
{
	void (*const *fn)(void);

	for (fn = __early_tests_start; fn < __early_tests_end; fn++)
		(*fn)();
}

void tests_skip_all(const char *reason)
{
	skip_reason = reason;
}

void tests_skip_setting(const char *reason)
{
	skip_setting = reason;
}

bool tests_resolve(unsigned int count, const char *(*select)(unsigned int index))
{
	const char *list = config.tests, *colon;
	struct span item;
	size_t len;

	nr_settings = count;
	select_setting = select;
	while (next_item(&list, ',', &item)) {
		if (span_is(item, "default")) {
			add_all(TEST_EXTRA, true);
		} else if (span_is(item, "all")) {
			add_all(TEST_ASKED, true);
		} else if (item.s[0] == '-') {
			take_out(find(item.s + 1, item.len - 1));
		} else {
			for (colon = item.s; colon < item.s + item.len && *colon != ':'; colon++)
				;
			len = colon - item.s;
			if (len == item.len)
				add(find(item.s, len), TEST_AS_CONFIGURED, NULL, 0);
			else
				add(find(item.s, len), TEST_AS_CONFIGURED, colon + 1,
				    item.len - len - 1);
		}
	}
	return !too_many_runs;
}

u64 tests_expected_ns(void)
{
	u64 total = 0;
	unsigned int i;

	for (i = 0; i < nr_runs; i++)
		if (runs[i].test->timed)
			total += config.duration_ns;
	return total * nr_settings * config.repeat;
}

u64 tests_left_ns(void)
{
	u64 left = tests_expected_ns(), past = timed_done_ns;

	if (run_is_timed)
		past += min(now_ns() - run_start_ns, config.duration_ns);
	return left > past ? left - past : 0;
}

bool test_requested(const char *wanted)
{
	const char *list = config.tests;
	struct span item;

	while (next_item(&list, ',', &item))
		if (span_is(item, wanted))
			return true;
	return false;
}

const char *test_kind(void)
{
	return current_kind;
}

void tests_second(void)
{
	report_silence((now_ns() - run_start_ns) / 1000000000);
}

/* True: the run came out at least as well as a pass. */
static bool run_one(const struct run *run, unsigned int setting)
{
	const char *setting_name = select_setting(setting), *untouched;
	enum report_outcome outcome;
	char name[96];
	size_t len;

	if (run->kind)
		scnprintf(current_kind, sizeof(current_kind), "%.*s", (int)run->kind_len,
			  run->kind);
	else
		current_kind[0] = '\0';
	len = scnprintf(name, sizeof(name), "%s%s%s", run->test->name, run->kind ? " " : "",
			current_kind);
	if (run->variant >= 0)
		len += scnprintf(name + len, sizeof(name) - len, " %s",
				 run->test->variants[run->variant]);
	if (setting_name)
		scnprintf(name + len, sizeof(name) - len, " %s", setting_name);
	run_start_ns = now_ns();
	run_is_timed = run->test->timed;
	watchdog_touch();
	stops_test_starts();
	report_test_start(name);
	report_step("start");
	points_arm(run->test->timed);
	if (!run->test->timed && (param_given(inject) || param_given(delay)))
		report_info("inject= and delay= act in timed tests; %s is none", run->test->name);
	if (skip_reason || skip_setting)
		report_skip("%s", skip_reason ? skip_reason : skip_setting);
	else if (run->test->judges_text && text_check_failed(TEXT_OVERWRITTEN))
		report_error("%s: torn and stale cannot be believed here",
			     text_check_failed(TEXT_OVERWRITTEN));
	else
		run->test->run(run->variant);
	points_report();
	untouched = points_untouched();
	if (untouched)
		report_vain("%s, as inject= or delay= has it, was never reached", untouched);
	points_arm(false);
	if (config.debug & DEBUG_ENTRY)
		entry_log_print();
	stops_tell();
	run_is_timed = false;
	timed_done_ns += run->test->timed ? config.duration_ns : 0;
	outcome = report_test_end();
	return outcome == REPORT_PASS || outcome == REPORT_SKIP;
}

void tests_run(void)
{
	const struct test *const *t;
	bool good = true;
	u64 planned, i;

	if (!nr_runs) {
		report_plan(REPORT_PLAN_AT_END);
		report_error("test=%s names no test in the end", config.tests);
		return;
	}
	planned = (u64)nr_runs * nr_settings * config.repeat;
	report_plan(config.until_fail || planned > INT32_MAX ? REPORT_PLAN_AT_END : (int)planned);
	for (i = 0; i < planned && (good || !config.until_fail); i++)
		good &= run_one(&runs[i % nr_runs], i / nr_runs % nr_settings);
	for (t = __tests_start; t < __tests_end; t++)
		if ((*t)->summarize)
			(*t)->summarize();
}

void tests_list(void)
{
	const struct test *test = NULL;

	while ((test = next_in_order(test, ~0u)))
		report_info("%s: %s; needs %s", test->name, test->summary, test->needs);
}
