/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random choices that a seed repeats. Each user has a stream of its own, derived from the run's
 * seed, a purpose and a CPU, so what one CPU draws never depends on the timing of another. Not for
 * secrets. No lock: a stream belongs to one context; an NMI handler needs its own.
 */
#ifndef KERNEL_RANDOM_H
#define KERNEL_RANDOM_H

#include <kernel/lib/types.h>

struct random_stream {
	u64 state[4];
	u64 index; /* choices made so far; names a choice in the log */
	u32 purpose;
	u32 cpu;
};

/*
 * Called with each choice when set (debug=random): the stream after it (index counts from 1), the
 * bound (0: none) and what was chosen. Set before the first choice.
 */
extern void (*random_log)(const struct random_stream *r, u64 bound, u64 choice);

/* Start a stream. The same three numbers give the same choices for ever. */
void random_init(struct random_stream *r, u64 seed, u32 purpose, u32 cpu);

/* A choice among all 64-bit numbers. */
u64 random_u64(struct random_stream *r);

/* A choice among 0 ... @n - 1, each equally likely; @n = 0 is taken as 1. */
u64 random_below(struct random_stream *r, u64 n);

/* A choice among @low ... @high, both included; @low <= @high. */
u64 random_between(struct random_stream *r, u64 low, u64 high);

#endif
