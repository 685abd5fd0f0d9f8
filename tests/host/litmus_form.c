// SPDX-License-Identifier: BSD-2-Clause
/* How a litmus test is named, judged and printed. */
#include <tests/host/lib/report_child.h>
#include "../../kernel/lib/printf.c"
#include "../../kernel/report_line.c"
#undef PUT
#include "../../kernel/report.c"
#include "../../kernel/report_violation.c"
#include "../litmus/litmus_form.c"

static struct litmus_test test = {
	.contended = 8, .sender_barrier = true, .serializer = LITMUS_IRET};
static struct litmus_counts result;
static struct litmus_controls controls;

static void body_print(void)
{
	report_plan(1);
	report_test_start("litmus");
	litmus_print(&test, &result, 1234567890);
	litmus_verdict(&test, &result, &controls, NULL);
	litmus_verdict(&test, NULL, NULL, "one CPU");
	report_pass();
}

static void printing(void)
{
	result = (struct litmus_counts){.count = {{0, 40, 0}, {50, 9, 1}}};
	controls = (struct litmus_controls){LITMUS_VICTIM_CONTROL_MIN, LITMUS_SENDER_CONTROL_MIN};
	expect("a forbidden test that was not seen", body_print, 0,
	       "1..1\n# test litmus\n"
	       "# Test SB.F.byte.warm.k8+mb+iret Forbidden\n"
	       "# Histogram (4 states)\n"
	       "# 40        :>0:S=0; 1:text=new;\n"
	       "# 50        :>0:S=1; 1:text=old;\n"
	       "# 9         :>0:S=1; 1:text=new;\n"
	       "# 1         :>0:S=1; 1:text=torn;\n"
	       "# Ok\n"
	       "# Witnesses\n"
	       "# Positive: 0, Negative: 100\n"
	       "# Condition ~exists (0:S=0 /\\ (1:text=old \\/ 1:text=torn)) is validated\n"
	       "# Observation SB.F.byte.warm.k8+mb+iret Never 0 100\n"
	       "# Time SB.F.byte.warm.k8+mb+iret 1.234\n"
	       "# result test=litmus name=SB.F.byte.warm.k8+mb+iret serializer=iret sender_barrier=on "
	       "rounds=100 positive=0 negative=100\n"
	       "# here SB.F.byte.warm.k8+mb+iret: sound here: 0 of 100; controls: victim 20, sender 1\n"
	       "# here SB.F.byte.warm.k8+mb+iret: not testable here: one CPU\n"
	       "ok 1 litmus\n# verdict PASS pass=1 fail=0 error=0 skip=0\n");
	test.pattern = LITMUS_MP;
	test.serializer = LITMUS_NONE;
	test.alias = LITMUS_SAME_PAGE;
	test.store = LITMUS_PAGE;
	expect("an allowed test that was seen", body_print, 0,
	       "1..1\n# test litmus\n"
	       "# Test MP.F.page.warm.same.k8+mb+po Allowed\n"
	       "# Histogram (4 states)\n"
	       "# 40        :>1:S=0; 1:text=new;\n"
	       "# 50        *>1:S=1; 1:text=old;\n"
	       "# 9         :>1:S=1; 1:text=new;\n"
	       "# 1         *>1:S=1; 1:text=torn;\n"
	       "# Ok\n"
	       "# Witnesses\n"
	       "# Positive: 51, Negative: 49\n"
	       "# Condition exists (1:S=1 /\\ (1:text=old \\/ 1:text=torn)) is validated\n"
	       "# Observation MP.F.page.warm.same.k8+mb+po Sometimes 51 49\n"
	       "# Time MP.F.page.warm.same.k8+mb+po 1.234\n"
	       "# result test=litmus name=MP.F.page.warm.same.k8+mb+po serializer=none "
	       "sender_barrier=on rounds=100 positive=51 negative=49\n"
	       "# here MP.F.page.warm.same.k8+mb+po: broken here: S=1 and not all new: 51 of 100; controls: "
	       "victim 20, sender 1\n"
	       "# here MP.F.page.warm.same.k8+mb+po: not testable here: one CPU\n"
	       "ok 1 litmus\n# verdict PASS pass=1 fail=0 error=0 skip=0\n");
	test = (struct litmus_test){.sender_barrier = true};
}

static void judging(void)
{
	const struct litmus_counts zero = {.count = {{0, 1, 0}}}, one = {.count = {{1, 0, 0}}},
				   torn = {.count = {{0, 0, 1}}};
	struct litmus_controls c = {LITMUS_VICTIM_CONTROL_MIN, LITMUS_SENDER_CONTROL_MIN};

	ok(litmus_judge(&test, &zero, &c) == LITMUS_SOUND_HERE,
	   "a zero beside both controls counts");
	ok(litmus_judge(&test, &one, &c) == LITMUS_BROKEN_HERE, "one positive is enough");
	ok(litmus_judge(&test, &torn, &c) == LITMUS_BROKEN_HERE, "be it old in part only");
	c.victim--;
	ok(litmus_judge(&test, &zero, &c) == LITMUS_NOT_TESTABLE_HERE,
	   "a zero beside a victim's control that fired too rarely does not");
	ok(litmus_judge(&test, &one, &c) == LITMUS_BROKEN_HERE, "a positive needs no control");
	c.victim++;
	c.sender--;
	ok(litmus_judge(&test, &zero, &c) == LITMUS_NOT_TESTABLE_HERE,
	   "nor does one beside a sender's control that did not fire");
	test.pattern = LITMUS_MP;
	ok(litmus_judge(&test, &zero, &c) == LITMUS_SOUND_HERE,
	   "which message passing does not have");
	test.pattern = LITMUS_SB;
}

static void forbidding(void)
{
	test.serializer = LITMUS_CPUID;
	ok(litmus_forbidden(&test), "forbidden: barrier and serialising instruction");
	test.sender_barrier = false;
	ok(!litmus_forbidden(&test), "allowed: no barrier");
	test.pattern = LITMUS_MP;
	ok(litmus_forbidden(&test), "forbidden: the stores of message passing keep their order");
	test.serializer = LITMUS_MFENCE;
	ok(!litmus_forbidden(&test), "allowed: what is not in the list");
	test = (struct litmus_test){.sender_barrier = true, .serializer = LITMUS_LFENCE};
	ok(!litmus_forbidden(&test), "allowed: the victim's control");
}

int main(void)
{
	printing();
	judging();
	forbidding();
	return done_testing();
}
