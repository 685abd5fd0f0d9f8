// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's own parts, each tried where its effect can be seen at once.
 *
 * Rule: each case names its own in one sentence, with which it is reported where it fails.
 *
 * Reached: by doing on purpose, once, what the other tests wait for: faults of IRET, events inside
 * events, a full queue, two patchers, an entry with each register set. Bugs that Linux has had are
 * put together again here, with the report on LKML.
 *
 * Broken: the case fails with what it saw. Cases that break a promise to see an oracle notice
 * count the violations that they want; one too few or too many is a failure.
 *
 * Enough: a part's effect is read from the processor or from memory, not from the part. Many cases
 * have a row in tests/tools/mutants.list: the step that they look at is taken out, and they must
 * fail.
 */
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/phases.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <kernel/tick.h>
#include <tests/probes/probes.h>
#include <tests/selftest/selftest.h>

#define CASES_MAX 128

extern const struct selftest *const __selftests_start[], *const __selftests_end[];

/* A line for each reason, with all cases that have it. */
static void tell_skipped(const char *reasons[], unsigned int nr)
{
	static char names[REPORT_LINE_MAX / 2];
	unsigned int i, other;
	const char *reason;
	size_t len;

	for (i = 0; i < nr; i++) {
		reason = reasons[i];
		if (!reason)
			continue;
		for (len = 0, other = i; other < nr; other++) {
			if (!reasons[other] || strcmp(reasons[other], reason))
				continue;
			reasons[other] = NULL;
			len += scnprintf(names + len, sizeof(names) - len, "%s%s", len ? "; " : "",
					 __selftests_start[other]->name);
		}
		report_info("selftest skipped, %s: %s", reason, names);
	}
}

static void run_selftest(int variant)
{
	unsigned int nr = __selftests_end - __selftests_start, i;
	unsigned int passed = 0, failed = 0, skipped = 0;
	static const char *reasons[CASES_MAX];
	const struct selftest *t;
	const char *error;

	if (nr > CASES_MAX) {
		report_error("%u cases, room for %d", nr, CASES_MAX);
		return;
	}
	report_expect_violations();
	probes_install();
	for (i = 0; i < nr; i++) {
		t = __selftests_start[i];
		report_step(t->name);
		watchdog_touch();
		error = t->run();
		report_flush();
		phase_over(t->name);
		reasons[i] = NULL;
		if (!error) {
			passed++;
		} else if (!strncmp(error, "SKIP ", 5)) {
			reasons[i] = error + 5;
			skipped++;
		} else {
			report_fail("%s: %s", t->name, error);
			failed++;
		}
	}
	tell_skipped(reasons, nr);
	report_result(NULL, "passed=%u failed=%u skipped=%u", passed, failed, skipped);
	if (passed)
		report_pass();
	else
		report_skip("no case could be tried");
}

DEFINE_TEST(10, "selftest", "the kernel's own parts, and each oracle made to fire once",
	    "some cases an isolated CPU", run_selftest, .judges_text = true);
