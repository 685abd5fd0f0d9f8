// SPDX-License-Identifier: BSD-2-Clause
/* Every legal form of a CPU list, and the illegal ones by what is wrong with them. */
#include <tests/host/lib/tap.h>
#include "../../kernel/lib/printf.c"
#include "../../kernel/lib/parse.c"
#include "../../kernel/lib/cpulist.c"

/* @want: the list in its plainest form. */
static void good(const char *text, unsigned int nr_cpus, const char *want)
{
	char err[256] = "", got[1024];
	struct cpumask mask;

	if (!cpulist_parse(text, nr_cpus, &mask, err, sizeof(err))) {
		ok(0, "'%s' of %u: refused, %s", text, nr_cpus, err);
		return;
	}
	cpulist_format(got, sizeof(got), &mask);
	is(got, want, text);
}

/* @why: a piece of the explanation. */
static void bad(const char *text, unsigned int nr_cpus, const char *why)
{
	char err[256] = "";
	struct cpumask mask;
	bool parsed = cpulist_parse(text, nr_cpus, &mask, err, sizeof(err));

	ok(!parsed && strstr(err, why), "'%s' of %u is refused: %s", text, nr_cpus, err);
}

static void test_good(void)
{
	good("none", 4, "none");
	good("none", 1, "none");
	good("1", 2, "1");
	good("2-3", 4, "2-3");
	good("2-3,5", 8, "2-3,5");
	good("5,2-3", 8, "2-3,5");
	good("1,1,1", 4, "1");
	good("1-2,2-3", 4, "1-3");
	good("1-7:1/2", 8, "1,3,5,7");
	good("1-7:2/4", 8, "1-2,5-6");
	good("1-7:3/3", 8, "1-7");
	good("2-2:1/9", 8, "2");
	good("1-7:1/100", 8, "1");
	good("1-N", 8, "1-7");
	good("1-N:1/2", 8, "1,3,5,7");
	good("N", 4, "3");
	good("N-N", 4, "3");
	good("N-3", 4, "3");
	good("02-03", 4, "2-3");
	good("1-N", 255, "1-254");
	good("254", 255, "254");
	good("63-65,127-129", 255, "63-65,127-129");
}

static void test_bad(void)
{
	bad("", 4, "comma");
	bad(",", 4, "comma");
	bad("1,", 4, "comma");
	bad(",1", 4, "comma");
	bad("1,,2", 4, "comma");
	bad("0", 4, "CPU 0");
	bad("0-3", 4, "CPU 0");
	bad("2,0", 4, "CPU 0");
	bad("00", 4, "CPU 0");
	bad("0-N", 4, "CPU 0");
	bad("all", 4, "CPU 0");
	bad("4", 4, "exist, 1 to 3");
	bad("1-4", 4, "exist");
	bad("1-7:1/2", 4, "exist");
	bad("300", 255, "exist");
	bad("1-99999999999999999999", 4, "exist");
	bad("18446744073709551615", 4, "exist");
	bad("1", 1, "none");
	bad("1-N", 1, "none");
	bad("N", 1, "CPU 0");
	bad("3-2", 4, "smaller");
	bad("N-2", 4, "smaller");
	bad("1-3:0/2", 4, "USED");
	bad("1-3:3/2", 4, "USED");
	bad("1-3:1/0", 4, "USED");
	bad("1-3:0/0", 4, "USED");
	bad("1-3:", 4, "A-B");
	bad("1-3:1", 4, "A-B");
	bad("1-3:/2", 4, "A-B");
	bad("1-3:1/", 4, "A-B");
	bad("1-3:1/2/3", 4, "A-B");
	bad("1-3:N/N", 4, "A-B");
	bad("1:1/2", 4, "A-B");
	bad("1-", 4, "A-B");
	bad("-3", 4, "A-B");
	bad("-", 4, "A-B");
	bad("1-2-3", 4, "A-B");
	bad("0x1", 4, "A-B");
	bad("n", 4, "A-B");
	bad("one", 4, "A-B");
	bad("1 2", 4, "A-B");
	bad("nohz,1", 4, "A-B");
	bad("none,1", 4, "alone");
	bad("1,none", 4, "alone");
	bad("None", 4, "A-B");
}

int main(void)
{
	struct cpumask mask;
	unsigned int cpu, n = 0;
	char small[4];

	test_good();
	test_bad();
	cpumask_clear(&mask);
	cpumask_set_cpu(&mask, 1);
	cpumask_set_cpu(&mask, 64);
	cpumask_set_cpu(&mask, 254);
	cpumask_set_cpu(&mask, 255);
	cpumask_clear_cpu(&mask, 254);
	for_each_cpu(cpu, &mask)
		n += cpu;
	ok(n == 1 + 64 + 255 && cpumask_weight(&mask) == 3, "for_each_cpu and weight");
	ok(!cpumask_test_cpu(&mask, 256) && !cpumask_test_cpu(&mask, ~0u), "numbers out of range");
	ok(cpulist_format(small, sizeof(small), &mask) == 3 && !strcmp(small, "1,6"),
	   "format cuts");
	return done_testing();
}
