// SPDX-License-Identifier: BSD-2-Clause
/* What the report prints and how it ends. */
#include <tests/host/lib/report_child.h>
#include "../../kernel/lib/printf.c"
#include "../../kernel/report_line.c"
#undef PUT
#include "../../kernel/report.c"
#include "../../kernel/report_violation.c"

static void say_fail(void)
{
	report_pass();
	report_fail("%d probes saw # old text\nand more", 3);
	report_fail("second");
}

static void say_skip(void)
{
	report_skip("one CPU, nothing to isolate");
}

static void say_error(void)
{
	report_fail("early");
	report_error("CPU %d did not start", 3);
}

static void body_pass(void)
{
	report_start("0.1.0", "abcdef");
	report_info("config a=%d", 1);
	report_plan(2);
	one("selftest", report_pass);
	report_test_start("defer sync=ipi");
	report_progress("s=%d", 1);
	report_result(NULL, "pokes=%d violations=0", 10);
	report_result("other", "x=1");
	report_skip("not all of it");
	report_pass();
	report_test_end();
}

static void body_fail(void)
{
	report_plan(3);
	one("a", report_pass);
	one("b", say_fail);
	one("c", say_skip);
}

static void body_error(void)
{
	report_plan(2);
	one("a", say_error);
	one("b", say_fail);
}

static void body_silent(void)
{
	report_plan(1);
	one("a", NULL);
}

static void body_skip(void)
{
	report_plan(1);
	one("a", say_skip);
}

static void body_list(void)
{
	report_plan(0);
}

static void body_missing(void)
{
	report_plan(2);
	one("a", report_pass);
}

static void body_late_plan(void)
{
	report_plan(REPORT_PLAN_AT_END);
	one("a", report_pass);
	one("a", report_pass);
}

static void body_nothing(void)
{
	report_plan(REPORT_PLAN_AT_END);
}

static void body_outside(void)
{
	report_plan(1);
	report_error("CPU 2 did not start");
	one("a", report_pass);
}

static void body_open(void)
{
	report_plan(2);
	report_test_start("a");
	report_pass();
	report_test_start("b");
	report_fail("x");
}

static void body_crash(void)
{
	report_plan(2);
	report_test_start("defer");
	report_step("poke.tail-written");
	report_pass();
	report_crash("panic: vector %d", 14);
}

static void body_crash_outside(void)
{
	report_plan(REPORT_PLAN_AT_END);
	report_crash("triple");
}

/* The lock is in dead hands: the lines come all the same, each at column 0. */
static void body_crash_locked(void)
{
	report_plan(1);
	report_test_start("a");
	console_write("# half a li", 11);
	spin_lock(&lock);
	report_crash("boom");
}

static void body_hang(void)
{
	report_plan(2);
	one("a", say_fail);
	report_test_start("b");
	report_hang("no progress for %d s", 10);
}

/* Called once a second: silence of two, a line of the test's own in between, no test at all. */
static void say_late(void)
{
	report_silence(1);
	report_silence(2);
	report_step("all subsets");
	report_silence(3);
	report_silence(4);
	report_info("a line");
	report_silence(5);
	report_silence(6);
	report_silence(7);
	report_pass();
}

static void body_quiet(void)
{
	report_plan(1);
	one("a", say_late);
	report_silence(1);
	report_silence(2);
	report_silence(3);
	report_silence(4);
}

int main(void)
{
	char where[64];

	expect("pass", body_pass, 0,
	       "KTAP version 1\n# latesync 0.1.0 abcdef\n# config a=1\n1..2\n# test selftest\n"
	       "ok 1 selftest\n# test defer sync=ipi\n# progress test=defer s=1\n"
	       "# result test=defer pokes=10 violations=0\n# result test=other x=1\n"
	       "ok 2 defer sync=ipi\n# verdict PASS pass=2 fail=0 error=0 skip=0\n");
	expect("fail", body_fail, 1,
	       "1..3\n# test a\nok 1 a\n# test b\n# b also FAIL: second\n"
	       "not ok 2 b # FAIL 3 probes saw = old text and more\n# test c\n"
	       "ok 3 c # SKIP one CPU, nothing to isolate\n"
	       "# verdict FAIL pass=1 fail=1 error=0 skip=1\n");
	expect("error", body_error, 3,
	       "1..2\n# test a\n# a also FAIL: early\nnot ok 1 a # ERROR CPU 3 did not start\n"
	       "# test b\n# b also FAIL: second\n"
	       "not ok 2 b # FAIL 3 probes saw = old text and more\n"
	       "# verdict ERROR pass=0 fail=1 error=1 skip=0\n");
	expect("silent", body_silent, 3,
	       "1..1\n# test a\nnot ok 1 a # ERROR the test reported nothing\n"
	       "# verdict ERROR pass=0 fail=0 error=1 skip=0\n");
	expect("skip", body_skip, 77,
	       "1..1\n# test a\nok 1 a # SKIP one CPU, nothing to isolate\n"
	       "# verdict SKIP pass=0 fail=0 error=0 skip=1\n");
	expect("list", body_list, 0, "1..0\n# verdict PASS pass=0 fail=0 error=0 skip=0\n");
	expect("missing", body_missing, 3,
	       "1..2\n# test a\nok 1 a\n# ERROR 1 of 2 tests did not run\n"
	       "# verdict ERROR pass=1 fail=0 error=1 skip=0\n");
	expect("late plan", body_late_plan, 0,
	       "# test a\nok 1 a\n# test a\nok 2 a\n1..2\n"
	       "# verdict PASS pass=2 fail=0 error=0 skip=0\n");
	expect("nothing", body_nothing, 3, "1..0\n# verdict ERROR pass=0 fail=0 error=1 skip=0\n");
	expect("outside", body_outside, 3,
	       "1..1\n# ERROR CPU 2 did not start\n# test a\nok 1 a\n"
	       "# verdict ERROR pass=1 fail=0 error=1 skip=0\n");
	expect("left open", body_open, 1,
	       "1..2\n# test a\nok 1 a\n# test b\nnot ok 2 b # FAIL x\n"
	       "# verdict FAIL pass=1 fail=1 error=0 skip=0\n");
	expect("crash", body_crash, 4,
	       "1..2\n# test defer\n"
	       "not ok 1 defer # CRASH panic: vector 14; test defer, step poke.tail-written\n"
	       "# verdict CRASH pass=0 fail=0 error=1 skip=0\n");
	expect("crash outside", body_crash_outside, 4,
	       "# CRASH triple; no test\n1..0\n# verdict CRASH pass=0 fail=0 error=1 skip=0\n");
	expect("crash with the lock held", body_crash_locked, 4,
	       "1..1\n# test a\n# half a li\nnot ok 1 a # CRASH boom; test a\n"
	       "# verdict CRASH pass=0 fail=0 error=1 skip=0\n");
	expect("hang", body_hang, 5,
	       "1..2\n# test a\n# a also FAIL: second\n"
	       "not ok 1 a # FAIL 3 probes saw = old text and more\n# test b\n"
	       "not ok 2 b # HANG no progress for 10 s; test b\n"
	       "# verdict HANG pass=0 fail=1 error=1 skip=0\n");
	expect("quiet", body_quiet, 0,
	       "1..1\n# test a\n# progress test=a t_s=3 step=all subsets\n"
	       "# progress test=a t_s=4 step=all subsets\n# a line\n"
	       "# progress test=a t_s=7 step=all subsets\nok 1 a\n"
	       "# verdict PASS pass=1 fail=0 error=0 skip=0\n");
	report_where(where, sizeof(where));
	is(where, "no test", "where without a test");
	return done_testing();
}
