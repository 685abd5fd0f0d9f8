// SPDX-License-Identifier: BSD-2-Clause
/* Syncs as the patcher makes them, with every isolated CPU in user mode: all told, and all left for later. */
#include <arch/x86_64/pgtable.h>
#include <entry/protocol/protocol.h>
#include <kernel/isolation.h>
#include <kernel/report.h>
#include <patching/sync_policy.h>
#include <patching/text_poke_arch.h>
#include <tests/cost/cost.h>

static void measure(int deferred, u64 *samples, unsigned int n)
{
	const struct protocol *configured = protocol_selected();
	unsigned int i;
	u64 start, sent;

	protocol_select(deferred ? protocol_default() : protocol_baseline());
	cost_programs_start(nr_isolated());
	sent = cost_sent_to_isolated();
	for (i = 0; i < n; i++) {
		text_mutex_lock();
		start = cost_clock();
		text_sync();
		samples[i] = cost_since(start);
		text_mutex_unlock();
	}
	sent = cost_sent_to_isolated() - sent;
	cost_programs_stop();
	protocol_select(configured);
	if (sent != (deferred ? 0 : (u64)n * nr_isolated()))
		report_fail("%u syncs, %s: %lu IPIs to %u isolated CPUs", n,
			    deferred ? "deferred" : "everyone told", sent, nr_isolated());
}

static const char *missing(int deferred)
{
	if (!nr_isolated())
		return "no isolated CPU";
	if (deferred && !pti_enabled)
		return "pti=off: nothing is left for later";
	return NULL;
}

const struct cost_op *cost_syncs(void)
{
	static const struct cost_op ops[] = {
		{"sync-everyone", "sync-deferred", NULL, missing, measure, false,
		 COST_PER_ROUND_OF_TWO},
		{"sync-deferred", "sync-deferred", NULL, missing, measure, true,
		 COST_PER_ROUND_OF_TWO},
		{},
	};

	return ops;
}
