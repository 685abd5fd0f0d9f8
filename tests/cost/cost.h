/* SPDX-License-Identifier: BSD-2-Clause */
/* What single operations cost: each is measured a little in every round, so that all see the same. */
#ifndef TESTS_COST_H
#define TESTS_COST_H

#include <arch/x86_64/asm.h>
#include <kernel/lib/types.h>

struct cost_op {
	const char *name;
	const char *base;  /* the op that its figure is a multiple of */
	const char *empty; /* the op that is the empty loop around this one; NULL: COST_NOTHING */
	/* Why it cannot be measured here (a literal), or NULL. */
	const char *(*missing)(int arg);
	/* Puts @n samples, in cycles, to @samples. CPU 0, IRQs on, all other CPUs idle. */
	void (*measure)(int arg, u64 *samples, unsigned int n);
	int arg; /* for both */
	unsigned int per_round;
};

#define COST_PER_ROUND	      32 /* at most */
/* Where two CPUs meet, an emulator's host may have to run one after the other. */
#define COST_PER_ROUND_OF_TWO 4

#define COST_NOTHING "nothing"

/* Each ends with an op without a name. What there is depends on how many CPUs there are. */
const struct cost_op *cost_nothing(void);
const struct cost_op *cost_insns(void);
const struct cost_op *cost_syncs(void);
const struct cost_op *cost_ipis(void);
const struct cost_op *cost_pokes(void);
const struct cost_op *cost_partial(void);
const struct cost_op *cost_entries(void);

/* Puts back what measuring entries has changed; at the end of every round. Context as cost_op.measure. */
void cost_entries_done(void);

/* Has the first @count isolated CPUs wait in user mode; ends that. CPU 0, IRQs on. */
void cost_programs_start(unsigned int count);
void cost_programs_stop(void);

/* Sync IPIs that isolated CPUs have been sent since start. */
u64 cost_sent_to_isolated(void);

/*
 * How much more @op costs than @base: the median of the differences of all rounds, and between what
 * bounds it lies with 95 % (of order statistics: nothing is supposed of how they are spread).
 * False: one of the two was not measured, or too few rounds were. After the last round.
 */
struct cost_difference {
	s64 low, mid, high; /* cycles */
};
bool cost_difference(const char *op, const char *base, struct cost_difference *difference);

/* The median of @op in cycles, without its empty loop; 0: it was not measured. After the last round. */
u64 cost_median(const char *op);

/* Prints at which rate of entries what they pay is what IPIs would have cost. After the last round. */
void cost_break_even(void);

/* The clock, after all earlier instructions (SDM vol. 2, RDTSC). */
static inline u64 cost_clock(void)
{
	asm volatile("lfence" ::: "memory");
	return rdtsc();
}

static inline u64 cost_since(u64 start)
{
	return cost_clock() - start;
}

#endif
