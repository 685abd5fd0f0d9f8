/* SPDX-License-Identifier: BSD-2-Clause */
/* Two threads, each on a CPU of its own: the caller is the sender, the other one the victim. */
#ifndef TESTS_SILICON_PAIR_H
#define TESTS_SILICON_PAIR_H

#include <kernel/lib/types.h>

enum pair_role {
	PAIR_SENDER,
	PAIR_VICTIM,
};

/* Pins the caller to CPU @sender and starts a thread on CPU @victim. NULL, or what went wrong. */
const char *pair_start(unsigned int sender, unsigned int victim);

/* Runs both, each on its CPU, and returns when both have returned. */
void pair_run(void (*sender)(void *arg), void (*victim)(void *arg), void *arg);

/*
 * Waits until the other one is here too; orders everything before it before everything after it,
 * on both. After 10 s it ends the program with an ERROR that names who waited.
 */
void pair_meet(enum pair_role me);

/* The victim's thread ends. */
void pair_stop(void);

/* Nanoseconds of a clock that only goes forward. */
u64 now_ns(void);

#endif
