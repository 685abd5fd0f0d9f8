// SPDX-License-Identifier: BSD-2-Clause
/*
 * How one execution of a probe site is judged (design: the oracles).
 *
 * Oracle 2: the patcher publishes committed_epoch only when the batch's last sync has returned,
 * so a CPU that reads it there must have credit for it before it executes the site. Oracle 3: the
 * result must be that of a version between the last committed one before the execution and the
 * newest written after it.
 */
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <entry/int3.h>
#include <entry/protocol/invariant.h>
#include <entry/protocol/points.h>
#include <kernel/config.h>
#include <kernel/job.h>
#include <kernel/nmi.h>
#include <kernel/report.h>
#include <kernel/wait.h>
#include <patching/text_poke.h>
#include <patching/text_poke_arch.h>
#include <tests/probes/probes.h>

/* Older versions that a wrong result is compared with, to call it stale rather than torn. */
#define STALE_HORIZON 64

static u32 next_probe[NR_CPUS]; /* each CPU's own */

static bool matches(const struct probe *probe, u32 result, u64 first, u64 last)
{
	u64 version;

	/* No site has more values than 256, so more versions than that need no look. */
	if (last - first > 256)
		last = first + 256;
	for (version = first; version <= last; version++)
		if (probe->value(version) == result)
			return true;
	return false;
}

void probe_judge(const struct probe *probe, u32 result, u64 before, u64 epoch, u64 credit)
{
	const char *kind;
	u64 after;

	smp_rmb(); /* pairs with the patcher's store of `written` before its first int3 */
	after = READ_ONCE(probe->written);
	if (credit < epoch)
		report_violation(
			"epoch", point_last(), smp_processor_id(),
			"event=%s probe=%s credit=%lu committed_epoch=%lu S=%u cr3=%lx site=%pS",
			point_last_event(), probe->name, credit, epoch, cea_read(kernel_cr3_loaded),
			read_cr3(), (void *)probe->run);
	if (likely(matches(probe, result, before, after)))
		return;
	kind = matches(probe, result, before > STALE_HORIZON ? before - STALE_HORIZON : 0, before)
		       ? "stale"
		       : "torn";
	report_violation(
		kind, point_last(), smp_processor_id(),
		"event=%s probe=%s result=%x version_committed=%lu version_written=%lu S=%u cr3=%lx "
		"site=%pS",
		point_last_event(), probe->name, result, before, after, cea_read(kernel_cr3_loaded),
		read_cr3(), (void *)probe->run);
}

void probe_run(struct probe *probe)
{
	u64 epoch, credit, before;
	u32 result;

	check_invariant(INV_PROBE, NULL);
	before = smp_load_acquire(&probe->committed);
	epoch = smp_load_acquire(&probe->committed_epoch);
	credit = cea_read(credit); /* after the epoch: a sync between the two must not accuse us */
	result = probe->run();
	int3_settle();
	probe->runs++;
	probe_judge(probe, result, before, epoch, credit);
}

void probes_run_context(enum probe_context context)
{
	unsigned int i;

	for (i = 0; i < nr_probes; i++)
		if (probes[i].context == context)
			probe_run(&probes[i]);
}

void probes_run_some(unsigned int count)
{
	u32 *next = &next_probe[smp_processor_id()];

	while (count) {
		struct probe *probe = &probes[(*next)++ % nr_probes];

		if (probe->context != CTX_ANY)
			continue;
		probe_run(probe);
		count--;
	}
}

static void probe_nmi(struct pt_regs *regs)
{
	probes_run_context(CTX_NMI);
}

/* Whatever kind a test forces at a named point. */
static void probe_forced(struct pt_regs *regs)
{
	probes_run_context(CTX_NMI);
}

/* User programs single-step one instruction at a time. */
static void probe_debug(struct pt_regs *regs)
{
	regs->flags &= ~X86_EFLAGS_TF;
	probes_run_context(CTX_NMI);
}

static void probe_interrupt(struct pt_regs *regs)
{
	probes_run_context(CTX_IRQ);
}

void probes_install(void)
{
	entry_hooks.nmi = probe_nmi;
	entry_hooks.debug = probe_debug;
	entry_hooks.inject = probe_forced;
	entry_hooks.mutable_entry = probe_entry_judge;
	set_irq_handler(PROBE_VECTOR, probe_interrupt);
}

/*
 * The epoch first: whoever reads this version, and needs credit for it, then reads that as well,
 * and oracle 2 knows a missed sync from text that outlived one. Pairs with probe_run().
 */
void probe_commit(struct probe *probe, u64 epoch)
{
	smp_store_release(&probe->committed_epoch, epoch);
	smp_store_release(&probe->committed, probe->written);
}

unsigned int probes_poke_some(struct random_stream *random, u32 contexts)
{
	u64 chosen = random_below(random, (1ul << nr_probes) - 1) + 1, epoch;
	unsigned int i, count = 0;
	bool entry;

	for (i = 0; i < nr_probes; i++)
		if (contexts >> probes[i].context & 1)
			chosen |= BIT(i);
	text_mutex_lock();
	for (i = 0; i < nr_probes; i++) {
		if (!(chosen >> i & 1))
			continue;
		WRITE_ONCE(probes[i].written, probes[i].committed + 1);
		probes[i].queue(probes[i].written);
		count++;
	}
	entry = probe_entry_queue();
	epoch = smp_text_poke_batch_finish();
	if (entry)
		probe_entry_commit(epoch);
	for (i = 0; i < nr_probes; i++) {
		if (!(chosen >> i & 1))
			continue;
		probe_commit(&probes[i], epoch);
	}
	text_mutex_unlock();
	if (config.debug & DEBUG_POKE)
		report_info("poke epoch=%lu sites=%u chosen=%lx", epoch, count, chosen);
	return count;
}

static u64 final_runs;

static void check_final(void *arg)
{
	u64 nmis = this_cpu()->nmi_count, irqs = this_cpu()->irq_count[PROBE_VECTOR];
	unsigned int i, runs = 0;

	for (i = 0; i < nr_probes; i++) {
		if (probes[i].context != CTX_ANY && probes[i].context != CTX_SYSCALL)
			continue;
		probe_run(&probes[i]);
		runs++;
	}
	nmi_send(smp_processor_id(), NMI_TEST);
	apic_send_vector(this_cpu()->apic_id, PROBE_VECTOR);
	wait_until(READ_ONCE(this_cpu()->nmi_count) != nmis &&
			   READ_ONCE(this_cpu()->irq_count[PROBE_VECTOR]) != irqs,
		   "its own NMI and probe interrupt", smp_processor_id());
	atomic_add(&final_runs, runs + 2);
}

u64 probes_check_final(void)
{
	final_runs = 0;
	job_run_all(check_final, NULL);
	report_flush();
	return final_runs;
}
