// SPDX-License-Identifier: BSD-2-Clause
#include <tests/user/noise.h>

/* Among the longest, if it is one of them. */
static void keep_worst(struct user_gap *worst, const struct user_gap *gap)
{
	unsigned int i;

	if (gap->cycles <= worst[NOISE_WORST - 1].cycles)
		return;
	for (i = NOISE_WORST - 1; i && worst[i - 1].cycles < gap->cycles; i--)
		worst[i] = worst[i - 1];
	worst[i] = *gap;
}

/* The shortest that was seen is the program's own time: emulators differ by a factor of a hundred. */
u64 noise_away(struct user_noise *noise, const struct user_gap *gap)
{
	if (gap->cycles < noise->shortest)
		noise->shortest = gap->cycles;
	return gap->cycles - noise->shortest;
}

static void count(struct noise_histogram *histogram, u64 ns)
{
	u64 bin = noise_bin(ns);

	if (bin < NOISE_BINS)
		histogram->bins[bin]++;
	else
		histogram->over++;
}

void noise_note(struct user_noise *noise, const struct user_gap *gap)
{
	u64 ns = (u64)((unsigned __int128)gap->cycles * noise->ns_mult >> 32);

	if (gap->causes)
		noise->noise += noise_away(noise, gap);
	noise->entries += gap->entries; /* @noise.entries */
	count(&noise->all, ns);
	if (gap->entries)
		count(&noise->interrupted, ns);
	keep_worst(noise->worst, gap);
	noise->until = gap->at;
	WRITE_ONCE(noise->looks, noise->looks + 1); /* last: who waits for a look finds all of it */
}

void noise_forget(struct user_noise *noise)
{
	u64 ns_mult = noise->ns_mult, *word = (u64 *)noise;
	unsigned int i;

	for (i = 0; i < sizeof(*noise) / sizeof(u64); i++)
		WRITE_ONCE(word[i], 0); /* a loop: no memset() of the kernel's in user mode */
	noise->ns_mult = ns_mult;
}

void noise_begin(struct user_noise *noise, u64 now)
{
	noise->shortest = ~0ul;
	noise->since = now;
	noise->until = now;
}
