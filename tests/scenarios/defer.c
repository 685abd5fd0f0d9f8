// SPDX-License-Identifier: BSD-2-Clause
/*
 * The main job: CPU 0 patches live kernel text while isolated CPUs run user programs, and counts
 * whom it had to interrupt.
 *
 * Rule: a processor may go on executing what it fetched before another one changed it, until it
 * serialises (SDM vol. 3, 9.1.3), and MOV to CR3 serialises (9.3). So a CPU in user mode need not
 * be told of a change to kernel text: the CR3 write of its next kernel entry will do, if nothing
 * before that write can be patched, and if the sender can see who is past it (S).
 *
 * Reached: isolated CPUs spin, or enter the kernel in every way there is and execute probe sites
 * there. CPU 0 patches some of the sites again and again, with three syncs a batch, and skips each
 * isolated CPU whose S is 0. By default once with IPIs to everyone, once with deferral.
 *
 * Broken: a CPU executes a site without credit for the last committed change (kind=epoch), gets an
 * old value or parts of two (stale, torn), meets an int3 of a batch that is over (orphan_int3), or
 * runs kernel text with S=0 (invariant). With user=spin any IPI to an isolated CPU is a failure, and
 * any other entry that this kernel caused and nobody planned: a tick that came back. What comes from
 * outside (an NMI of a monitor, a device's interrupt) is counted and named, and accuses nobody.
 *
 * Enough: the epoch is compared, not only the bytes, so a hole shows even where the processor or
 * the emulator happens to keep nothing old. Each sync of each isolated CPU is accounted for, told
 * or skipped, and a run that skipped nobody is no pass. Each entry is accounted for by its vector, and
 * each gap that a program saw by what entered the kernel meanwhile. What chance does not reach,
 * test=window forces.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pti.h>
#include <arch/x86_64/tsc.h>
#include <entry/entry.h>
#include <entry/protocol/protocol.h>
#include <kernel/config.h>
#include <kernel/isolation.h>
#include <kernel/job.h>
#include <kernel/memory.h>
#include <kernel/params.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <kernel/tick.h>
#include <tests/probes/probes.h>
#include <tests/probes/stale_control.h>
#include <tests/scenarios/interruptions.h>
#include <tests/scenarios/poke_stats.h>
#include <tests/scenarios/programs.h>
#include <tests/scenarios/scenario.h>

#define SITES_PER_ENTRY 4
#define SYNCS_PER_BATCH 3
#define PROGRESS_NS	1000000000ul

static u32 housekeeping_stop;

/* Other housekeeping CPUs meet what is patched at every tick; between, they leave the host alone. */
static void housekeeping_job(void *arg)
{
	while (!READ_ONCE(housekeeping_stop)) {
		probes_run_some(SITES_PER_ENTRY);
		safe_halt();
	}
}

static void progress(u64 elapsed_ns, const struct poke_stats *before)
{
	struct poke_stats now;

	poke_stats_read(&now);
	poke_stats_since(&now, before);
	report_progress(
		"t_s=%lu pokes=%lu entries=%lu ipis_isolated=%lu ipis_skipped=%lu violations=%lu",
		elapsed_ns / 1000000000, now.pokes, now.entries, now.ipis_isolated,
		now.ipis_skipped, report_violations());
}

/* Patches for @duration_ns; what was counted meanwhile goes to @stats. */
static void measure(struct poke_stats *stats, u64 duration_ns)
{
	u64 start = now_ns(), next = start + PROGRESS_NS, now = start, end = start + duration_ns,
	    done;
	struct poke_stats before, after;
	struct random_stream random;

	random_init(&random, config.seed, RANDOM_POKES, 0);
	poke_stats_read(&before);
	*stats = (struct poke_stats){};
	while (now < end) {
		scenario_poke_some(&random, 0);
		done = now_ns();
		poke_stats_add(stats, done - now);
		watchdog_touch();
		report_flush();
		now = now_ns();
		if (now >= next && end - now > PROGRESS_NS / 4) {
			progress(now - start, &before);
			next += PROGRESS_NS;
		}
	}
	poke_stats_read(&after);
	poke_stats_since(&after, &before);
	after.poke_min_ns = stats->poke_min_ns;
	after.poke_max_ns = stats->poke_max_ns;
	after.poke_total_ns = stats->poke_total_ns;
	*stats = after;
}

/* One row of the closing table. */
static struct row {
	const char *sync;
	struct poke_stats stats;
	u64 gap_max_ns;
	u32 isolated;
} rows[2];
static unsigned int nr_rows;

static const char *sync_name(const struct protocol *protocol)
{
	return protocol_defers(protocol) ? "deferred" : "ipi";
}

static void print_result(const struct poke_stats *s, const struct interruptions *in, u64 violations)
{
	const struct protocol *protocol = protocol_selected();
	const struct stale_control *stale = stale_control();

	report_result(
		NULL,
		"sync=%s protocol=%s user=%s cpus=%u isolated=%u pokes=%lu sites=%lu entries=%lu "
		"ipis_isolated=%lu ipis_housekeeping=%lu ipis_skipped=%lu ipis_needless=%lu "
		"nmi=%lu int3_hits=%lu violations=%lu orphan_int3=%lu emulator_ghosts=%lu "
		"ipis_quirk=%lu poke_min_ns=%lu poke_avg_ns=%lu poke_max_ns=%lu gap_max_ns=%lu "
		"oracles=%s stale_control=%lu/%lu free_pages=%lu interrupts=%lu ipi=%lu tick=%lu "
		"smi=%s foreign=%lu unplanned=%lu gaps=%lu gaps_ipi=%lu gaps_nmi=%lu gaps_tick=%lu "
		"gaps_entry=%lu gaps_smi=%lu gaps_outside=%lu gap_max_by=%s",
		sync_name(protocol), protocol->name, user_names[config.user], nr_cpus,
		nr_isolated(), s->pokes, s->sites, s->entries, s->ipis_isolated,
		s->ipis_housekeeping, s->ipis_skipped, s->ipis_needless, s->nmi, s->int3_hits,
		violations, s->orphan_int3, s->emulator_ghosts, s->ipis_quirk, s->poke_min_ns,
		s->pokes ? s->poke_total_ns / s->pokes : 0, s->poke_max_ns, in->gaps.max_ns,
		stale->stale ? "invariant,epoch,torn,stale" : "invariant,epoch,torn", stale->stale,
		stale->versions, free_pages_count(), in->interrupts, in->ipi, in->tick, in->smi,
		in->foreign, in->unplanned, in->nr_gaps, in->gaps.count[GAP_IPI],
		in->gaps.count[GAP_NMI], in->gaps.count[GAP_TICK], in->gaps.count[GAP_ENTRY],
		in->gaps_smi, in->gaps.count[GAP_OUTSIDE], gap_cause_name(in->gaps.max_by));
}

static void judge(const struct poke_stats *s)
{
	const struct protocol *protocol = protocol_selected();
	u64 syncs = s->pokes * SYNCS_PER_BATCH * nr_isolated();

	if (!s->pokes) {
		report_skip("no batch was finished in the time given; raise duration=");
		return;
	}
	if (s->ipis_isolated + s->ipis_skipped != syncs)
		report_fail("%lu syncs of isolated CPUs, %lu told or skipped", syncs,
			    s->ipis_isolated + s->ipis_skipped);
	if (protocol_defers(protocol) && config.user == USER_SPIN && poke_stats_told_in_user(s))
		report_fail("%lu sync IPIs hit CPUs that never left user mode", s->ipis_isolated);
	interruptions_judge(config.user == USER_SPIN);
	poke_stats_check_ghosts(s);
	if (protocol_defers(protocol) && !s->ipis_skipped)
		report_skip("no sync skipped an isolated CPU: nothing was deferred");
	else
		report_pass();
}

static void run_defer(int variant)
{
	const struct protocol *configured = protocol_selected();
	struct poke_stats stats;
	struct interruptions in;
	unsigned int cpu;
	u64 checked;

	if (variant >= 0)
		protocol_select(variant ? protocol_default() : protocol_baseline());
	if (!nr_isolated()) {
		report_skip(
			"no isolated CPU: there is nobody to defer for (--smp 2 or more, isolcpus=)");
		return;
	}
	if (!pti_enabled && protocol_defers(protocol_selected())) {
		report_skip(
			"pti=off: no kernel entry writes CR3, so nothing would serialise later");
		return;
	}
	probes_install();
	report_step("starting user programs");
	programs_start(config.user, PROGRAMS_ALL);
	housekeeping_stop = 0;
	for_each_online_cpu(cpu)
		if (cpu && housekeeping_cpu(cpu))
			job_start(cpu, housekeeping_job, NULL);

	report_step("patching");
	interruptions_start(config.user == USER_SPIN);
	measure(&stats, config.duration_ns);
	interruptions_end(&in);

	report_step("stopping user programs");
	WRITE_ONCE(housekeeping_stop, 1);
	programs_stop();
	interruptions_smis(&in);
	for_each_online_cpu(cpu)
		if (cpu && housekeeping_cpu(cpu))
			job_wait(cpu);

	report_step("final versions");
	checked = probes_check_final();
	print_result(&stats, &in, report_violations());
	report_info("defer: %lu executions on all CPUs afterwards, each the final version",
		    checked);
	if (protocol_defers(protocol_selected()) && !param_given(inject) && !report_violations())
		report_info(
			"defer: nothing was injected, so what hits the few instructions where an "
			"order shows came by chance; test=mutants goes to each of them");
	judge(&stats);
	if (variant >= 0) {
		rows[nr_rows++ % 2] = (struct row){sync_name(protocol_selected()), stats,
						   in.gaps.max_ns, nr_isolated()};
		protocol_select(configured);
	}
}

static void summarize(void)
{
	unsigned int i;

	if (nr_rows < 2)
		return;
	report_info("what deferral saves, %u isolated CPUs, user=%s:", rows[0].isolated,
		    user_names[config.user]);
	report_info("  %-10s %10s %14s %14s %12s %12s %12s", "sync", "pokes", "IPIs isolated",
		    "IPIs skipped", "poke avg ns", "entries", "gap max ns");
	if (times_are_the_hosts())
		report_info(
			"  (under an emulator count the IPIs; its times are the host scheduler's)");
	for (i = 0; i < 2; i++)
		report_info("  %-10s %10lu %14lu %14lu %12lu %12lu %12lu", rows[i].sync,
			    rows[i].stats.pokes, rows[i].stats.ipis_isolated,
			    rows[i].stats.ipis_skipped,
			    rows[i].stats.pokes ? rows[i].stats.poke_total_ns / rows[i].stats.pokes
						: 0,
			    rows[i].stats.entries, rows[i].gap_max_ns);
}

static bool sync_given(void)
{
	return param_given(sync) || param_given(protocol);
}

static const char *const variants[] = {"sync=ipi", "sync=deferred", NULL};

DEFINE_TEST(40, "defer",
	    "patches live text under user programs; nobody runs what it is not synced for",
	    "an isolated CPU, pti=on for deferral", run_defer, .timed = true, .variants = variants,
	    .variant_fixed = sync_given, .summarize = summarize, .judges_text = true);
