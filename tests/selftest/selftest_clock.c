// SPDX-License-Identifier: BSD-2-Clause
/* The clocks of this machine against each other, in one run: what each makes of the TSC. */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/apic.h>
#include <arch/x86_64/tsc.h>
#include <kernel/report.h>
#include <tests/selftest/selftest.h>

/* Each is right within a percent (arch/x86_64/counter.c), and so is what start-up took. */
#define PERCENT 3

static bool near(u64 a, u64 b)
{
	return a * (100 - PERCENT) <= b * 100 && b * 100 <= a * (100 + PERCENT);
}

static const char *clocks(void)
{
	const char *name, *error = NULL;
	unsigned int i, found = 0;
	u64 khz;

	for (i = 0; tsc_measure(i, &name, &khz); i++) {
		if (!khz)
			continue;
		found++;
		report_info("clock %s: tsc_khz=%lu", name, khz);
		if (!near(khz, tsc_khz))
			error = "a clock of this machine contradicts the one that start-up took";
	}
	if (!found)
		return SELFTEST_SKIP("no clock beside the TSC");
	return error;
}
SELFTEST("the clocks agree", clocks);
