// SPDX-License-Identifier: BSD-2-Clause
/* xoshiro256** (Blackman and Vigna), started by splitmix64 as its authors advise. */
#include <kernel/lib/random.h>

void (*random_log)(const struct random_stream *r, u64 bound, u64 choice);

static u64 splitmix64(u64 *state)
{
	u64 z = (*state += 0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static u64 rotate_left(u64 x, int n)
{
	return x << n | x >> (64 - n);
}

void random_init(struct random_stream *r, u64 seed, u32 purpose, u32 cpu)
{
	u64 mix;
	int i;

	/* Mixed one after the other: neighbours in any of the three are no neighbours after it. */
	mix = splitmix64(&seed) ^ purpose;
	mix = splitmix64(&mix) ^ cpu;
	for (i = 0; i < 4; i++)
		r->state[i] = splitmix64(&mix);
	r->index = 0;
	r->purpose = purpose;
	r->cpu = cpu;
}

/* Four zeros, from which it would never get away, cannot come out of splitmix64 in a row. */
static u64 draw(struct random_stream *r)
{
	u64 *s = r->state, result = rotate_left(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

/* A choice is one whatever it took to draw it: the index stays in step with the caller. */
static u64 chosen(struct random_stream *r, u64 bound, u64 choice)
{
	r->index++;
	if (random_log)
		random_log(r, bound, choice);
	return choice;
}

u64 random_u64(struct random_stream *r)
{
	return chosen(r, 0, draw(r));
}

/* Lemire's method: the high half of a product, drawn again where the low half would be unfair. */
static u64 draw_below(struct random_stream *r, u64 n)
{
	unsigned __int128 product = (unsigned __int128)draw(r) * n;

	if ((u64)product < n) {
		u64 unfair = -n % n;

		while ((u64)product < unfair)
			product = (unsigned __int128)draw(r) * n;
	}
	return (u64)(product >> 64);
}

u64 random_below(struct random_stream *r, u64 n)
{
	return chosen(r, n, n > 1 ? draw_below(r, n) : 0);
}

u64 random_between(struct random_stream *r, u64 low, u64 high)
{
	u64 n = high - low + 1; /* 0: all there are */

	return low + chosen(r, n, n ? draw_below(r, n) : draw(r));
}
