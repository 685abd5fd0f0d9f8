// SPDX-License-Identifier: BSD-2-Clause
/*
 * Syncs as the patcher makes them, with every isolated CPU in user mode: all told, and all left
 * for later. And the bare round trip between the CPUs of cpus=.
 */
#include <arch/x86_64/apic.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/vectors.h>
#include <entry/protocol/protocol.h>
#include <kernel/config.h>
#include <kernel/isolation.h>
#include <kernel/job.h>
#include <kernel/report.h>
#include <kernel/wait.h>
#include <patching/sync_policy.h>
#include <patching/text_poke_arch.h>
#include <tests/cost/cost.h>
#include <tests/probes/probes.h>
#include <tests/scenarios/programs.h>

static struct request {
	u32 *samples;
	unsigned int n;
} request;
static u32 stop;

static u64 sent_to_isolated(void)
{
	unsigned int cpu;
	u64 sent = 0;

	for_each_online_cpu(cpu)
		if (cpu_isolated[cpu])
			sent += sync_counts(cpu).sent;
	return sent;
}

static void measure_sync(int deferred, u32 *samples, unsigned int n)
{
	const struct protocol *configured = protocol_selected();
	unsigned int i;
	u64 start, sent;

	protocol_select(deferred ? protocol_default() : protocol_baseline());
	probes_install();
	programs_start(USER_SPIN, PROGRAMS_ALL);
	sent = sent_to_isolated();
	for (i = 0; i < n; i++) {
		text_mutex_lock();
		start = cost_clock();
		text_sync();
		samples[i] = cost_since(start);
		text_mutex_unlock();
	}
	sent = sent_to_isolated() - sent;
	programs_stop();
	protocol_select(configured);
	if (sent != (deferred ? 0 : (u64)n * nr_isolated()))
		report_fail("%u syncs, %s: %lu IPIs to %u isolated CPUs", n,
			    deferred ? "deferred" : "everyone told", sent, nr_isolated());
}

static const char *sync_missing(int deferred)
{
	if (!nr_isolated())
		return "no isolated CPU";
	if (deferred && !pti_enabled)
		return "pti=off: nothing is left for later";
	return NULL;
}

/* Without PAUSE, for which an emulator leaves the guest. */
static void spin(void *ignored)
{
	while (!READ_ONCE(stop))
		;
}

static void ping(void *ignored)
{
	const struct cpu *other = &cpus[config.cpus[1]];
	unsigned int i;
	u64 start, count;

	for (i = 0; i < request.n; i++) {
		count = READ_ONCE(other->irq_count[WAKE_VECTOR]);
		start = cost_clock();
		apic_send_vector(other->apic_id, WAKE_VECTOR);
		wait_until(READ_ONCE(other->irq_count[WAKE_VECTOR]) != count, "an IPI to arrive",
			   other->nr);
		request.samples[i] = cost_since(start);
	}
}

/* CPU 0 waits with IRQs on, which is as good as spinning. */
static void measure_ipi(int arg, u32 *samples, unsigned int n)
{
	unsigned int from = config.cpus[0], to = config.cpus[1];

	request = (struct request){samples, n};
	stop = 0;
	if (to) {
		job_start(to, spin, NULL);
		wait_until(!READ_ONCE(cpus[to].idle), "it to spin", to);
	}
	if (from) {
		job_start(from, ping, NULL);
		job_wait(from);
	} else {
		ping(NULL);
	}
	WRITE_ONCE(stop, 1);
	if (to)
		job_wait(to);
}

static const char *ipi_missing(int arg)
{
	return nr_cpus < 2 ? "one CPU has nobody to tell" : NULL;
}

const struct cost_op cost_syncs[] = {
	{"ipi", "mov-cr3", ipi_missing, measure_ipi, 0, COST_PER_ROUND_OF_TWO},
	{"sync-everyone", "sync-deferred", sync_missing, measure_sync, false,
	 COST_PER_ROUND_OF_TWO},
	{"sync-deferred", "sync-deferred", sync_missing, measure_sync, true, COST_PER_ROUND_OF_TWO},
	{},
};
