// SPDX-License-Identifier: BSD-2-Clause
/* The clocks of this machine against each other, in one run: what each makes of the TSC. */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/apic.h>
#include <arch/x86_64/smp.h>
#include <arch/x86_64/tsc.h>
#include <kernel/clocks.h>
#include <kernel/job.h>
#include <kernel/report.h>
#include <kernel/test.h>
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

	tsc_look();
	udelay(TSC_LOOKS_US);
	tsc_look();
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

/* The first look: by the time of the second nobody needs to wait. */
static void first_look(void)
{
	if (test_requested("selftest"))
		tsc_look();
}
DEFINE_EARLY_TEST(first_look);

/* More than an exchange of a line takes, and less than what anybody waits for. */
#define MOVE 100000000l

static bool moved;

static void move(void *cycles)
{
	moved = tsc_move((s64)cycles);
}

static void move_cpu_1(s64 cycles)
{
	job_start(1, move, (void *)cycles);
	job_wait(1);
}

/* Both bounds, one way and the other. */
static const char *skew(void)
{
	struct clock_offset before, ahead, behind, after;

	if (nr_cpus < 2)
		return SELFTEST_SKIP("needs a second CPU");
	before = clock_offset(1);
	move_cpu_1(MOVE);
	ahead = clock_offset(1);
	move_cpu_1(-2 * MOVE);
	behind = clock_offset(1);
	move_cpu_1(MOVE);
	after = clock_offset(1);
	if (!moved)
		return SELFTEST_SKIP("this CPU has no IA32_TSC_ADJUST");
	report_info("clock of cpu 1: %ld to %ld cycles ahead; moved: %ld to %ld, %ld to %ld; "
		    "moved back: %ld to %ld",
		    before.lo, before.hi, ahead.lo, ahead.hi, behind.lo, behind.hi, after.lo,
		    after.hi);
	CHECK(clock_warp(&ahead) && clock_warp(&behind));
	CHECK(before.lo <= before.hi && after.lo <= before.hi && before.lo <= after.hi);
	CHECK(ahead.lo - MOVE <= before.hi && before.lo <= ahead.hi - MOVE);
	CHECK(behind.lo + MOVE <= before.hi && before.lo <= behind.hi + MOVE);
	return NULL;
}
SELFTEST("a clock that was set to another time is seen", skew);
