// SPDX-License-Identifier: BSD-2-Clause
/*
 * NMIs, IRQs and pokes at random, under programs that enter the kernel in every way.
 *
 * Rule: an NMI is taken between any two instructions, with interrupts off as well, unless another
 * one is being handled (SDM vol. 3, 7.7.1). So no two steps of an entry or exit are one: whatever
 * the protocol assumes there must hold for an NMI's own entry, body and exit as well.
 *
 * Reached: CPU 0 and an idle housekeeping CPU send NMIs and interrupts to random CPUs while CPU 0
 * patches every kind of site. Nothing is held open or forced. How often an NMI hit which gap is
 * counted and printed; under an emulator that takes interrupts between translation blocks most are
 * never hit (--accel tcg,one-insn-per-tb=on finds them).
 *
 * Broken: as in test=defer; the violation names the gap that was hit, if one was.
 *
 * Enough: it shares no code with the named points, so it finds what is wrong at places that nobody
 * thought of naming, given time. A gap without a hit says outcome=not-reached: silence there
 * claims nothing. test=window is the other half.
 */
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/vectors.h>
#include <entry/protocol/points.h>
#include <entry/protocol/protocol.h>
#include <kernel/config.h>
#include <kernel/isolation.h>
#include <kernel/job.h>
#include <kernel/nmi.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <tests/probes/probes.h>
#include <tests/scenarios/poke_stats.h>
#include <tests/scenarios/flips.h>
#include <tests/scenarios/programs.h>
#include <tests/scenarios/scenario.h>

#define LAST_STORM_POINT POINT_syscall_first_insn
#define PROGRESS_NS	 1000000000ul
#define EVENTS_A_POKE	 4
#define EVENTS_A_TICK	 48
#define SENDER_PAUSE_US	 60 /* at most: a target needs time between NMIs to get on */

/* One event, three of four an NMI, to any CPU at all or to an isolated one. */
static void send_event(struct random_stream *random, bool isolated)
{
	unsigned int cpu;

	do
		cpu = random_below(random, nr_cpus);
	while (isolated && !cpu_isolated[cpu]);
	if (random_below(random, 4))
		nmi_send(cpu, NMI_TEST);
	else
		apic_send_vector(cpus[cpu].apic_id, PROBE_VECTOR);
}

static void disturb(struct random_stream *random)
{
	unsigned int i;

	for (i = 0; i < EVENTS_A_POKE; i++)
		send_event(random, i % 2);
}

/*
 * Where another housekeeping CPU is idle, it sends some at each tick. Not all the time: the programs
 * and the patcher need the host's CPUs more.
 */
static u32 stop_sending;

static void send_events(void *arg)
{
	struct random_stream random;
	unsigned int i;

	random_init(&random, config.seed, RANDOM_EVENTS, smp_processor_id());
	while (!READ_ONCE(stop_sending)) {
		for (i = 0; i < EVENTS_A_TICK; i++) {
			send_event(&random, true);
			udelay(random_below(&random, SENDER_PAUSE_US));
		}
		safe_halt();
	}
}

/* Back with the CPU that sends, or 0 if CPU 0 has to do it all. */
static unsigned int start_sender(void)
{
	unsigned int cpu;

	WRITE_ONCE(stop_sending, 0);
	for_each_online_cpu(cpu) {
		if (!cpu || cpu_isolated[cpu])
			continue;
		job_start(cpu, send_events, NULL);
		return cpu;
	}
	return 0;
}

static void stop_sender(unsigned int cpu)
{
	WRITE_ONCE(stop_sending, 1);
	if (cpu)
		job_wait(cpu);
}

static void print_points(u64 entries)
{
	struct point_counts counts;
	unsigned int point;

	for (point = 0; point <= LAST_STORM_POINT; point++) {
		counts = scenario_point_counts(point);
		report_result(NULL,
			      "protocol=%s point=%s event=nmi entries=%lu injected=%lu hits=%lu "
			      "violations=%lu%s",
			      protocol_selected()->name, point_name(point), entries,
			      counts.injected, counts.hits, report_violations(),
			      counts.hits ? "" : " outcome=not-reached");
	}
}

void storm_run(const struct scenario *scenario, struct scenario_result *result)
{
	u64 now = now_ns(), start = now, next = now + PROGRESS_NS,
	    end = now + scenario->duration_ns;
	struct random_stream pokes, events;
	unsigned int sender;

	*result = (struct scenario_result){};
	scenario_counts(result);
	random_init(&pokes, config.seed, RANDOM_POKES, 0);
	random_init(&events, config.seed, RANDOM_EVENTS, 0);
	probes_install();
	scenario_clear_points(true);
	programs_start(USER_MIX, scenario->victims);
	sender = start_sender();
	do {
		disturb(&events);
		scenario_poke(&pokes);
		now = now_ns();
		if (now >= next && scenario->print) {
			report_progress("t_s=%lu violations=%lu", (now - start) / PROGRESS_NS,
					report_violations());
			next += PROGRESS_NS;
		}
	} while (now < end && !(scenario->found && scenario->found()));
	stop_sender(sender);
	programs_stop();
	flips_end();
	scenario_counts(result);
	result->untried = !result->nmis + !result->entries + !result->pokes;
}

static void run_storm(int variant)
{
	struct scenario scenario = {config.duration_ns, PROGRAMS_ALL, NULL, true};
	const char *impossible = scenario_impossible();
	struct scenario_result result;
	struct poke_stats before, s;

	if (impossible) {
		report_skip("%s", impossible);
		return;
	}
	report_step("storm");
	poke_stats_read(&before);
	storm_run(&scenario, &result);
	poke_stats_read(&s);
	poke_stats_since(&s, &before);
	report_step("final versions");
	probes_check_final();
	report_result(NULL,
		      "sync=%s protocol=%s user=mix cpus=%u isolated=%u pokes=%lu sites=%lu "
		      "entries=%lu ipis_isolated=%lu ipis_housekeeping=%lu ipis_skipped=%lu "
		      "ipis_needless=%lu nmi=%lu int3_hits=%lu violations=%lu orphan_int3=%lu "
		      "emulator_ghosts=%lu ipis_quirk=%lu nmi_unknown=%lu",
		      protocol_defers(protocol_selected()) ? "deferred" : "ipi",
		      protocol_selected()->name, nr_cpus, nr_isolated(), s.pokes, s.sites,
		      s.entries, s.ipis_isolated, s.ipis_housekeeping, s.ipis_skipped,
		      s.ipis_needless, s.nmi, s.int3_hits, report_violations(), s.orphan_int3,
		      s.emulator_ghosts, s.ipis_quirk, s.nmi_unknown);
	print_points(result.entries);
	poke_stats_check_ghosts(&s);
	if (!s.nmi || !s.entries)
		report_skip("nmi=%lu entries=%lu: too little happened; raise duration=", s.nmi,
			    s.entries);
	else
		report_pass();
}

DEFINE_TEST(TEST_EXTRA + 20, "storm",
	    "NMIs, IRQs and pokes at random under programs that enter in every way",
	    "an isolated CPU, pti=on", run_storm, .timed = true, .judges_text = true);
