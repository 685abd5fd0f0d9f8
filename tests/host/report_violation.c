// SPDX-License-Identifier: BSD-2-Clause
/* Violations: told once, counted, never lost, whichever CPU notes them when. */
#include <pthread.h>
#include <tests/host/lib/report_child.h>
#include "../../kernel/lib/printf.c"
#include "../../kernel/report_line.c"
#undef PUT
#include "../../kernel/report.c"
#include "../../kernel/report_violation.c"

static void body_violations(void)
{
	report_plan(2);
	report_protocol("nested-signal");
	report_test_start("defer");
	for (unsigned int i = 0; i < 10; i++) {
		report_violation("stale", "nmi.entry", 1 + i % 2, "seen=%u", i);
		if (i == 4)
			report_flush();
	}
	report_violation("stale", NULL, 1, "other");
	if (report_violations_of(1) == 6 && report_violations_of(2) == 5 &&
	    !report_violations_of(3))
		report_pass();
	else
		report_error("not counted by CPU");
	report_test_end();
	report_test_start("mutants");
	report_expect_violations();
	report_violation("stale", "nmi.entry", 1, "again");
	if (report_violations() == 1 && report_violations_of(1) == 1 && !report_violations_of(2))
		report_pass();
}

static void body_stray(void)
{
	report_plan(1);
	one("a", report_pass);
	report_violation("stale", "p", 1, "late");
}

/* What is broken may well bring the kernel down. */
static void body_violation_crash(void)
{
	report_plan(1);
	report_test_start("defer");
	report_step("patching");
	report_violation("torn", "p", 1, "seen");
	report_crash("exception %d", 14);
}

static void body_violation_crash_first(void)
{
	report_plan(2);
	report_test_start("defer");
	report_violation("torn", "p", 1, "seen");
	report_crash("exception %d", 14);
}

static void body_expected_crash(void)
{
	report_plan(1);
	report_test_start("mutants");
	report_expect_violations();
	report_violation("torn", "p", 1, "seen");
	report_crash("exception %d", 14);
}

static void body_skip_violation(void)
{
	report_plan(1);
	report_test_start("a");
	report_violation("stale", "p", 1, "seen");
	report_skip("nothing measured");
}

static void body_overflow(void)
{
	report_plan(1);
	report_test_start("a");
	for (unsigned int i = 0; i < SLOTS + 3; i++)
		report_violation("k", "p", i, "x");
}

static void *storm(void *arg)
{
	unsigned int cpu = (unsigned int)(size_t)arg;

	for (int i = 0; i < 2000; i++) {
		report_violation("stale", i & 1 ? "odd" : "even", cpu, "first=%d", i);
		if (i % 50 == 0)
			report_info("cpu=%u i=%d end", cpu, i);
		if (cpu == 0)
			report_flush();
	}
	return NULL;
}

static void body_storm(void)
{
	pthread_t threads[8];

	report_plan(1);
	report_test_start("storm");
	report_pass();
	for (size_t i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, storm, (void *)i);
	for (size_t i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
}

static void test_storm(void)
{
	int status = run(body_storm), firsts = 0, counts = 0, infos = 0, other = 0, n;
	unsigned long long count, sum = 0;

	for (char *l = strtok(out, "\n"); l; l = strtok(NULL, "\n")) {
		const char *equals = strrchr(l, '=');

		if (!strncmp(l, "# violation test=storm kind=stale protocol=none point=", 54))
			firsts++;
		else if (!strncmp(l, "# violations test=storm kind=stale", 34) &&
			 sscanf(equals, "=%llu", &count) == 1)
			counts++, sum += count;
		else if (sscanf(l, "# cpu=%*u i=%*u end%n", &n) == 0 && strstr(l, " end"))
			infos++;
		else
			other++;
	}
	ok(status == 1 && firsts == 16 && counts == 16 && sum == 16000 && infos == 320 &&
		   other == 4,
	   "8 threads: %d firsts, %d counts of %llu, %d infos, %d other", firsts, counts, sum,
	   infos, other);
}

int main(void)
{
	expect("a crash behind a violation is that violation's", body_violation_crash, 1,
	       "1..1\n# test defer\n"
	       "# violation test=defer kind=torn protocol=none point=p cpu=1 seen\n"
	       "not ok 1 defer # FAIL violations=1, and then CRASH: exception 14; test defer, step "
	       "patching\n# verdict FAIL pass=0 fail=1 error=0 skip=0\n");
	expect("but what was still to come did not run", body_violation_crash_first, 4,
	       "1..2\n# test defer\n"
	       "# violation test=defer kind=torn protocol=none point=p cpu=1 seen\n"
	       "not ok 1 defer # FAIL violations=1, and then CRASH: exception 14; test defer\n"
	       "# verdict CRASH pass=0 fail=1 error=1 skip=0\n");
	expect("one that is expected excuses no crash", body_expected_crash, 4,
	       "1..1\n# test mutants\n"
	       "# expected test=mutants kind=torn protocol=none point=p cpu=1 seen\n"
	       "not ok 1 mutants # CRASH exception 14; test mutants\n"
	       "# verdict CRASH pass=0 fail=0 error=1 skip=0\n");
	expect("violations", body_violations, 1,
	       "1..2\n# test defer\n"
	       "# violation test=defer kind=stale protocol=nested-signal point=nmi.entry cpu=1 "
	       "seen=0\n"
	       "# violation test=defer kind=stale protocol=nested-signal point=nmi.entry cpu=2 "
	       "seen=1\n"
	       "# violation test=defer kind=stale protocol=nested-signal point=none cpu=1 other\n"
	       "# violations test=defer kind=stale protocol=nested-signal point=nmi.entry cpu=1 "
	       "count=5\n"
	       "# violations test=defer kind=stale protocol=nested-signal point=nmi.entry cpu=2 "
	       "count=5\n"
	       "not ok 1 defer # FAIL violations=11\n# test mutants\n"
	       "# expected test=mutants kind=stale protocol=nested-signal point=nmi.entry cpu=1 "
	       "again\n"
	       "ok 2 mutants\n# verdict FAIL pass=1 fail=1 error=0 skip=0\n");
	expect("a violation behind the last test", body_stray, 1,
	       "1..1\n# test a\nok 1 a\n"
	       "# violation test=a kind=stale protocol=none point=p cpu=1 late\n"
	       "# FAIL violations=1 outside of any test\n"
	       "# verdict FAIL pass=1 fail=0 error=0 skip=0\n");
	expect("a skip hides no violation", body_skip_violation, 1,
	       "1..1\n# test a\n# violation test=a kind=stale protocol=none point=p cpu=1 seen\n"
	       "not ok 1 a # FAIL violations=1\n# verdict FAIL pass=0 fail=1 error=0 skip=0\n");
	ok(run(body_overflow) == 3 && strstr(out, "not-kept=3"), "a full table says so");
	test_storm();
	return done_testing();
}
