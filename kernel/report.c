// SPDX-License-Identifier: BSD-2-Clause
/* The outcomes and the verdict. Lines are in report_line.c, violations in report_violation.c. */
#include <stdarg.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <kernel/report_line.h>

#define REASON_MAX	 512
#define MORE_REASONS_MAX 16

static const char *const outcome_names[REPORT_OUTCOMES] = {
	"NONE", "SKIP", "PASS", "FAIL", "ERROR", "HANG", "CRASH",
};
static const int exit_status[REPORT_OUTCOMES] = {3, 77, 0, 1, 3, 5, 4};

/* All of this is written under the console's lock. */
static int plan = REPORT_PLAN_AT_END;
static unsigned int tests_ended;
static unsigned int counts[REPORT_OUTCOMES]; /* of tests */
static enum report_outcome run_outcome;	     /* of what happened outside of tests */
static bool test_open, violations_expected;
static char test_name[80], test_word[80];
static enum report_outcome test_outcome;
static char test_reason[REASON_MAX];
static unsigned int more_reasons;
static const char *test_step;

/* Readers take `#` for the start of a directive, so none may stand in a name or reason. */
static void hide_hashes(char *s)
{
	for (; *s; s++)
		if (*s == '#')
			*s = '=';
}

void report_start(const char *version, const char *commit)
{
	struct report_lock l = report_lock();

	report_line(l, "", "KTAP version 1");
	report_line(l, "# ", "latesync %s %s", version, commit);
	report_unlock(l);
}

void report_plan(int tests)
{
	struct report_lock l = report_lock();

	plan = tests;
	if (tests != REPORT_PLAN_AT_END)
		report_line(l, "", "1..%d", tests);
	report_unlock(l);
}

void report_test_start(const char *name)
{
	struct report_lock l;
	size_t word = 0;

	report_test_end();
	l = report_lock();
	strscpy(test_name, name, sizeof(test_name));
	hide_hashes(test_name);
	while (test_name[word] && test_name[word] != ' ')
		word++;
	memcpy(test_word, test_name, word);
	test_word[word] = '\0';
	test_outcome = REPORT_NONE;
	test_reason[0] = '\0';
	more_reasons = 0;
	violations_expected = false;
	WRITE_ONCE(test_step, NULL);
	test_open = true;
	report_line(l, "# ", "test %s", test_name);
	report_unlock(l);
	report_where_changed();
}

/* A reason that does not get into the test's own line is not lost. */
static void put_other_reason(struct report_lock l, enum report_outcome outcome, const char *reason)
{
	if (outcome >= REPORT_FAIL && more_reasons++ < MORE_REASONS_MAX)
		report_line(l, "# ", "%s also %s: %s", test_name, outcome_names[outcome], reason);
}

static void vnote(struct report_lock l, enum report_outcome outcome, const char *fmt, va_list args)
{
	char reason[REASON_MAX];

	vscnprintf(reason, sizeof(reason), fmt, args);
	hide_hashes(reason);
	if (!test_open) {
		run_outcome = max(run_outcome, outcome);
		report_line(l, "# ", "%s %s", outcome_names[outcome], reason);
	} else if (outcome <= test_outcome) {
		put_other_reason(l, outcome, reason);
	} else {
		put_other_reason(l, test_outcome, test_reason);
		test_outcome = outcome;
		strscpy(test_reason, reason, sizeof(test_reason));
	}
}

#define NOTE(outcome, fmt)                            \
	do {                                          \
		struct report_lock l = report_lock(); \
		va_list args;                         \
                                                      \
		va_start(args, fmt);                  \
		vnote(l, outcome, fmt, args);         \
		va_end(args);                         \
		report_unlock(l);                     \
	} while (0)

void report_pass(void)
{
	struct report_lock l = report_lock();

	if (test_open && test_outcome < REPORT_PASS)
		test_outcome = REPORT_PASS;
	report_unlock(l);
}

void report_fail(const char *reason, ...)
{
	NOTE(REPORT_FAIL, reason);
}

void report_skip(const char *reason, ...)
{
	NOTE(REPORT_SKIP, reason);
}

void report_vain(const char *reason, ...)
{
	if (test_outcome != REPORT_PASS)
		return;
	test_outcome = REPORT_NONE;
	NOTE(REPORT_SKIP, reason);
}

void report_error(const char *reason, ...)
{
	NOTE(REPORT_ERROR, reason);
}

/* The line of the open test. SKIP is `ok` by KTAP; whatever else did not pass is `not ok`. */
static void close_test(struct report_lock l)
{
	bool good = test_outcome == REPORT_PASS || test_outcome == REPORT_SKIP;
	const char *head = good ? "ok " : "not ok ";

	test_open = false;
	tests_ended++;
	counts[test_outcome]++;
	if (test_outcome == REPORT_PASS)
		report_line(l, head, "%u %s", tests_ended, test_name);
	else
		report_line(l, head, "%u %s # %s %s", tests_ended, test_name,
			    outcome_names[test_outcome], test_reason);
}

__printf(3, 4) static void note(struct report_lock l, enum report_outcome outcome, const char *fmt,
				...)
{
	va_list args;

	va_start(args, fmt);
	vnote(l, outcome, fmt, args);
	va_end(args);
}

enum report_outcome report_test_end(void)
{
	u64 violations = report_violations();
	enum report_outcome outcome;
	struct report_lock l;

	if (!READ_ONCE(test_open))
		return REPORT_NONE;
	report_violations_end();
	l = report_lock();
	if (test_outcome == REPORT_NONE)
		note(l, REPORT_ERROR, "the test reported nothing");
	/* A SKIP may not hide them either: what was measured before it was real. */
	if (violations && !violations_expected && test_outcome < REPORT_FAIL) {
		test_reason[0] = '\0';
		test_outcome = REPORT_NONE;
		note(l, REPORT_FAIL, "violations=%llu", (unsigned long long)violations);
	}
	outcome = test_outcome;
	close_test(l);
	report_unlock(l);
	return outcome;
}

void report_step(const char *step)
{
	WRITE_ONCE(test_step, step);
	report_where_changed();
}

void report_silence(u64 test_s)
{
	const char *step = READ_ONCE(test_step);
	static unsigned int quiet;
	static u64 seen;

	quiet = report_lines() == seen ? quiet + 1 : 0;
	if (READ_ONCE(test_open) && quiet >= 2) /* @report.quiet */
		report_progress("t_s=%llu step=%s", (unsigned long long)test_s, step ?: "none");
	seen = report_lines();
}

size_t report_where(char *buf, size_t size)
{
	const char *step = READ_ONCE(test_step);

	if (!READ_ONCE(test_open))
		return (size_t)scnprintf(buf, size, step ? "no test, step %s" : "no test", step);
	return (size_t)scnprintf(buf, size, step ? "test %s, step %s" : "test %s", test_name, step);
}

/*
 * After a violation nobody can expect to survive: the test fails by what was seen, and with its end
 * the run does, unless others were to come.
 */
static void vlose(enum report_outcome outcome, const char *fmt, va_list args)
{
	u64 violations = report_violations();
	struct report_lock l;
	char reason[REASON_MAX];
	bool caused;
	size_t len;

	report_emergency();
	len = (size_t)vscnprintf(reason, sizeof(reason), fmt, args);
	len += (size_t)scnprintf(reason + len, sizeof(reason) - len, "; ");
	report_where(reason + len, sizeof(reason) - len);
	report_violations_end();
	l = report_lock();
	caused = test_open && violations && !violations_expected;
	if (caused)
		note(l, REPORT_FAIL, "violations=%llu, and then %s: %s",
		     (unsigned long long)violations, outcome_names[outcome], reason);
	else
		note(l, outcome, "%s", reason);
	if (!caused || (int)tests_ended + 1 != plan)
		run_outcome = max(run_outcome, outcome);
	if (test_open)
		close_test(l);
	report_unlock(l);
}

void report_crash(const char *reason, ...)
{
	va_list args;

	va_start(args, reason);
	vlose(REPORT_CRASH, reason, args);
	va_end(args);
}

void report_hang(const char *reason, ...)
{
	va_list args;

	va_start(args, reason);
	vlose(REPORT_HANG, reason, args);
	va_end(args);
}

bool report_violations_wanted(void)
{
	return violations_expected;
}

void report_expect_violations(void)
{
	struct report_lock l = report_lock();

	violations_expected = true;
	report_unlock(l);
}

const char *report_test_word(void)
{
	return test_word[0] ? test_word : "none";
}

static enum report_outcome verdict(void)
{
	int o;

	for (o = REPORT_CRASH; o >= REPORT_FAIL; o--)
		if (counts[o] || run_outcome == (enum report_outcome)o)
			return o;
	if (counts[REPORT_PASS] || !plan)
		return REPORT_PASS;
	return counts[REPORT_SKIP] ? REPORT_SKIP : REPORT_ERROR;
}

const char *report_status_name(int status)
{
	unsigned int outcome;

	if (status == REPORT_STATUS_USAGE)
		return "USAGE"; /* @status.usage */
	for (outcome = REPORT_OUTCOMES - 1; outcome > REPORT_NONE; outcome--)
		if (exit_status[outcome] == status)
			break;
	return outcome_names[outcome];
}

__attribute__((weak)) void report_where_changed(void)
{
}

int report_verdict(void)
{
	enum report_outcome outcome;
	struct report_lock l;
	unsigned int errors;
	u64 strays;

	report_test_end();
	strays = report_violations();
	report_violations_end();
	l = report_lock();
	if (strays)
		note(l, REPORT_FAIL, "violations=%llu outside of any test",
		     (unsigned long long)strays);
	if (plan == REPORT_PLAN_AT_END)
		report_line(l, "", "1..%u", tests_ended);
	else if (tests_ended < (unsigned int)plan && run_outcome < REPORT_ERROR)
		note(l, REPORT_ERROR, "%u of %d tests did not run", plan - tests_ended, plan);
	else if (!plan && tests_ended)
		note(l, REPORT_ERROR, "a test ran where none was planned");
	outcome = verdict();
	errors = counts[REPORT_ERROR] + counts[REPORT_HANG] + counts[REPORT_CRASH];
	if (!errors && outcome >= REPORT_ERROR)
		errors = 1; /* it happened outside of any test */
	report_line(l, "# verdict ", "%s pass=%u fail=%u error=%u skip=%u", outcome_names[outcome],
		    counts[REPORT_PASS], counts[REPORT_FAIL], errors, counts[REPORT_SKIP]);
	report_unlock(l);
	return exit_status[outcome];
}
