// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's own parts, each tried where its effect can be seen at once. Some cases break a
 * promise on purpose to see an oracle notice; those count how many violations they want.
 */
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <kernel/tick.h>
#include <tests/probes/probes.h>
#include <tests/selftest/selftest.h>

extern const struct selftest *const __selftests_start[], *const __selftests_end[];

static void run_selftest(int variant)
{
	const struct selftest *const *t;
	unsigned int passed = 0, failed = 0, skipped = 0;
	const char *error;

	report_expect_violations();
	probes_install();
	for (t = __selftests_start; t < __selftests_end; t++) {
		report_step((*t)->name);
		watchdog_touch();
		error = (*t)->run();
		report_flush();
		if (!error) {
			passed++;
		} else if (!strncmp(error, "SKIP ", 5)) {
			report_info("selftest %s: skipped, %s", (*t)->name, error + 5);
			skipped++;
		} else {
			report_fail("%s: %s", (*t)->name, error);
			failed++;
		}
	}
	report_result(NULL, "passed=%u failed=%u skipped=%u", passed, failed, skipped);
	if (passed)
		report_pass();
	else
		report_skip("no case could be tried");
}

DEFINE_TEST(10, "selftest", "the kernel's own parts, and each oracle made to fire once",
	    "some cases an isolated CPU", run_selftest);
