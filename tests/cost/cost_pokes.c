// SPDX-License-Identifier: BSD-2-Clause
/*
 * Whole pokes of 1, 10 and 100 sites, queueing included, with all isolated CPUs in user mode: told (`ipi`), and
 * left for later. A kind of their own are those between, which go from one to the other: with none, one,
 * four ... of them in user mode and left for later, the others idle and told.
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
#define STEPS_MAX     5 /* 0, 1, 4, 16, 64 */

extern u8 probe_array[];

static const u8 site_counts[] = {1, 10, 100};
#define OPS_MAX (STEPS_MAX * ARRAY_SIZE(site_counts))

/* The ops of a kind, an op without a name last. */
struct table {
	struct cost_op ops[OPS_MAX + 1];
	char names[OPS_MAX][24];
	unsigned int nr;
};

static u64 poke(unsigned int sites)
{
	static u8 version;
	u8 insn[5] = {0xb8, ++version}; /* mov eax, imm32 */
	unsigned int i;
	u64 start, cycles;

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
static void measure(int arg, u64 *samples, unsigned int n)
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

static void add(struct table *table, unsigned int skipped)
{
	static const char *const bases[] = {"poke-1-ipi", "poke-10-ipi", "poke-100-ipi"};
	const size_t size = sizeof(table->names[0]);
	unsigned int i;
	char *name;

	for (i = 0; i < ARRAY_SIZE(site_counts); i++) {
		name = table->names[table->nr];
		if (skipped == EVERYONE_TOLD)
			strscpy(name, bases[i], size);
		else
			scnprintf(name, size, "poke-%u-deferred-%u", site_counts[i], skipped);
		table->ops[table->nr++] = (struct cost_op){
			.name = name,
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
	static struct table table;

	memset(&table, 0, sizeof(table));
	add(&table, EVERYONE_TOLD);
	add(&table, nr_isolated());
	return table.ops;
}

const struct cost_op *cost_partial(void)
{
	unsigned int skipped, all = nr_isolated();
	static struct table table;

	memset(&table, 0, sizeof(table));
	for (skipped = 0; skipped < all; skipped = skipped ? 4 * skipped : 1)
		add(&table, skipped);
	return table.ops;
}
