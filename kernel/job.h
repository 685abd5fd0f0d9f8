/* SPDX-License-Identifier: BSD-2-Clause */
/* Work for other CPUs: each runs one function at a time, given to it by CPU 0. */
#ifndef KERNEL_JOB_H
#define KERNEL_JOB_H

#include <kernel/lib/types.h>

/*
 * The end of a CPU's start-up: comes online, and then sleeps whenever there is no job. Never returns.
 * IRQs off, everything of this CPU set up.
 */
__noreturn void job_loop(void);

/* Starts fn(arg) on @cpu, an online CPU other than this one that is idle. */
void job_start(unsigned int cpu, void (*fn)(void *arg), void *arg);

/* True while @cpu still runs its last job. */
bool job_running(unsigned int cpu);

/* Waits, with the bound of every wait, until @cpu's last job has returned. */
void job_wait(unsigned int cpu);

/* Runs fn(arg) on every online CPU, this one included, at the same time; waits for all. */
void job_run_all(void (*fn)(void *arg), void *arg);

#endif
