/* SPDX-License-Identifier: BSD-2-Clause */
/* Self-tests: each group is one file selftest_*.c with its cases; selftest.c runs them. */
#ifndef TESTS_SELFTEST_H
#define TESTS_SELFTEST_H

#include <kernel/lib/types.h>
#include <patching/text_poke.h>

#define HURRY_HZ 4000 /* of the tick, where a case waits for it */

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

/*
 * Waits until an NMI that this CPU has sent to itself would have come: an IPI that it sends itself now
 * has, and waits, since IRQs are off.
 */
void selftest_let_nmi_come(void);

/* Pokes the first probe to its next version with @hook called at each step. Not under text_mutex. */
void selftest_poke_first(void (*hook)(enum text_poke_step step));

/* Inside a case: fail with a text unless @cond. */
#define CHECK(cond)                                 \
	do {                                        \
		if (!(cond))                        \
			return __FILE__ ": " #cond; \
	} while (0)

#endif
