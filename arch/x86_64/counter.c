// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/counter.h>

#define TRIES	       32
#define POLLS	       1000000
#define POLLS_STANDING 10000 /* looks without a change, after which a counter stands still */
#define BLUR	       64    /* a good window is so many times longer than its two looks */
#define LONGER_MAX     512   /* where looks are slow, so many times longer than was asked for */

/* A look at a counter lies between two at the TSC: @spread cycles apart, and @tsc is their middle. */
struct look {
	u64 count, tsc, spread;
};

static struct look look_at(const struct counter *c, u64 (*tsc)(void))
{
	struct look look;

	look.tsc = tsc();
	look.count = c->read();
	look.spread = tsc() - look.tsc;
	look.tsc += look.spread / 2;
	return look;
}

enum window_result {
	WINDOW_GOOD,
	WINDOW_BLURRED, /* an SMI or the host took this CPU in the middle of a look, or all are slow */
	WINDOW_DEAD	/* the counter stands still */
};

static enum window_result open_window(const struct counter *c, u64 (*tsc)(void), u64 counts,
				      u64 cycles, struct counter_window *w)
{
	struct look first = look_at(c, tsc), last = first;
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
	if (first.spread + last.spread > w->cycles / BLUR) /* @counter.blurred */
		return WINDOW_BLURRED;
	return WINDOW_GOOD;
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
		     struct counter_window *w)
{
	struct counter_window last = {0, 0};
	enum window_result result;
	unsigned int i, longer = 1;

	/* The first one is slow: an emulator translates it, a processor fetches it. */
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
