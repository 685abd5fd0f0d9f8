// SPDX-License-Identifier: BSD-2-Clause
/*
 * The int3 engine under fire: every CPU is in the kernel and executes the sites while CPU 0
 * patches them.
 *
 * Rule: changing an instruction that another processor may be executing gives undefined results
 * unless the others are kept away from it (SDM vol. 3, 9.1.3: cross-modifying code). The engine
 * does that with an int3 in the first byte, a sync, the other bytes, a sync, the first byte, a
 * sync; a handler emulates the new instruction for a CPU that meets the int3 meanwhile.
 *
 * Reached: all CPUs run the sites in a loop, inside a quadword and across quadwords, lines and
 * pages, as jumps, calls and moves. Interrupts and NMIs, which run sites of their own, hit every
 * CPU at random, and CPU 0 between any two steps of a batch. Everyone is told of everything: what
 * is tried here is patching itself, not deferral.
 *
 * Broken: a value that belongs to no version (torn), to one that is over (stale), an int3 that no
 * batch owns (orphan_int3), or a crash in what was executed by halves.
 *
 * Enough: all four bytes of a move's immediate are alike, so any mixture of two versions is a
 * value that no version has. A run without batches, emulated int3s or NMIs is no pass. Afterwards
 * each CPU executes each site once more, in each context, and gets the last version.
 */
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/vectors.h>
#include <entry/protocol/protocol.h>
#include <kernel/config.h>
#include <kernel/job.h>
#include <kernel/nmi.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <kernel/tick.h>
#include <patching/text_poke.h>
#include <tests/probes/probes.h>
#include <tests/scenarios/poke_stats.h>
#include <tests/scenarios/scenario.h>

#define PROGRESS_NS  1000000000ul
#define SITES_A_LOOP 8
#define CROWD	     16

static u32 stop;
static struct random_stream events;
static void (*points_hook)(enum text_poke_step step);

static void execute_job(void *arg)
{
	local_irq_enable();
	while (!READ_ONCE(stop)) {
		probes_run_context(CTX_SYSCALL);
		probes_run_some(SITES_A_LOOP);
		if (nr_cpus > CROWD)
			safe_halt(); /* until the next tick: a crowd must share few host cores */
	}
}

/* An NMI or an interrupt for some CPU, perhaps this one. */
static void disturb(void)
{
	unsigned int cpu = random_below(&events, nr_cpus);

	if (random_below(&events, 2))
		nmi_send(cpu, NMI_TEST);
	else
		apic_send_vector(cpus[cpu].apic_id, PROBE_VECTOR);
}

/* In the middle of a batch: CPU 0 itself meets the int3s too, in an NMI, an IRQ and plainly. */
static void poke_step(enum text_poke_step step)
{
	if (points_hook)
		points_hook(step);
	disturb();
	nmi_send(0, NMI_TEST);
	probes_run_some(2);
}

static void measure(struct poke_stats *stats)
{
	u64 start = now_ns(), now = start, next = start + PROGRESS_NS,
	    end = start + config.duration_ns;
	struct random_stream random;
	struct poke_stats before;

	random_init(&random, config.seed, RANDOM_POKES, 0);
	poke_stats_read(&before);
	while (now < end) {
		scenario_poke_some(&random, 0);
		disturb();
		watchdog_touch();
		report_flush();
		now = now_ns();
		if (now >= next && end - now > PROGRESS_NS / 4) {
			poke_stats_read(stats);
			poke_stats_since(stats, &before);
			report_progress("t_s=%lu pokes=%lu int3_hits=%lu nmi=%lu violations=%lu",
					(now - start) / 1000000000, stats->pokes, stats->int3_hits,
					stats->nmi, report_violations());
			next += PROGRESS_NS;
		}
	}
	poke_stats_read(stats);
	poke_stats_since(stats, &before);
}

static void run_poke(int variant)
{
	const struct protocol *configured = protocol_selected();
	struct poke_stats stats;
	u64 checked;
	unsigned int cpu;

	protocol_select(protocol_baseline());
	probes_install();
	random_init(&events, config.seed, RANDOM_EVENTS, 0);
	stop = 0;
	points_hook = text_poke_step_hook;
	text_poke_step_hook = poke_step;
	for_each_online_cpu(cpu)
		if (cpu)
			job_start(cpu, execute_job, NULL);

	report_step("patching");
	measure(&stats);

	report_step("stopping");
	WRITE_ONCE(stop, 1);
	text_poke_step_hook = points_hook;
	for_each_online_cpu(cpu)
		if (cpu)
			job_wait(cpu);
	report_step("final versions");
	checked = probes_check_final();
	protocol_select(configured);

	report_result(NULL,
		      "cpus=%u pokes=%lu sites=%lu nmi=%lu int3_hits=%lu violations=%lu "
		      "orphan_int3=%lu emulator_ghosts=%lu ipis_quirk=%lu checked=%lu",
		      nr_cpus, stats.pokes, stats.sites, stats.nmi, stats.int3_hits,
		      report_violations(), stats.orphan_int3, stats.emulator_ghosts,
		      stats.ipis_quirk, checked);
	poke_stats_check_ghosts(&stats);
	if (!stats.pokes || !stats.int3_hits || !stats.nmi)
		report_skip("pokes=%lu int3_hits=%lu nmi=%lu: too little happened; raise duration=",
			    stats.pokes, stats.int3_hits, stats.nmi);
	else
		report_pass();
}

DEFINE_TEST(30, "poke",
	    "patches text that every CPU executes in the kernel, IRQs and NMIs included", "nothing",
	    run_poke, .timed = true, .judges_text = true);
