/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a litmus test is named, judged and printed: litmus7's form after `# `, and the result line.
 * Compiles in the kernel and in a hosted program; prints by kernel/report.h.
 */
#ifndef TESTS_LITMUS_FORM_H
#define TESTS_LITMUS_FORM_H

#include <tests/litmus/litmus_judge.h>
#include <tests/litmus/litmus_shapes.h>

#define LITMUS_NAME_MAX 80

/*
 * `SB.F.byte.warm.k8+mb+iret`: shape, sender, victim. The victim's part is `delay-iret` for the
 * latency-matched control of iret, `trial-...` for a false serialiser. Returns the length.
 */
size_t litmus_name(char *buf, size_t size, const struct litmus_test *test);

/*
 * Is this a combination that must never fire: the barrier, and a serialising instruction? In MP the
 * sender's stores keep their order without it.
 */
bool litmus_forbidden(const struct litmus_test *test);

/* Is this a row whose zero is a result, and not there for the sake of others? */
bool litmus_is_subject(const struct litmus_test *test);

/* Rounds whose outcome is the one in question (not all that was executed was new), and the others. */
u64 litmus_positive(const struct litmus_test *test, const struct litmus_counts *counts);
u64 litmus_negative(const struct litmus_test *test, const struct litmus_counts *counts);

/* The round that gave the first positive. */
struct litmus_witness {
	unsigned int turn, victim, site;
	u32 got, old, new;
	u64 period;
	s64 lead;
};

/*
 * Prints the test in litmus7's form, but for delays and what is on trial, then its result line. @ns: how
 * long it ran. @latency: cycles that the victim's instruction takes alone. @relation: of the two CPUs.
 * @evidence: of the row itself. @judgement: NULL for a row that is a control.
 */
void litmus_print(const struct litmus_test *test, const struct litmus_counts *counts, u64 ns,
		  unsigned int latency, const char *relation,
		  const struct litmus_evidence *evidence, const struct litmus_judgement *judgement);

/*
 * Prints `# here NAME: sound here | broken here | not testable here: REASON`, with the numbers, and
 * the witness of what is broken.
 */
void litmus_print_verdict(const struct litmus_test *test, const struct litmus_evidence *evidence,
			  unsigned int latency, const struct litmus_judgement *judgement,
			  const struct litmus_witness *witness);

/* The same line for what cannot be judged whatever is counted: @why (a feature is missing). */
void litmus_print_untestable(const struct litmus_test *test, const char *why);

#endif
