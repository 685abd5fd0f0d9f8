/* SPDX-License-Identifier: BSD-2-Clause */
/* What is right about what came of one event, and what the events of a sweep come to. */
#ifndef TESTS_LINUX_JUDGE_H
#define TESTS_LINUX_JUDGE_H

#include <kernel/lib/types.h>

/* What a CPU shows at one instruction. */
struct state {
	bool seen;
	u64 cr3;
	int signal; /* 0, 1; -1: this kernel has none */
};

/* Of one event: what the CPU showed, in the order of time. */
struct run {
	struct state found;   /* at the first instruction of the NMI's entry: as interrupted */
	struct state handler; /* where the handler first runs text that may change */
	struct state after;   /* back at the interrupted instruction */
	struct state end;     /* where the path first runs such text, or back in user mode */
	u64 raised_at, taken_at, taken_rsp;
	bool may_wait; /* the path handles an NMI: the next one may come later */
	bool way_in;
	const char *missed;    /* why the path or the event did not come by; NULL: it did */
	const char *broken_by; /* NULL: nothing */
	struct state witness;
};

struct sweep_count {
	size_t instructions; /* tried with every event */
	size_t of;	     /* instructions of the way in and of the way out */
	size_t events;	     /* raised */
	size_t deferred;     /* of these, taken elsewhere: NMIs wait while one is handled */
	size_t missed;	     /* the path or the event did not come by */
	size_t violations;
};

/* The user's page tables under page table isolation (PTI_USER_PGTABLE_BIT of Linux). */
bool judge_user_cr3(u64 cr3);

/* Each when its state has been filled in; the first that is wrong is what breaks the run. */
void judge_handler(struct run *r);
void judge_return(struct run *r);
void judge_end(struct run *r);

/* When the run is over: was the event taken where it was raised, or where it may wait? */
void judge_place(struct run *r);

/* The verdict of a row, in words. */
const char *judge_words(const struct run *r);

void judge_count(struct sweep_count *count, const struct run *r);
void judge_add(struct sweep_count *sum, const struct sweep_count *count);

/* The exit status: 0 pass, 1 a broken promise, 3 something was missed, or nothing was tried. */
int judge_status(const struct sweep_count *sum);

#endif
