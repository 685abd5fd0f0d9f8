// SPDX-License-Identifier: BSD-2-Clause
/*
 * Whole pokes of 1, 10 and 100 sites, queueing included: with none, one, four ... all isolated CPUs in user
 * mode and left for later, the others told; and with all of them in user mode and told (`ipi`).
 */
#include <arch/x86_64/pgtable.h>
#include <entry/protocol/protocol.h>
#include <kernel/isolation.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <patching/sync_policy.h>
#include <patching/text_poke.h>
#include <patching/text_poke_arch.h>
#include <tests/cost/cost.h>

#define SITE_SIZE     8 /* of probe_array */
#define SYNCS_A_POKE  3
#define EVERYONE_TOLD 0x100
#define SKIPPED	      5 /* 0, 1, 4, 16, 64, ... */
#define OPS	      (3 * (SKIPPED + 2))

extern u8 probe_array[];

static const u8 site_counts[] = {1, 10, 100};

static u32 poke(unsigned int sites)
{
	static u8 version;
	u8 insn[5] = {0xb8, ++version}; /* mov eax, imm32 */
	unsigned int i;
	u32 cycles;
	u64 start;

	text_mutex_lock();
	start = cost_clock();
	for (i = 0; i < sites; i++)
		smp_text_poke_batch_add((unsigned long)probe_array + i * SITE_SIZE, insn,
					sizeof(insn), NULL);
	smp_text_poke_batch_finish();
	cycles = cost_since(start);
	text_mutex_unlock();
	return cycles;
}

/* @arg: index of the number of sites, and from bit 8 on how many CPUs are skipped, or EVERYONE_TOLD. */
static void measure(int arg, u32 *samples, unsigned int n)
{
	const struct protocol *configured = protocol_selected();
	unsigned int skipped = (unsigned int)arg >> 8, i;
	bool told = skipped == EVERYONE_TOLD;
	u64 sent, expected;

	protocol_select(told ? protocol_baseline() : protocol_default());
	cost_programs_start(told ? nr_isolated() : skipped);
	sent = cost_sent_to_isolated();
	for (i = 0; i < n; i++)
		samples[i] = poke(site_counts[arg & 0xff]);
	sent = cost_sent_to_isolated() - sent;
	cost_programs_stop();
	protocol_select(configured);
	skipped = told ? 0 : skipped;
	expected = (u64)n * SYNCS_A_POKE * (nr_isolated() - skipped);
	if (sent != expected)
		report_fail("%u pokes, %u of %u isolated CPUs left out: %lu IPIs to them, not %lu",
			    n, skipped, nr_isolated(), sent, expected);
}

static const char *missing(int arg)
{
	unsigned int skipped = (unsigned int)arg >> 8;

	if (skipped == EVERYONE_TOLD && !nr_isolated())
		return "no isolated CPU";
	if (skipped != EVERYONE_TOLD && skipped && !pti_enabled)
		return "pti=off: nothing is left for later";
	return NULL;
}

static struct cost_op ops[OPS + 1];
static char names[OPS][24];

static void add(unsigned int skipped, unsigned int *nr)
{
	static const char *const bases[] = {"poke-1-ipi", "poke-10-ipi", "poke-100-ipi"};
	unsigned int i, at;

	for (i = 0; i < ARRAY_SIZE(site_counts); i++) {
		at = (*nr)++;
		if (skipped == EVERYONE_TOLD)
			strscpy(names[at], bases[i], sizeof(names[at]));
		else
			scnprintf(names[at], sizeof(names[at]), "poke-%u-deferred-%u",
				  site_counts[i], skipped);
		ops[at] = (struct cost_op){
			.name = names[at],
			.base = bases[i],
			.missing = missing,
			.measure = measure,
			.arg = (int)(skipped << 8 | i),
			.per_round = COST_PER_ROUND_OF_TWO,
		};
	}
}

const struct cost_op *cost_pokes(void)
{
	unsigned int skipped, nr = 0, all = nr_isolated();

	memset(ops, 0, sizeof(ops));
	add(EVERYONE_TOLD, &nr);
	add(0, &nr);
	for (skipped = 1; skipped < all; skipped *= 4)
		add(skipped, &nr);
	if (all)
		add(all, &nr);
	return ops;
}
