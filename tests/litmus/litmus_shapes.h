/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The litmus tests of the open question, as names and what is known of them.
 *
 * SB.F: store buffering, with an instruction fetch in place of one load.
 *
 *	sender                    victim
 *	                          K contended stores
 *	text := new               S := 1
 *	[barrier]                 [serialiser]
 *	reads S                   executes text
 *
 * Rule: a load may pass an earlier store (SDM vol. 3, 9.2.3.4), and a fetch may have come long
 * before. A full barrier keeps the sender's load in its place; a serialising instruction drains the
 * victim's stores and throws away what it fetched (9.3). With both, a victim of which S=0 is read has stored
 * before the victim fetches.
 *
 * Reached: both begin a round at the same time by the TSC, give or take some cycles, and the
 * sender's lead is moved until it reads S just as it changes. The contended stores keep S:=1 in the
 * victim's store buffer meanwhile.
 *
 * Broken: the sender reads S=0, and the victim executes old text, be it in part (torn, where the
 * store crosses a line or a page).
 *
 * Enough: a zero counts only as far as the row's own controls say what should have been seen
 * instead (litmus_judge.h). It does not tell whether an instruction discards what was fetched or only
 * drains stores: that is what MP.F asks.
 *
 * SB.PTE: the same with a page-table entry for the text, and a page walk for the fetch.
 *
 * Rule: a translation stays in use until it is invalidated; which instruction does that is listed
 * (SDM vol. 3, 4.10.4.1), and not each serialising one does.
 *
 * Reached: as SB.F; "warm" has the old translation in the TLB, "cold" none. A control of a warm
 * row drops the translation before S:=1: it would see the old one for another reason otherwise.
 *
 * Broken: the sender reads S=0, and the victim reads through the old entry after an instruction
 * of that list.
 *
 * Enough: as SB.F. The instructions that are not in the list are rows as well, and must be seen to
 * leave the old translation in use.
 *
 * MP.F: message passing.
 *
 *	text := new               K contended stores
 *	[barrier]                 reads S
 *	S := 1                    [serialiser]
 *	                          executes text
 *
 * Rule: the sender's stores keep their order, the victim's load and its fetch need not. A
 * serialising instruction discards what was fetched too early; one that only drains the store
 * buffer does nothing here.
 *
 * Reached: as SB.F, with the sender's lead moved until the victim reads S just as it changes.
 *
 * Broken: the victim reads S=1 and executes old text, be it in part.
 *
 * Enough: as SB.F, without a sender's control. So far the victim's have never fired, and a row of
 * zeros says "not testable here" (docs/results.md).
 */
#ifndef TESTS_LITMUS_SHAPES_H
#define TESTS_LITMUS_SHAPES_H

#include <kernel/lib/types.h>
#include <tests/litmus/litmus_serializers.h>

enum litmus_role {
	LITMUS_CONTROL,	   /* orders nothing that matters: what shows that the shape can fire */
	LITMUS_QUESTION,   /* not in the SDM's list of serialising instructions; may still do */
	LITMUS_DROPS,	   /* nor is this, but it drops translations (SDM vol. 3, 4.10.4.1) */
	LITMUS_SERIALIZES, /* in that list (SDM vol. 3, 9.3) */
	LITMUS_FLUSHES,	   /* in both */
};

#define LITMUS_ID(id, name, role, need, insn) LITMUS_##id,
enum litmus_serializer {
	LITMUS_SERIALIZERS(LITMUS_ID, LITMUS_ID)
};
#undef LITMUS_ID

#define LITMUS_ID(id, text) LITMUS_NEEDS_##id,
enum litmus_need {
	LITMUS_NEEDS(LITMUS_ID)
};
#undef LITMUS_ID

/* No value of the enum, which names instructions only: switches are to be complete. */
#define LITMUS_ONE(id, name, role, need, insn) +1
#define LITMUS_NR_SERIALIZERS		       (0 LITMUS_SERIALIZERS(LITMUS_ONE, LITMUS_ONE))

struct litmus_serializer_info {
	const char *name;
	enum litmus_role role;
	enum litmus_need need;
	bool privileged;
};
extern const char *const litmus_need_texts[];
extern const struct litmus_serializer_info litmus_serializers[LITMUS_NR_SERIALIZERS];

enum litmus_pattern {
	LITMUS_SB,
	LITMUS_MP, /* text only */
};

/* What the sender changes: bytes of text, or a page-table entry. */
enum litmus_what {
	LITMUS_TEXT,
	LITMUS_PTE,
};

/* How the store lies; for a page-table entry always LITMUS_ALIGNED. */
enum litmus_store {
	LITMUS_BYTE,
	LITMUS_ALIGNED, /* four bytes, aligned */
	LITMUS_LINE,	/* four bytes across two cache lines */
	LITMUS_PAGE,	/* four bytes across two pages */
	LITMUS_NR_STORES
};

/* What the victim's instruction cache (or TLB) holds when the round begins. */
enum litmus_cache {
	LITMUS_WARM, /* executed since the last store */
	LITMUS_COLD,
};

/* Through which mapping the sender stores. */
enum litmus_alias {
	LITMUS_ALIAS,	  /* a second, writable one of the same page */
	LITMUS_SAME_PAGE, /* the one that is executed */
};

struct litmus_test {
	enum litmus_pattern pattern;
	enum litmus_what what;
	enum litmus_store store;
	enum litmus_cache cache;
	enum litmus_alias alias;
	unsigned int contended; /* K: stores to lines that the other CPU has just written */
	bool sender_barrier;
	bool write_end; /* it is text_write_end()'s CR3 write, the store text_write()'s (kernel, byte) */
	enum litmus_serializer serializer;
	/* The victim only waits as long as the serialiser, or the one on trial, takes here. */
	bool matched;
	/* Of litmus_trials[], from 1: what is called a serialiser and is none. 0: nothing on trial. */
	u8 trial;
};

/* What is put on trial: it must never be called sound. */
struct litmus_trial {
	const char *name;
	enum litmus_serializer executes;
	unsigned int delay; /* cycles, of LITMUS_DELAY */
};
#define LITMUS_NR_TRIALS 6
extern const struct litmus_trial litmus_trials[LITMUS_NR_TRIALS];

/* What the victim's execution gave. */
enum litmus_seen {
	LITMUS_OLD,
	LITMUS_NEW,
	LITMUS_TORN, /* neither: parts of both */
	LITMUS_NR_SEEN
};

/* One victim more than this would need more bits. */
#define LITMUS_VICTIMS 256

/* count[S as it was read, by the sender (SB) or the victim (MP)][what the victim saw] */
struct litmus_counts {
	u64 count[2][LITMUS_NR_SEEN];
};

#endif
