/* SPDX-License-Identifier: BSD-2-Clause */
/* What single operations cost: each is measured a little in every round, so that all see the same. */
#ifndef TESTS_COST_H
#define TESTS_COST_H

#include <arch/x86_64/asm.h>
#include <kernel/lib/types.h>

struct cost_op {
	const char *name;
	const char *base; /* the op that its figure is a multiple of */
	/* Why it cannot be measured here (a literal), or NULL. */
	const char *(*missing)(int arg);
	/* Puts @n samples, in cycles, to @samples. CPU 0, IRQs on, all other CPUs idle. */
	void (*measure)(int arg, u32 *samples, unsigned int n);
	int arg; /* for both */
	unsigned int per_round;
};

#define COST_PER_ROUND	      32 /* at most */
/* Where two CPUs meet, an emulator's host may have to run one after the other. */
#define COST_PER_ROUND_OF_TWO 4

/* Each ends with an op without a name. */
extern const struct cost_op cost_insns[], cost_syncs[], cost_entries[];

/* Puts back what measuring entries has changed; at the end of every round. Context as cost_op.measure. */
void cost_entries_done(void);

/* The clock, after all earlier instructions (SDM vol. 2, RDTSC). */
static inline u64 cost_clock(void)
{
	asm volatile("lfence" ::: "memory");
	return rdtsc();
}

static inline u32 cost_since(u64 start)
{
	u64 cycles = cost_clock() - start;

	return cycles < UINT32_MAX ? (u32)cycles : UINT32_MAX;
}

#endif
