/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a litmus test is named, judged and printed: litmus7's form after `# `, and the result line.
 * Compiles in the kernel and in a hosted program; prints by kernel/report.h.
 */
#ifndef TESTS_LITMUS_FORM_H
#define TESTS_LITMUS_FORM_H

#include <tests/litmus/litmus_shapes.h>

#define LITMUS_NAME_MAX 80

/* Controls must have fired this often before a zero beside them means anything. */
#define LITMUS_VICTIM_CONTROL_MIN 20
#define LITMUS_SENDER_CONTROL_MIN 1

/* `SB.F.byte.warm.k8+mb+iret`: shape, sender, victim. Returns the length. */
size_t litmus_name(char *buf, size_t size, const struct litmus_test *test);

/*
 * Is this a combination that must never fire: the barrier, and a serialising instruction? In MP the
 * sender's stores keep their order without it.
 */
bool litmus_forbidden(const struct litmus_test *test);

/* Rounds whose outcome is the one in question (not all that was executed was new), and the others. */
u64 litmus_positive(const struct litmus_test *test, const struct litmus_counts *counts);
u64 litmus_negative(const struct litmus_test *test, const struct litmus_counts *counts);

/* Prints the test in litmus7's form, then its result line. @ns: how long it ran. */
void litmus_print(const struct litmus_test *test, const struct litmus_counts *counts, u64 ns);

/* What stood beside a row in the same run: the same shape with one thing taken away. */
struct litmus_controls {
	u64 victim; /* positives with the barrier, and a victim that serialises nothing */
	u64 sender; /* positives without the barrier, and this row's victim; MP has none: ignored */
};

enum litmus_here {
	LITMUS_SOUND_HERE,
	LITMUS_BROKEN_HERE,
	LITMUS_NOT_TESTABLE_HERE,
};

/* What the counts say; a zero counts only beside controls that fired. */
enum litmus_here litmus_judge(const struct litmus_test *test, const struct litmus_counts *counts,
			      const struct litmus_controls *controls);

/* Counts one round: the victim got @got where @old stood and @new came; @s: what the sender read. */
static inline void litmus_count(struct litmus_counts *counts, bool s, u32 got, u32 old, u32 new)
{
	counts->count[s][got == new ? LITMUS_NEW : got == old ? LITMUS_OLD : LITMUS_TORN]++;
}

/* Adds @positive of @other, a row of @subject's shape, to @controls if it is one of its controls. */
void litmus_add_control(struct litmus_controls *controls, const struct litmus_test *subject,
			const struct litmus_test *other, u64 positive);

/*
 * Prints `# here NAME: sound here | broken here | not testable here: REASON`, with the numbers, and
 * returns the same. @untestable: why it cannot be judged whatever was counted (a feature is
 * missing, an emulator), or NULL; with it @counts and @controls may be NULL.
 */
enum litmus_here litmus_verdict(const struct litmus_test *test, const struct litmus_counts *counts,
				const struct litmus_controls *controls, const char *untestable);

#endif
