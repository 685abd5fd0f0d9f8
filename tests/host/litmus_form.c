// SPDX-License-Identifier: BSD-2-Clause
/* How a litmus test is named, judged and printed. */
#include <tests/host/lib/report_child.h>
#include "../../kernel/lib/printf.c"
#include "../../kernel/report_line.c"
#undef PUT
#include "../../kernel/report.c"
#include "../../kernel/report_violation.c"
#include "../litmus/litmus_judge.c"
#include "../litmus/litmus_form.c"

static struct litmus_test test = {
	.contended = 8, .sender_barrier = true, .serializer = LITMUS_IRET};
static struct litmus_counts result;
static struct litmus_evidence evidence;
static const struct litmus_witness witness = {3, 0, 17, 0x4b, 0x4a, 0x4b, 812, -34};

static void body_print(void)
{
	struct litmus_judgement j = litmus_judge(&evidence);

	report_plan(1);
	report_test_start("litmus");
	litmus_print(&test, &result, 1234567890, 78, "core", &evidence,
		     litmus_is_subject(&test) ? &j : NULL);
	litmus_print_verdict(&test, &evidence, 78, &j, &witness);
	litmus_print_untestable(&test, "one CPU");
	report_pass();
}

static void body_verdict(void)
{
	struct litmus_judgement j = litmus_judge(&evidence);

	one("litmus", NULL);
	litmus_print_verdict(&test, &evidence, 78, &j, &witness);
}

static void printing(void)
{
	result = (struct litmus_counts){.count = {{0, 40, 0}, {50, 9, 1}}};
	evidence = (struct litmus_evidence){
		.row = {100, 0, 24, 0},
		.controls = {{1000, 300, 24, 24}, {100, 21, 24, 24}, {100, 30, 24, 24}},
		.met = true,
		.ns = 4000000000};
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
	       "rounds=100 positive=0 negative=100 expected=21 bound_ppm=29960.000 latency_cycles=78 "
	       "turns=24 fired=0 met=yes relation=core verdict=sound\n"
	       "# here SB.F.byte.warm.k8+mb+iret: sound here: 0 of 100; 21 expected by a mere delay in "
	       "its place (21 of 100); its rate is below 29960.000 ppm at 95 %\n"
	       "# here SB.F.byte.warm.k8+mb+iret: not testable here: one CPU\n"
	       "ok 1 litmus\n# verdict PASS pass=1 fail=0 error=0 skip=0\n");
	test.pattern = LITMUS_MP;
	test.serializer = LITMUS_NONE;
	evidence.row = (struct litmus_tally){100, 51, 24, 12};
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
	       "sender_barrier=on rounds=100 positive=51 negative=49 expected=0 bound_ppm=0.000 "
	       "latency_cycles=78 turns=24 fired=12 met=yes relation=core verdict=control\n"
	       "# here MP.F.page.warm.same.k8+mb+po: broken here: S=1 and not all new: 51 of 100, in 12 "
	       "of 24 turns\n"
	       "# witness MP.F.page.warm.same.k8+mb+po: turn 3, victim 0, site 17: S=1, got 0x4b where "
	       "0x4a stood and 0x4b came; lead -34, period 812 cycles\n"
	       "# here MP.F.page.warm.same.k8+mb+po: not testable here: one CPU\n"
	       "ok 1 litmus\n# verdict PASS pass=1 fail=0 error=0 skip=0\n");
	test = (struct litmus_test){.sender_barrier = true};
}

/* One verdict after another, each by the one thing that is changed. */
static void lacking(void)
{
	static const char *const lines[] = {
		"0 of 100; 10 expected by nothing in place of the instruction (100 of 1000), 20 needed\n"
		"# here SB.F.byte.warm.k8+mb+iret: some 5 s more of this row would do\n",
		"0 of 100, and none of 100 either with a mere delay of 78 cycles: order and delay are "
		"not told apart\n",
		"0 of 100, but not all of its controls ran\n",
		"0 of 100, but the two never met: S=0 with new and S=1 with old were not both seen of "
		"each victim\n",
		"3 of 100, in one turn of 24: not repeated\n",
		"old text was executed 7 times after a meeting and a serialising instruction: this "
		"machine keeps it\n",
	};
	char want[600];
	unsigned int i;

	test = (struct litmus_test){
		.contended = 8, .sender_barrier = true, .serializer = LITMUS_IRET};
	evidence.row = (struct litmus_tally){100, 0, 24, 0};
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		if (i == 0)
			evidence.controls[LITMUS_NOTHING].positive = 100;
		else if (i == 1)
			evidence.controls[LITMUS_DELAYED].positive = 0;
		else if (i == 2)
			evidence.controls[LITMUS_SENDER].rounds = 0;
		else if (i == 3)
			evidence.met = false;
		else if (i == 4)
			evidence.row.positive = 3, evidence.row.fired = 1;
		else
			evidence.lingered = 7;
		run(body_verdict);
		snprintf(want, sizeof(want),
			 "# here SB.F.byte.warm.k8+mb+iret: not testable here: %s", lines[i]);
		if (!ok(strstr(out, want) != NULL, "says what is lacking, %u", i))
			printf("# %s\n", out);
	}
}

static void naming(void)
{
	char name[LITMUS_NAME_MAX];

	test = (struct litmus_test){
		.sender_barrier = true, .serializer = LITMUS_IRET, .matched = true};
	litmus_name(name, sizeof(name), &test);
	is(name, "SB.F.byte.warm.k0+mb+delay-iret", "a latency-matched control");
	test.serializer = LITMUS_NONE;
	test.trial = 4;
	litmus_name(name, sizeof(name), &test);
	is(name, "SB.F.byte.warm.k0+mb+delay-trial-delay500", "that of a false serialiser");
	test.matched = test.sender_barrier = false;
	litmus_name(name, sizeof(name), &test);
	is(name, "SB.F.byte.warm.k0+po+trial-delay500", "its sender's control");
}

static void forbidding(void)
{
	test = (struct litmus_test){.sender_barrier = true, .serializer = LITMUS_CPUID};
	ok(litmus_forbidden(&test), "forbidden: barrier and serialising instruction");
	test.sender_barrier = false;
	ok(!litmus_forbidden(&test), "allowed: no barrier");
	test.pattern = LITMUS_MP;
	ok(litmus_forbidden(&test), "forbidden: the stores of message passing keep their order");
	test.serializer = LITMUS_MFENCE;
	ok(!litmus_forbidden(&test), "allowed: what is not in the list");
	test = (struct litmus_test){.sender_barrier = true, .serializer = LITMUS_LFENCE};
	ok(!litmus_forbidden(&test), "allowed: the victim's control");
	test.serializer = LITMUS_IRET;
	ok(litmus_is_subject(&test), "judged: what serialises");
	test.matched = true;
	ok(!litmus_forbidden(&test) && !litmus_is_subject(&test), "nor is a delay in its place");
	test.matched = false;
	test.trial = 1;
	ok(!litmus_forbidden(&test) && !litmus_is_subject(&test), "nor what is on trial");
}

int main(void)
{
	printing();
	lacking();
	naming();
	forbidding();
	return done_testing();
}
