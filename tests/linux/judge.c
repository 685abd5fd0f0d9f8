// SPDX-License-Identifier: BSD-2-Clause
#include <tests/linux/judge.h>

#define USER_CR3_BIT (1ull << 12)

bool judge_user_cr3(u64 cr3)
{
	return cr3 & USER_CR3_BIT; /* @sweep.user-cr3 */
}

static void accuse(struct run *r, const struct state *s, const char *why)
{
	if (r->broken_by) /* @sweep.first */
		return;
	r->broken_by = why;
	r->witness = *s; /* @sweep.witness */
}

/* Oracle 1: text that may change runs on the kernel's page tables, with the signal set. */
static void judge_text(struct run *r, const struct state *s, const char *cr3, const char *signal)
{
	if (judge_user_cr3(s->cr3)) /* @sweep.text-cr3 */
		accuse(r, s, cr3);
	if (!s->signal) /* @sweep.text-signal */
		accuse(r, s, signal);
}

void judge_handler(struct run *r)
{
	if (r->handler.seen) /* @sweep.handler */
		judge_text(r, &r->handler, "handler-on-user-cr3", "handler-without-signal");
}

/* A signal that stays set where it was clear costs IPIs, not more. */
void judge_return(struct run *r)
{
	if (r->after.cr3 != r->found.cr3) /* @sweep.cr3-back */
		accuse(r, &r->after, "cr3-not-restored");
	if (r->after.signal < r->found.signal) /* @sweep.signal-back */
		accuse(r, &r->after, "signal-not-restored");
}

void judge_end(struct run *r)
{
	if (!r->end.seen) /* @sweep.end */
		return;
	if (r->way_in) /* @sweep.way-in */
		judge_text(r, &r->end, "kernel-on-user-cr3", "kernel-without-signal");
	else if (!judge_user_cr3(r->end.cr3)) /* @sweep.way-out */
		accuse(r, &r->end, "user-on-kernel-cr3");
}

void judge_place(struct run *r)
{
	if (!r->missed && !r->may_wait && r->taken_at != r->raised_at) /* @sweep.place */
		r->missed = "it was taken elsewhere";
}

const char *judge_words(const struct run *r)
{
	if (r->broken_by)
		return r->broken_by;
	if (r->missed) /* @sweep.words */
		return r->missed;
	if (r->taken_at != r->raised_at)
		return "ok, waited until";
	if (r->found.signal < 0) /* @sweep.neutral */
		return "ok, neutral";
	return r->after.signal > r->found.signal ? "ok, signal left set" : "ok";
}

void judge_count(struct sweep_count *count, const struct run *r)
{
	count->events++;
	count->deferred += !r->missed && r->taken_at != r->raised_at; /* @sweep.deferred */
	count->missed += r->missed != NULL;			      /* @sweep.missed */
	count->violations += r->broken_by != NULL;		      /* @sweep.violations */
}

void judge_add(struct sweep_count *sum, const struct sweep_count *count)
{
	sum->instructions += count->instructions;
	sum->of += count->of;
	sum->events += count->events;
	sum->deferred += count->deferred;
	sum->missed += count->missed;	      /* @sweep.sum-missed */
	sum->violations += count->violations; /* @sweep.sum-violations */
}

int judge_status(const struct sweep_count *sum)
{
	if (sum->violations) /* @sweep.status */
		return 1;
	return sum->missed || !sum->events ? 3 : 0; /* @sweep.nothing */
}
