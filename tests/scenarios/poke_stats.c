// SPDX-License-Identifier: BSD-2-Clause
/* What happened between two looks: pokes, IPIs by whom they hit, entries, events. */
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/vectors.h>
#include <kernel/isolation.h>
#include <kernel/machine.h>
#include <kernel/report.h>
#include <patching/sync_policy.h>
#include <patching/text_poke.h>
#include <tests/scenarios/poke_stats.h>

/* The fields that are sums, as one array of u64. */
#define SUMS (offsetof(struct poke_stats, poke_min_ns) / sizeof(u64))

static u64 other_irqs(unsigned int cpu)
{
	unsigned int vector;
	u64 sum = 0;

	for (vector = 0; vector < NR_VECTORS; vector++)
		if (vector != SYNC_CORE_VECTOR && vector != TLB_VECTOR && vector != QUIRK_VECTOR)
			sum += READ_ONCE(cpus[cpu].irq_count[vector]);
	return sum;
}

void poke_stats_add_cpu(struct poke_stats *stats, unsigned int cpu)
{
	struct sync_counts sync = sync_counts(cpu);

	if (housekeeping_cpu(cpu)) {
		stats->ipis_housekeeping += sync.sent;
	} else {
		stats->ipis_isolated += sync.sent;
		stats->irqs_other += other_irqs(cpu);
		stats->entries += READ_ONCE(cpu_entry_area(cpu)->entries);
	}
	stats->ipis_skipped += sync.skipped;
	stats->ipis_quirk += sync.quirk;
	stats->ipis_needless += READ_ONCE(cpus[cpu].sync_from_user);
	stats->nmi += READ_ONCE(cpus[cpu].nmi_count);
	stats->nmi_unknown += READ_ONCE(cpus[cpu].nmi_unknown);
	stats->int3_hits += READ_ONCE(cpus[cpu].int3_hits);
	stats->orphan_int3 += READ_ONCE(cpus[cpu].orphan_int3);
	stats->emulator_ghosts += READ_ONCE(cpus[cpu].emulator_ghosts);
}

void poke_stats_read(struct poke_stats *stats)
{
	struct text_poke_counts pokes = text_poke_counts();
	unsigned int cpu;

	*stats = (struct poke_stats){.pokes = pokes.batches, .sites = pokes.sites};
	for_each_online_cpu(cpu)
		poke_stats_add_cpu(stats, cpu);
}

void poke_stats_since(struct poke_stats *stats, const struct poke_stats *before)
{
	const u64 *b = (const u64 *)before;
	u64 *s = (u64 *)stats;
	unsigned int i;

	for (i = 0; i < SUMS; i++)
		s[i] -= b[i];
}

void poke_stats_add(struct poke_stats *stats, u64 ns)
{
	if (!stats->poke_min_ns || ns < stats->poke_min_ns)
		stats->poke_min_ns = ns;
	if (ns > stats->poke_max_ns)
		stats->poke_max_ns = ns;
	stats->poke_total_ns += ns;
}

bool poke_stats_told_in_user(const struct poke_stats *stats)
{
	return stats->ipis_isolated && !stats->nmi && !stats->irqs_other;
}

void poke_stats_check_ghosts(const struct poke_stats *stats)
{
	unsigned int cpu;

	if (!stats->emulator_ghosts)
		return;
	for_each_online_cpu(cpu)
		if (cpus[cpu].emulator_ghosts)
			report_info(
				"emulator_ghost cpu=%u site=%pS: an int3 trapped twice with the byte gone",
				cpu, (void *)cpus[cpu].ghost_ip);
	report_error("emulator_ghosts=%lu: this emulator keeps overwritten code; see quirk= and "
		     "--accel tcg,thread=single",
		     stats->emulator_ghosts);
}

bool times_are_the_hosts(void)
{
	return machine_accel() == ACCEL_TCG || machine_accel() == ACCEL_BOCHS;
}
