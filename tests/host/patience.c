// SPDX-License-Identifier: BSD-2-Clause
/* Waits of a machine that the host stops, as their own looks at the clock see it. */
#include <tests/host/lib/tap.h>
#include <kernel/lib/patience.h>

#define BOUND 5000
#define STOP  1000

static u64 now;

/* Looks every @step until it is over, or @most looks: how long that took on the clock. */
static u64 wait(struct patience *p, u64 step, unsigned int most)
{
	u64 start = now;

	while (most--) {
		if (patience_over(p, now, BOUND, STOP))
			return now - start;
		now += step;
	}
	return 0;
}

int main(void)
{
	struct patience p = {0};
	unsigned int looks;
	u64 took;

	now = 123456;
	took = wait(&p, 10, 10000);
	ok(took == BOUND + 10 && !p.stops, "a wait ends after its bound: %llu",
	   (unsigned long long)took);

	p = (struct patience){0};
	ok(!wait(&p, 10, 100), "a wait has begun");
	now += 20 * STOP;
	ok(!patience_over(&p, now, BOUND, STOP) && p.stop >= 20 * STOP,
	   "20 s of stop do not end it");
	took = wait(&p, 10, 10000);
	ok(took > BOUND - 1000 && took <= BOUND + 20 && !p.stop,
	   "what it may take after that: %llu", (unsigned long long)took);

	p = (struct patience){0};
	wait(&p, 10, BOUND / 10);
	now += 20 * STOP;
	patience_over(&p, now, BOUND, STOP);
	took = wait(&p, 10, 10000);
	ok(took > BOUND / 3, "stopped at its very end: those waited for get time, %llu",
	   (unsigned long long)took);

	p = (struct patience){0};
	took = wait(&p, STOP, 10000);
	ok(took == BOUND + STOP && !p.stops, "a slow host is no stop: %llu",
	   (unsigned long long)took);

	p = (struct patience){0};
	for (looks = 0; looks < 1000 && !patience_over(&p, now, BOUND, STOP); looks++)
		now += 2 * STOP;
	ok(looks < 1000 && p.stops == PATIENCE_STOPS_MAX,
	   "a clock that only jumps ends it: %u looks", looks);
	return done_testing();
}
