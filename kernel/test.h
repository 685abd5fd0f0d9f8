/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests: each is one file below tests/ and one DEFINE_TEST() line in it.
 *
 *	static void run(int variant) { ... report_pass(); }
 *	DEFINE_TEST(10, "name", "what it shows, in one sentence", "what it needs", run);
 */
#ifndef KERNEL_TEST_H
#define KERNEL_TEST_H

#include <kernel/lib/types.h>

struct test {
	const char *name;
	const char *summary;
	const char *needs;
	u32 order; /* in `all` and `default`; from TEST_EXTRA on not in `default` */
	void (*run)(int variant);

	/* Optional. Timed: lasts duration=. */
	bool timed;
	bool judges_text; /* its verdict says which text ran: an ERROR where old text runs on its own */
	/* In `default` the test runs once per variant, unless a word fixed it. */
	const char *const *variants; /* as in "sync=ipi"; NULL-terminated */
	bool (*variant_fixed)(void);
	bool (*kind_known)(const char *kind, size_t len); /* test=NAME:KIND */
	bool kind_optional;				  /* and test=NAME */
	void (*summarize)(void);			  /* after all tests */
};

#define TEST_EXTRA	   1000 /* in `all` */
#define TEST_ASKED	   2000 /* only by name */
#define TEST_AS_CONFIGURED (-1)
#define TEST_RUNS_MAX	   128 /* of one list, before protocol= and repeat= multiply them */

#define __DEFINE_TEST(id, ...)                              \
	static const struct test test_##id = {__VA_ARGS__}; \
	static const struct test *const test_at_##id __section(".tests") = &test_##id

#define DEFINE_TEST(_order, _name, _summary, _needs, _run, ...)                                   \
	__DEFINE_TEST(_run, .order = _order, .name = _name, .summary = _summary, .needs = _needs, \
		      .run = _run, ##__VA_ARGS__)

/* A name that is promised, and not built yet: nobody is to take it for a typing error. */
#define DEFINE_TEST_TO_COME(id) \
	static const char *const test_to_come_##id __section(".tests_to_come") = #id

/* Calls fn() at start-up, as soon as text can be patched and before any other CPU runs. */
#define DEFINE_EARLY_TEST(fn) \
	static void (*const early_test_##fn)(void) __section(".early_tests") = (fn)

/* Ends the run if two tests have one name or one order number: they would hide each other. Start-up. */
void tests_check(void);

/* Calls them all. Start-up. */
void tests_early(void);

/*
 * Turns test= into runs; the names were checked with the command line. Every test is run once in
 * each of @nr_settings settings: @select(i) makes the i-th effective and returns its name, NULL
 * where there is only one. False: that would be more runs than TEST_RUNS_MAX. Start-up, once.
 */
bool tests_resolve(unsigned int nr_settings, const char *(*select)(unsigned int index));

/* Every test that will run is a SKIP with this reason (a literal). Start-up. */
void tests_skip_all(const char *reason);

/* The same for the setting that was just selected; NULL: it can be tried. */
void tests_skip_setting(const char *reason);

/* Runs them; the report's plan included. */
void tests_run(void);

/* test=list: one line a test. */
void tests_list(void);

/* CPU 0's tick, once a second: no test is silent for long. */
void tests_second(void);

/* What follows NAME: in the test= item that is running, "" if nothing does. */
const char *test_kind(void);

/* How long the runs of timed tests will take together, nanoseconds. */
u64 tests_expected_ns(void);

/* What is left of that. Any context. */
u64 tests_left_ns(void);

/* Does test= have the item "NAME" or "NAME:KIND"? For an early test that must break start-up. */
bool test_requested(const char *item);

#endif
