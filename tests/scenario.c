// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/tsc.h>
#include <entry/points.h>
#include <kernel/isolation.h>
#include <kernel/report.h>
#include <kernel/tick.h>
#include <tests/poke_stats.h>
#include <tests/probes.h>
#include <tests/scenario.h>

static u32 waiting_before[NR_CPUS];
static u64 pokes_inside;

u64 scenario_pokes_inside(void)
{
	return pokes_inside;
}

const char *scenario_impossible(void)
{
	if (!nr_isolated())
		return "no isolated CPU: there is nobody to defer for (--smp 2 or more, isolcpus=)";
	if (!pti_enabled)
		return "pti=off: no kernel entry writes CR3, so nothing would serialise later";
	return NULL;
}

struct point_counts scenario_point_counts(unsigned int point)
{
	struct point_counts counts = {};
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		counts.reached += READ_ONCE(point_control(cpu)->reached[point]);
		counts.injected += READ_ONCE(point_control(cpu)->injected[point]);
		counts.hits += READ_ONCE(point_control(cpu)->hits[point]);
	}
	return counts;
}

void scenario_clear_points(bool counts)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		points_clear(cpu, counts);
}

void scenario_poke(struct random_stream *random)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (cpu_isolated[cpu])
			waiting_before[cpu] = READ_ONCE(point_control(cpu)->waiting);
	probes_poke_some(random);
	for_each_online_cpu(cpu)
		if (cpu_isolated[cpu] && waiting_before[cpu] & 1 &&
		    READ_ONCE(point_control(cpu)->waiting) == waiting_before[cpu]) {
			__atomic_add_fetch(&point_control(cpu)->release, 1, __ATOMIC_RELAXED);
			pokes_inside++;
		}
	watchdog_touch();
	report_flush();
}

void scenario_counts(struct scenario_result *result)
{
	struct poke_stats stats;

	poke_stats_read(&stats);
	result->entries = stats.entries - result->entries;
	result->pokes = stats.pokes - result->pokes;
	result->skipped = stats.ipis_skipped - result->skipped;
	result->violations = report_violations() - result->violations;
	result->elapsed_ns = now_ns() - result->elapsed_ns;
}
