// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the run before printed.
 *
 * Rule: what stood in RAM before a warm restart stands there afterwards, unless firmware clears it.
 *
 * Reached: the log of the run before is kept with its sums at a place that loaders leave alone
 * (kernel/ramlog.h), flushed from the caches, which a reset empties.
 *
 * Broken: nothing. It prints, and is a SKIP where memory holds no log.
 *
 * Enough: a head whose sum is wrong is none; a text whose sum is wrong is printed and said to be damaged.
 */
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
	if (!ramlog_previous_is_whole())
		report_info("lastlog: its sum is wrong: cut in the middle of a write, or damaged");
	report_pass();
}

DEFINE_TEST(TEST_ASKED + 2, "lastlog",
	    "prints what the run before printed, if memory still holds it", "a warm restart",
	    run_lastlog);
