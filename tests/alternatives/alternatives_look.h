/* SPDX-License-Identifier: BSD-2-Clause */
/* What readers of a location saw and did while it was written, by the way of writing. */
#ifndef TESTS_ALTERNATIVES_LOOK_H
#define TESTS_ALTERNATIVES_LOOK_H

#include <tests/alternatives/alternatives_cases.h>

#define LOOK_LEN 5 /* a mov of an immediate, aligned: one load reads it, and all of it executes */

/* Five ways of writing, from original to last variant and back. */
enum look_way {
	LOOK_OLD,    /* one write an entry, as the engine was before */
	LOOK_NEW,    /* one write a location */
	LOOK_BYTES,  /* that write with an NMI between its bytes: what is left to be seen */
	LOOK_INT3,   /* the text_poke engine: nothing half-written is executed */
	LOOK_PARKED, /* NMIs lead to text that does not change, and other CPUs wait there */
	LOOK_WAYS
};

enum look_reader {
	LOOK_BY_NMI, /* on the CPU that writes, like the next */
	LOOK_BY_IRQ,
	LOOK_BY_OTHERS, /* other CPUs, which only read */
	LOOK_READERS
};

struct sights {
	u64 reads, intermediate, torn, int3; /* the others are old or new */
	u64 executed, executed_intermediate, executed_torn;
	u64 mismatched; /* executed something else than was read */
	u64 witness;	/* the first intermediate bytes, else the first torn ones */
	bool witness_intermediate, witness_executed;
};

extern struct sights look_sights[LOOK_WAYS][LOOK_READERS];

/* Forgets what was seen; from now on this is the location. */
void look_at(struct alt_work *work);

/* How it is written from now on. Nothing may be in flight. */
void look_way(enum look_way way);

/* One look, and one execution. Any context of the CPU that writes; NMI-safe. */
void look_and_execute(enum look_reader reader);

/* One look. Any context, any CPU. */
void look_only(enum look_reader reader);

/* Prints what was seen, a line a way and reader, each with its witness. */
void look_report(void);

#endif
