/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a row's counts are worth (docs/litmus.md): the kernel's rule and the program's. Pure.
 *
 * A row of zeros is "sound here" only where its own controls, the same shape in the same run with one
 * thing taken away, predict that a row which does nothing would have been seen LITMUS_EXPECTED_MIN
 * times. The weakest of them decides.
 */
#ifndef TESTS_LITMUS_JUDGE_H
#define TESTS_LITMUS_JUDGE_H

#include <kernel/lib/types.h>

/* Positives that must have been expected before none of them means anything: P(0) is e^-20 then. */
#define LITMUS_EXPECTED_MIN 20

/* A positive is a witness once it was seen in so many turns. */
#define LITMUS_FIRED_MIN 2

enum litmus_control {
	LITMUS_NOTHING, /* the barrier, and a victim that serialises nothing */
	LITMUS_DELAYED, /* the barrier, and a victim that waits as long as this row's takes */
	LITMUS_SENDER,	/* no barrier, and this row's victim; message passing has none */
	LITMUS_NR_CONTROLS
};

struct litmus_tally {
	u64 rounds, positive;
	unsigned int turns, fired; /* in how many turns at least one positive was seen */
};

struct litmus_evidence {
	struct litmus_tally row, controls[LITMUS_NR_CONTROLS];
	bool no_sender; /* LITMUS_SENDER does not apply */
	bool met;	/* each victim was seen early and late: the race was one */
	u64 lingered;	/* old text executed after a meeting and a serialising instruction */
	u64 ns;		/* that the row ran */
};

enum litmus_here {
	LITMUS_SOUND_HERE,
	LITMUS_BROKEN_HERE,
	LITMUS_NOT_TESTABLE_HERE,
};

/* What "not testable here" lacks. */
enum litmus_lack {
	LITMUS_LACKS_NOTHING,
	LITMUS_LACKS_MACHINE,	 /* this machine keeps overwritten text: an emulator does */
	LITMUS_LACKS_REPETITION, /* seen, but in one turn only */
	LITMUS_LACKS_MEETING,
	LITMUS_LACKS_CONTROL,	 /* one did not run */
	LITMUS_LACKS_DIFFERENCE, /* a mere delay makes the outcome vanish as well */
	LITMUS_LACKS_RATE,	 /* the weakest control fired too rarely */
};

struct litmus_judgement {
	enum litmus_here here;
	enum litmus_lack lack;
	enum litmus_control weakest;
	u64 expected;  /* positives that the weakest control predicts for the row's rounds */
	u64 bound_ppb; /* of the row's rate, at 95 %, in 10^-9 */
	u64 more_s;    /* LITMUS_LACKS_RATE: seconds of this row still needed; 0: no telling */
};

struct litmus_judgement litmus_judge(const struct litmus_evidence *evidence);

#endif
