// SPDX-License-Identifier: BSD-2-Clause
/* Streams repeat, differ from one another, and choose evenly. */
#include <tests/host/lib/tap.h>
#include "../../kernel/lib/random.c"

static u64 log_bound, log_choice, log_index;
static unsigned int logged;

static void log_one(const struct random_stream *r, u64 bound, u64 choice)
{
	logged++;
	log_bound = bound;
	log_choice = choice;
	log_index = r->index;
}

static bool differ(u64 seed, u32 purpose, u32 cpu)
{
	struct random_stream a, b;
	int same = 0;

	random_init(&a, 42, 1, 1);
	random_init(&b, seed, purpose, cpu);
	for (int i = 0; i < 100; i++)
		same += random_u64(&a) == random_u64(&b);
	return !same;
}

static void test_even(u64 n, unsigned int rounds)
{
	struct random_stream r;
	unsigned int counts[16] = {0};
	int bad = 0;

	random_init(&r, 7, 0, 0);
	for (unsigned int i = 0; i < rounds; i++) {
		u64 v = random_below(&r, n);

		if (v >= n)
			bad++;
		else
			counts[v]++;
	}
	for (u64 v = 0; v < n; v++)
		bad += counts[v] < rounds / n * 9 / 10 || counts[v] > rounds / n * 11 / 10;
	ok(!bad, "%llu outcomes are even", (unsigned long long)n);
}

int main(void)
{
	/* xoshiro256** from the state 1, 2, 3, 4: published reference values. */
	static const u64 reference[] = {11520, 0, 1509978240, 1215971899390074240};
	struct random_stream a = {.state = {1, 2, 3, 4}}, b;
	u64 state = 0, big = (1ull << 63) + 1, high = 0;
	int bad = 0;

	for (int i = 0; i < 4; i++)
		bad += random_u64(&a) != reference[i];
	ok(!bad, "xoshiro256** gives its reference values");
	ok(splitmix64(&state) == 0xe220a8397b1dcdaf, "splitmix64 gives its reference value");

	random_init(&a, 42, 1, 1);
	random_init(&b, 42, 1, 1);
	for (int i = 0; i < 1000; i++)
		bad += random_below(&a, 1 + i * 977) != random_below(&b, 1 + i * 977);
	ok(!bad && a.index == 1000, "the same seed gives the same choices");
	ok(differ(43, 1, 1) && differ(42, 2, 1) && differ(42, 1, 2) && differ(42, 2, 2) &&
		   differ(0, 0, 0),
	   "seed, purpose and CPU each change them");

	test_even(2, 20000);
	test_even(3, 30000);
	test_even(16, 160000);
	random_init(&a, 1, 0, 0);
	for (int i = 0; i < 1000; i++) {
		u64 v = random_below(&a, big);

		bad += v >= big;
		high += v >= big / 2;
	}
	ok(!bad && high > 400 && high < 600, "a bound that half of the draws miss");
	ok(random_below(&a, 1) == 0 && random_below(&a, 0) == 0, "nothing to choose");
	for (int i = 0; i < 1000; i++) {
		u64 v = random_between(&a, 5, 7);

		bad += v < 5 || v > 7;
	}
	ok(!bad && random_between(&a, 9, 9) == 9, "between");
	random_between(&a, 0, UINT64_MAX);

	random_init(&a, 1, 0, 0);
	random_log = log_one;
	random_below(&a, 10);
	random_below(&a, 1);
	b = a;
	ok(random_below(&a, big) == log_choice && log_bound == big && log_index == 3 && logged == 3,
	   "each choice is logged once, with its index");
	ok(random_below(&b, big) == log_choice, "and the log changes none");
	return done_testing();
}
