// SPDX-License-Identifier: BSD-2-Clause
/* What the run before printed, out of the memory that a warm restart leaves alone (kernel/ramlog.h). */
#include <kernel/ramlog.h>
#include <kernel/report.h>
#include <kernel/test.h>

static void run_lastlog(int variant)
{
	const char *text, *end, *p;
	size_t len;

	text = ramlog_previous(&len);
	if (!text) {
		report_skip("memory holds no earlier run");
		return;
	}
	for (end = text + len; text < end; text = p + 1) {
		for (p = text; p < end && *p != '\n'; p++)
			;
		report_info("last: %.*s", (int)(p - text), text);
	}
	report_pass();
}

DEFINE_TEST(TEST_ASKED + 2, "lastlog",
	    "prints what the run before printed, if memory still holds it", "a warm restart",
	    run_lastlog);
