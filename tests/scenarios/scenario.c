// SPDX-License-Identifier: BSD-2-Clause
/*
 * What window and storm share: points set and cleared, one poke that answers those who wait at a
 * point, and what was counted meanwhile.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/tsc.h>
#include <entry/protocol/points.h>
#include <entry/protocol/protocol.h>
#include <kernel/isolation.h>
#include <kernel/nmi.h>
#include <kernel/report.h>
#include <kernel/tick.h>
#include <tests/probes/probes.h>
#include <tests/scenarios/flips.h>
#include <tests/scenarios/poke_stats.h>
#include <tests/scenarios/scenario.h>

#define SITES_A_POKE 2
/* What a late entry runs first must have changed, or the poke it missed does not show. */
#define EVENT_SITES  (BIT(CTX_NMI) | BIT(CTX_SYSCALL))

static u32 waiting_before[NR_CPUS];
static u32 answered[NR_CPUS]; /* the wait that last had an answer */
static u64 pokes_inside;

struct poke_answers scenario_answers(void)
{
	struct poke_answers answers = {pokes_inside, 0};
	unsigned int cpu;

	for_each_online_cpu(cpu)
		answers.told += READ_ONCE(point_control(cpu)->told_waits);
	return answers;
}

const char *scenario_impossible(void)
{
	if (!nr_isolated())
		return "no isolated CPU: there is nobody to defer for (--smp 2 or more, isolcpus=)";
	if (!pti_enabled && protocol_defers(protocol_selected()))
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

void scenario_set_point(unsigned int point, bool wait, bool inject, enum point_event event,
			u32 inject2)
{
	struct point_control *control;
	unsigned int cpu, second;

	for_each_online_cpu(cpu) {
		if (!cpu_isolated[cpu])
			continue;
		control = point_control(cpu);
		for (second = 0; second < POINT_EVENTS; second++)
			WRITE_ONCE(control->inject2[second], inject2);
		if (wait) {
			control->delay[point] = POINT_DELAY_POKE;
			WRITE_ONCE(control->delayed, control->delayed | BIT(point));
		}
		if (inject)
			WRITE_ONCE(control->inject[event], control->inject[event] | BIT(point));
	}
}

void scenario_send_nmis(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (cpu_isolated[cpu])
			nmi_send(cpu, NMI_TEST);
}

/* Still the wait it was in before the poke, and its first poke. */
static void note_answer(unsigned int cpu)
{
	struct point_control *control = point_control(cpu);
	u32 waiting = READ_ONCE(control->waiting);

	if (!(waiting & 1) || waiting != waiting_before[cpu] || waiting == answered[cpu])
		return;
	atomic_add(&control->release, 1);
	answered[cpu] = waiting;
	pokes_inside++;
}

/* Without points nobody waits, and nothing of a skipped CPU is to be touched. */
void scenario_poke_some(struct random_stream *random, u32 contexts)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (points_enabled)
			waiting_before[cpu] = READ_ONCE(point_control(cpu)->waiting);
	flips_begin();
	probes_poke_some(random, contexts);
	flips_pause();
	for_each_online_cpu(cpu)
		if (points_enabled)
			note_answer(cpu);
}

void scenario_poke(struct random_stream *random)
{
	scenario_poke_some(random, EVENT_SITES);
	probes_run_some(SITES_A_POKE);
	watchdog_touch();
	report_flush();
}

void scenario_counts(struct scenario_result *result)
{
	struct poke_answers answers = scenario_answers();
	struct poke_stats stats;

	poke_stats_read(&stats);
	result->entries = stats.entries - result->entries;
	result->pokes = stats.pokes - result->pokes;
	result->skipped = stats.ipis_skipped - result->skipped;
	result->nmis = stats.nmi - result->nmis;
	result->violations = report_violations() - result->violations;
	result->answered = answers.inside + answers.told - result->answered;
	result->elapsed_ns = now_ns() - result->elapsed_ns;
}
