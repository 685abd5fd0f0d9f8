// SPDX-License-Identifier: BSD-2-Clause
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <arch/x86_64/asm.h>
#include <kernel/report.h>
#include <tests/silicon/pair.h>

#define MEET_BOUND_NS 10000000000ull
#define MEET_SPINS    4000 /* on an idle machine nobody is later than this */
#define MEET_SLEEP_NS \
	20000 /* on a busy one the CPU is better left to those who hold the other up */

static struct {
	u32 count;
} __aligned(128) arrived[2];

static pthread_t thread;
static void (*job)(void *arg);
static void *job_arg;

u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void lost(enum pair_role me)
{
	report_error("the %s waited 10 s for the other CPU",
		     me == PAIR_SENDER ? "sender" : "victim");
	exit(report_verdict());
}

void pair_meet(enum pair_role me)
{
	u32 mine = arrived[me].count + 1;
	unsigned int spins = 0;
	u64 deadline = 0;

	smp_store_release(&arrived[me].count, mine);
	smp_mb(); /* pairs with itself on the other CPU: neither goes on with old stores buffered */
	while ((s32)(smp_load_acquire(&arrived[!me].count) - mine) < 0) {
		cpu_relax();
		if (++spins < MEET_SPINS)
			continue;
		nanosleep(&(struct timespec){.tv_nsec = MEET_SLEEP_NS}, NULL);
		if (!deadline)
			deadline = now_ns() + MEET_BOUND_NS;
		else if (now_ns() > deadline)
			lost(me);
	}
}

/* Parks between jobs without a bound: the sender may have nothing to do for it. */
static void *victim_thread(void *unused)
{
	prctl(PR_SET_TIMERSLACK, 1);
	for (;;) {
		u32 next = arrived[PAIR_VICTIM].count + 1;

		while ((s32)(smp_load_acquire(&arrived[PAIR_SENDER].count) - next) < 0)
			nanosleep(&(struct timespec){.tv_nsec = MEET_SLEEP_NS}, NULL);
		pair_meet(PAIR_VICTIM);
		if (!job)
			return NULL;
		job(job_arg);
		pair_meet(PAIR_VICTIM);
	}
}

void pair_run(void (*sender)(void *arg), void (*victim)(void *arg), void *arg)
{
	job = victim;
	job_arg = arg;
	pair_meet(PAIR_SENDER);
	sender(arg);
	pair_meet(PAIR_SENDER);
}

const char *pair_start(unsigned int sender, unsigned int victim)
{
	const char *failed = NULL;
	pthread_attr_t attr;
	cpu_set_t set;

	prctl(PR_SET_TIMERSLACK, 1);
	pthread_attr_init(&attr);
	CPU_ZERO(&set);
	CPU_SET(victim, &set);
	/* Before it runs: under a real-time policy it would never get a CPU shared with us. */
	if (pthread_attr_setaffinity_np(&attr, sizeof(set), &set) ||
	    pthread_create(&thread, &attr, victim_thread, NULL))
		failed = "the victim's thread could not be started on its CPU";
	pthread_attr_destroy(&attr);
	CPU_ZERO(&set);
	CPU_SET(sender, &set);
	if (!failed && sched_setaffinity(0, sizeof(set), &set))
		failed = "the sender could not be moved to its CPU";
	return failed;
}

void pair_stop(void)
{
	job = NULL;
	pair_meet(PAIR_SENDER);
	pthread_join(thread, NULL);
}
