// SPDX-License-Identifier: BSD-2-Clause
/*
 * Kernel mappings come, change and go while isolated CPUs use them whenever they are in the
 * kernel.
 *
 * Rule: a processor may use a translation that it has cached until it is invalidated, and no other
 * processor does that for it (SDM vol. 3, 4.10.5). MOV to CR3 drops all translations of its PCID
 * but the global ones, unless bit 63 is set (4.10.4.1). So a flush may be left to the CR3 write of
 * the next kernel entry, as text may; but a page table that was unlinked may still be walked until
 * then, and must not be used for anything else.
 *
 * Reached: housekeeping CPUs map, change and unmap ranges of several sizes, flush, and use the
 * page and the frame for something else at once. First all CPUs run freely; then the windows of
 * the entry and exit paths are held open until a flush has skipped the CPU that stands there.
 *
 * Broken: a read yields a generation that was flushed before the read began (stale_read), or a
 * page table was used again while somebody could still walk it (table_freed).
 *
 * Enough: each page holds its slot and generation, so a read through an old translation cannot
 * yield an allowed value. What this machine keeps over which CR3 write is measured first; where it
 * keeps nothing, the protocols that rely on that are SKIP.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/pti.h>
#include <arch/x86_64/tlb.h>
#include <arch/x86_64/tsc.h>
#include <entry/entry.h>
#include <entry/protocol/protocol.h>
#include <kernel/config.h>
#include <kernel/isolation.h>
#include <kernel/job.h>
#include <kernel/nmi.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <kernel/tick.h>
#include <patching/kernel/vmap.h>
#include <tests/probes/probes.h>
#include <tests/scenarios/poke_stats.h>
#include <tests/scenarios/programs.h>
#include <tests/scenarios/scenario.h>
#include <tests/tlb/tlb.h>

#define OWNERS_MAX     4
#define CHANGES_AN_NMI 16
#define STAY_SHARE     3 /* at most so much of its time, as 1/n, a CPU stays */
#define PATIENCE_NS    100000000ul
#define FREE_PART      3 /* so much of the time, as 1/n; the rest is for the windows */

static u32 owners_stop;
static unsigned int nr_owners;

/* Under another address space as well: there the same mappings have another PCID. */
static void read_under_init_mm(void)
{
	struct mm *mm = this_cpu()->mm;
	u64 flags = local_irq_save();

	mm_switch(NULL);
	tlb_read_all();
	mm_switch(mm);
	local_irq_restore(flags);
}

/*
 * Long enough for a change that tells us, however slow: a change that began and ended while we
 * were in the kernel is the one that the translations here must not outlive.
 */
static void stay(void)
{
	static u64 not_before[NR_CPUS];
	u64 start = rdtsc(), changes = tlb_reads().changes, now = start;
	unsigned int cpu = smp_processor_id();

	if (start < not_before[cpu])
		return;
	while (tlb_reads().changes < changes + 2 && now - start < ns_to_tsc(PATIENCE_NS)) {
		tlb_read_all();
		now = rdtsc();
	}
	not_before[cpu] = now + (STAY_SHARE - 1) * (now - start);
}

void tlb_visit(void)
{
	tlb_read_next();
	if (pcid_enabled)
		read_under_init_mm();
	tlb_read_all();
	stay();
}

static void read_in_nmi(struct pt_regs *regs)
{
	tlb_read_all();
}

static void read_in_debug(struct pt_regs *regs)
{
	regs->flags &= ~X86_EFLAGS_TF;
	tlb_read_all();
}

void tlb_hooks(bool on)
{
	entry_hooks.nmi = on ? read_in_nmi : NULL;
	entry_hooks.debug = on ? read_in_debug : NULL;
	programs_visit = on ? tlb_visit : NULL;
}

/* The job of other housekeeping CPUs. */
static void owner_job(void *arg)
{
	struct random_stream random;

	random_init(&random, config.seed, RANDOM_MAPPINGS, smp_processor_id());
	while (!READ_ONCE(owners_stop)) {
		tlb_change_some(&random, (u64)arg, nr_owners);
		tlb_read_next();
		tlb_read_all();
		safe_halt(); /* a tick's rest: on few host cores the others get on */
	}
}

static void start_owners(void)
{
	unsigned int cpu;

	WRITE_ONCE(owners_stop, 0);
	nr_owners = 1;
	for_each_online_cpu(cpu)
		if (cpu && housekeeping_cpu(cpu) && nr_owners < OWNERS_MAX)
			nr_owners++;
	nr_owners = 1;
	for_each_online_cpu(cpu)
		if (cpu && housekeeping_cpu(cpu) && nr_owners < OWNERS_MAX)
			job_start(cpu, owner_job, (void *)(u64)nr_owners++);
}

static void stop_owners(void)
{
	unsigned int cpu;

	WRITE_ONCE(owners_stop, 1);
	for_each_online_cpu(cpu)
		if (cpu && housekeeping_cpu(cpu))
			job_wait(cpu);
}

static void send_nmi(struct random_stream *random)
{
	unsigned int cpu = random_below(random, nr_cpus);

	if (cpu_isolated[cpu])
		nmi_send(cpu, NMI_TEST);
}

/* Everyone does as he likes. */
static void run_free(struct tlb_run *run, u64 duration_ns)
{
	u64 end, violations = report_violations();
	struct tlb_counts flushes_before;
	struct poke_stats before;
	struct random_stream random;
	unsigned int i = 0;

	random_init(&random, config.seed, RANDOM_MAPPINGS, 0);
	tlb_hooks(true);
	programs_start(run->user, PROGRAMS_ALL);
	start_owners();
	poke_stats_read(&before);
	flushes_before = tlb_counts();
	end = now_ns() + duration_ns;
	do {
		tlb_change_some(&random, 0, nr_owners);
		tlb_read_next();
		tlb_read_all();
		/* An NMI is an entry of its own: not where programs are to be left alone. */
		if (run->user != USER_SPIN && ++i % CHANGES_AN_NMI == 0)
			send_nmi(&random);
		watchdog_touch();
		report_flush();
	} while (now_ns() < end && !(run->stop_at_first && report_violations() != violations));
	stop_owners();
	run->flushes = tlb_counts();
	poke_stats_read(&run->stats);
	poke_stats_since(&run->stats, &before);
	run->flushes.flushes -= flushes_before.flushes;
	run->flushes.deferred -= flushes_before.deferred;
	run->flushes.whole -= flushes_before.whole;
	programs_stop();
	tlb_hooks(false);
}

void tlb_run(struct tlb_run *run)
{
	u64 free_ns = run->user == USER_SPIN ? run->duration_ns : run->duration_ns / FREE_PART;
	u64 violations = report_violations();

	tlb_slots_reset();
	report_step("mappings change");
	run_free(run, free_ns);
	if (run->user != USER_SPIN && !(run->stop_at_first && report_violations() != violations)) {
		report_step("sweeping points");
		tlb_window_run(run, run->duration_ns - free_ns);
	}
}

static void judge(const struct tlb_run *run)
{
	bool defers = protocol_defers(protocol_selected()), spins = run->user == USER_SPIN;
	const struct poke_stats *s = &run->stats;

	if (s->ipis_isolated + s->ipis_skipped != run->flushes.flushes * nr_isolated())
		report_fail("%lu flushes for %u isolated CPUs, %lu told or skipped",
			    run->flushes.flushes, nr_isolated(),
			    s->ipis_isolated + s->ipis_skipped);
	if (defers && spins && poke_stats_told_in_user(s))
		report_fail("%lu IPIs hit CPUs that never left user mode", s->ipis_isolated);
	if (!run->flushes.flushes)
		report_skip("nothing was flushed in the time given; raise duration=");
	else if (defers && !s->ipis_skipped && !run->skipped)
		report_skip("no flush skipped an isolated CPU: nothing was deferred");
	else if (!spins && !run->events)
		report_skip("no event could be forced in the time given; raise duration=");
	else
		report_pass();
}

static void print_result(const struct tlb_run *run)
{
	const struct protocol *protocol = protocol_selected();
	const struct poke_stats *s = &run->stats;
	struct vmap_counts tables = vmap_counts();
	struct tlb_reads reads = tlb_reads();

	report_result(NULL,
		      "sync=%s protocol=%s flushes=%lu flushes_deferred=%lu ipis_isolated=%lu "
		      "stale_reads=%lu violations=%lu cpus=%u isolated=%u entries=%lu "
		      "ipis_skipped=%lu ipis_housekeeping=%lu ipis_needless=%lu nmi=%lu "
		      "flushes_whole=%lu events=%lu reads=%lu changes=%lu tables_removed=%lu "
		      "tables_reused=%lu tables_pending=%u pcid=%s",
		      protocol_defers(protocol) ? "deferred" : "ipi", protocol->name,
		      run->flushes.flushes, run->flushes.deferred, s->ipis_isolated, reads.stale,
		      report_violations(), nr_cpus, nr_isolated(), s->entries, s->ipis_skipped,
		      s->ipis_housekeeping, s->ipis_needless, s->nmi, run->flushes.whole,
		      run->events, reads.reads, reads.changes, tables.removed, tables.reused,
		      tables.pending, pcid_enabled ? "on" : "off");
}

static void run_tlb(int variant)
{
	struct tlb_run run = {.duration_ns = config.duration_ns, .user = config.user};
	const char *reason = scenario_impossible();

	report_step("measuring what this machine keeps");
	if (!reason)
		reason = tlb_cannot_judge(protocol_selected());
	if (reason) {
		report_skip("%s", reason);
		return;
	}
	tlb_run(&run);
	print_result(&run);
	judge(&run);
	tlb_slots_reset();
}

DEFINE_TEST(TEST_EXTRA + 25, "tlb",
	    "kernel mappings change under isolated CPUs; nobody reads through an old one",
	    "an isolated CPU, pti=on", run_tlb, .timed = true);
