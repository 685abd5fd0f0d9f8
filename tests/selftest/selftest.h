/* SPDX-License-Identifier: BSD-2-Clause */
/* Self-tests: each group is one file selftest_*.c with its cases; selftest.c runs them. */
#ifndef TESTS_SELFTEST_H
#define TESTS_SELFTEST_H

#include <kernel/lib/types.h>

/* NULL: passed. SELFTEST_SKIP("why"): cannot be tried here. Anything else: what went wrong. */
typedef const char *(*selftest_fn)(void);

struct selftest {
	const char *name;
	selftest_fn run;
};

#define SELFTEST_SKIP(why) ("SKIP " why)
#define SELFTEST(_name, _run)                                                            \
	static const struct selftest selftest_##_run = {_name, _run};                    \
	static const struct selftest *const selftest_at_##_run __section(".selftests") = \
		&selftest_##_run

/* Inside a case: fail with a text unless @cond. */
#define CHECK(cond)                                 \
	do {                                        \
		if (!(cond))                        \
			return __FILE__ ": " #cond; \
	} while (0)

#endif
