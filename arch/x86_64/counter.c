// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/counter.h>

#define TRIES	       32
#define POLLS	       1000000
#define POLLS_STANDING 10000 /* looks without a change, after which a counter stands still */
#define BLUR	       64    /* a good window is so many times longer than its two looks */
#define LONGER_MAX     512   /* where looks are slow, so many times longer than was asked for */

/* Not inlined: its first call is slow, an emulator translates it and a processor fetches it. */
static noinline struct counter_look look_at(const struct counter *c, u64 (*tsc)(void))
{
	struct counter_look look;

	look.tsc = tsc();
	look.count = c->read();
	look.spread = tsc() - look.tsc;
	look.tsc += look.spread / 2;
	return look;
}

void counter_look(const struct counter *c, u64 (*tsc)(void), struct counter_looks *looks)
{
	if (!looks->nr)
		look_at(c, tsc);
	if (looks->nr < ARRAY_SIZE(looks->look))
		looks->look[looks->nr++] = look_at(c, tsc);
}

enum window_result {
	WINDOW_GOOD,
	WINDOW_BLURRED, /* an SMI or the host took this CPU in the middle of a look, or all are slow */
	WINDOW_DEAD	/* the counter stands still */
};

static enum window_result judge(const struct counter_window *w, const struct counter_look *first,
				const struct counter_look *last)
{
	if (first->spread + last->spread > w->cycles / BLUR) /* @counter.blurred */
		return WINDOW_BLURRED;
	return WINDOW_GOOD;
}

static enum window_result open_window(const struct counter *c, u64 (*tsc)(void), u64 counts,
				      u64 cycles, struct counter_window *w)
{
	struct counter_look first = look_at(c, tsc), last = first;
	unsigned int polls = POLLS, standing = 0;
	u64 before;

	w->counts = 0;
	do {
		before = last.count;
		last = look_at(c, tsc);
		standing = last.count == before ? standing + 1 : 0;
		if (standing == POLLS_STANDING || !--polls) /* @counter.standing */
			return WINDOW_DEAD;
		/* From look to look: a window may be longer than the counter's own round. */
		w->counts += (last.count - before) & c->mask; /* @counter.wrap */
		w->cycles = last.tsc - first.tsc;
	} while (w->counts < counts || w->cycles < cycles);
	return judge(w, &first, &last);
}

/* Between two looks of before; one that is too short is as good as a blurred one. */
static enum window_result past_window(const struct counter *c, const struct counter_look *look,
				      u64 counts, u64 cycles, struct counter_window *w)
{
	w->counts = (look[1].count - look[0].count) & c->mask; /* @counter.wrap-between */
	w->cycles = look[1].tsc - look[0].tsc;
	if (w->counts < counts || w->cycles < cycles) /* @counter.short */
		return WINDOW_BLURRED;
	return judge(w, &look[0], &look[1]);
}

static bool agree(const struct counter_window *a, const struct counter_window *b)
{
	unsigned __int128 x = (unsigned __int128)a->cycles * b->counts;
	unsigned __int128 y = (unsigned __int128)b->cycles * a->counts;

	return (x > y ? x - y : y - x) * 100 <= x;
}

/*
 * Two good windows in a row must agree: a counter that wrapped once too often in one, while the host
 * had this CPU, did not in the next.
 */
bool counter_measure(const struct counter *c, u64 (*tsc)(void), u64 counts, u64 cycles,
		     const struct counter_looks *before, struct counter_window *w)
{
	struct counter_window last = {0, 0};
	enum window_result result;
	unsigned int i, longer = 1;

	for (i = 0; before && i + 1 < before->nr; i++) {
		if (past_window(c, &before->look[i], counts, cycles, w) != WINDOW_GOOD)
			continue;
		if (last.counts && agree(&last, w)) /* @counter.agree-between */
			return true;
		last = *w;
	}
	look_at(c, tsc);
	for (i = 0; i < TRIES; i++) {
		result = open_window(c, tsc, counts * longer, cycles * longer, w);
		if (result == WINDOW_DEAD)
			return false;
		if (result == WINDOW_BLURRED) {
			/* Under a nested hypervisor a look may take a tenth of a millisecond. */
			if (longer < LONGER_MAX)
				longer *= 2; /* @counter.longer */
			continue;
		}
		if (last.counts && agree(&last, w)) /* @counter.agree */
			return true;
		last = *w;
	}
	return false;
}
