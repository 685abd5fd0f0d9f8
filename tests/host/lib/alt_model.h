/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random alternatives tables for the property test, and what they must become. Code is a list of
 * pieces with absolute targets, encoded for whatever address it is to run at: so the expected
 * bytes are never made by moving or correcting bytes, as the engine makes them.
 */
#ifndef TESTS_HOST_LIB_ALT_MODEL_H
#define TESTS_HOST_LIB_ALT_MODEL_H

#include <patching/alternative.h>

#define MAX_SITES	6
#define MAX_ENTRIES	4
#define MAX_PIECES	6
#define TEXT_SIZE	2048
#define SLOTS		16
#define NR_SHAPES	22
#define DIRECT_CALL_LEN 5 /* e8 rel32 */
#define FEATURES	(CPUFEATURE_WORDS * 32)

enum piece_kind {
	PLAIN,
	NOP,
	OUTWARD,
	INWARD,
	CALL_SLOT
};

struct shape {
	enum piece_kind kind;
	u8 len, rel_at, rel_size;
	u8 bytes[12];
};

struct piece {
	const struct shape *shape;
	unsigned long target; /* OUTWARD */
	u8 to;		      /* INWARD: the piece it jumps to; the number of pieces is the end */
};

struct code {
	struct piece pieces[MAX_PIECES];
	unsigned int count, len;
};

struct variant {
	struct code code;
	u16 feature, flags;
	u8 instrlen;
};

struct site {
	struct code original;
	struct variant variants[MAX_ENTRIES];
	unsigned int count, len;
	u8 *addr;
	unsigned long *slot; /* not NULL: the original is a call through it */
};

/* The world that a table lives in. Everything is within reach of everything. */
struct arena {
	u8 text[TEXT_SIZE];
	u8 repl[8192];
	unsigned long slots[SLOTS];
	struct alt_instr table[MAX_SITES * MAX_ENTRIES];
};

/* Of what code is made: the first is the NOP, the second the indirect call. */
extern const struct shape shapes[NR_SHAPES];

/* Where the next random number comes from. */
extern u64 random_state;

/* A random number below @below. */
unsigned int rnd(unsigned int below);

/* How many bytes the first @n pieces take. */
unsigned int piece_offset(const struct code *c, unsigned int n);

/* The code as it must be to run at @addr, into @out. */
void encode(const struct code *c, const u8 *addr, u8 *out);

/* The entry that wins: from the last backwards, the first that applies. NULL: none. */
const struct variant *expect_winner(const struct site *s, const bool *present);

/* What must stand at the location in the end, into @out. */
void expect_site(const struct site *s, const bool *present, u8 *out);

#endif
