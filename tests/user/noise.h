/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long a program was away, each time: a histogram of the time between two looks at the clock, and
 * the longest. Lies behind struct user_page, written by the program alone.
 */
#ifndef TESTS_USER_NOISE_H
#define TESTS_USER_NOISE_H

#include <arch/x86_64/pgtable.h>
#include <entry/user_abi.h>

/* Bins of one eighth of a power of two, in ns; the last ends at a second or so. */
#define NOISE_SUB_SHIFT	 3
#define NOISE_SUBS	 (1u << NOISE_SUB_SHIFT)
#define NOISE_OVER_SHIFT 30
#define NOISE_BINS	 ((NOISE_OVER_SHIFT - NOISE_SUB_SHIFT + 1) * NOISE_SUBS)
#define NOISE_WORST	 5

/* One time between two looks. */
struct user_gap {
	u64 at;	    /* the clock when it was over */
	u64 cycles; /* its length */
	u32 entries;
	u16 causes; /* a bit for each enum gap_cause; 0: a look like any other */
	u16 vector; /* of the last entry */
};

struct user_noise {
	/* Written by the kernel before the start. */
	u64 ns_mult; /* ns of 2^32 cycles */

	/* Written by the program. */
	u64 since, until; /* the first look and the last one */
	u64 looks;
	u64 shortest; /* time between two looks that was seen, cycles: the program's own */
	u64 noise;    /* of all gaps together, less the program's own time, cycles */
	u64 entries;  /* that lie in a gap */
	struct user_gap worst[NOISE_WORST]; /* longest first */
	struct noise_histogram {
		u64 bins[NOISE_BINS];
		u64 over;
	} all, interrupted; /* of all times between two looks, and of those with an entry */
};

_Static_assert(sizeof(struct user_page) <= PAGE_SIZE &&
		       sizeof(struct user_noise) <= (USER_DATA_PAGES - 1) * PAGE_SIZE,
	       "both in what a program has");

/* The record behind @page, in either's view of it. */
static inline struct user_noise *user_noise(struct user_page *page)
{
	return (struct user_noise *)((char *)page + PAGE_SIZE);
}

/* The bin that @ns falls into; NOISE_BINS and more: none. */
static inline u64 noise_bin(u64 ns)
{
	unsigned int shift;

	if (ns < NOISE_SUBS)
		return ns;
	shift = 63 - NOISE_SUB_SHIFT - __builtin_clzl(ns);
	return shift * NOISE_SUBS + (ns >> shift);
}

/* The least ns of @bin. */
static inline u64 noise_bin_ns(u64 bin)
{
	if (bin < NOISE_SUBS)
		return bin;
	return (NOISE_SUBS + bin % NOISE_SUBS) << (bin / NOISE_SUBS - 1);
}

/* For the program: how much of @gap was not its own; one more look; all that was seen is gone; and
 * the first look.
 */
u64 noise_away(struct user_noise *noise, const struct user_gap *gap);
void noise_note(struct user_noise *noise, const struct user_gap *gap);
void noise_forget(struct user_noise *noise);
void noise_begin(struct user_noise *noise, u64 now);

#endif
