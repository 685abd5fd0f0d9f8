// SPDX-License-Identifier: BSD-2-Clause
/* Applying the alternatives again: everybody parks, the code changes, everybody comes back synced. */
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <kernel/lib/atomic.h>
#include <kernel/job.h>
#include <kernel/nmi.h>
#include <kernel/wait.h>
#include <patching/kernel/alternatives.h>
#include <patching/kernel/park.h>
#include <patching/sync_policy.h>
#include <patching/text_poke_arch.h>
#include <tests/alternatives/features.h>
#include <tests/selftest/selftest.h>

#define ASKED_MAX 3 /* CPUs beside this one; all parked alike */

/* Before any other case parks anything: those at boot. */
static const char *at_boot(void)
{
	if (!alternatives_disturbances())
		return SELFTEST_SKIP("boot is disturbed where test= names selftest");
	CHECK(parked_nmis() >= alternatives_disturbances());
	return NULL;
}
SELFTEST("alternatives applied at boot with NMIs in the middle", at_boot);

static u32 said_yes, asked;

/* One location, wherever it is called from. */
static noinline void ask(void *arg)
{
	atomic_add(&asked, 1);
	if (alternative_has(X86_FEATURE_TEST(31)))
		atomic_add(&said_yes, 1);
}

/* What CPUs find after the feature was set to @on and the alternatives applied again. */
static const char *try(bool on)
{
	u64 epoch = text_epoch;
	unsigned int cpu;

	cpu_cap_set(X86_FEATURE_TEST(31), on);
	if (alternatives_reapply() != 1)
		return "one location depends on the feature, another number was written";
	if (text_epoch != epoch + 1)
		return "a change with all CPUs parked got no number";
	for_each_online_cpu(cpu)
		if (sync_credit(cpu) != text_epoch)
			return "a CPU left its parking place without credit";
	said_yes = asked = 0;
	ask(NULL);
	for_each_online_cpu(cpu) {
		if (!cpu || cpu > ASKED_MAX)
			continue;
		job_start(cpu, ask, NULL);
		job_wait(cpu);
	}
	return said_yes == (on ? asked : 0) ? NULL : "a CPU still runs what was there before";
}

static const char *reapply(void)
{
	const char *error = try(true);

	return error ? error : try(false);
}
SELFTEST("alternatives applied again with all CPUs parked", reapply);

/*
 * With all others parked: a change that is numbered, and an NMI for everyone, this CPU included. Each
 * has come, and its CPU halts again, before any is released.
 */
static void change_and_disturb(void *arg)
{
	u64 wanted = parked_nmis();
	unsigned int cpu;

	WRITE_ONCE(text_epoch, text_epoch + 1);
	for_each_online_cpu(cpu) {
		nmi_send(cpu, NMI_TEST);
		wanted++;
	}
	wait_until(parked_nmis() == wanted, "an NMI of every parked CPU", -1);
}

/* The NMIs run in parking text; who comes back has credit for what changed meanwhile. */
static const char *parked(void)
{
	u64 expected = parked_nmis();
	unsigned int cpu;

	for_each_online_cpu(cpu)
		expected++;
	text_mutex_lock();
	park_all_and_run(change_and_disturb, NULL);
	text_mutex_unlock();
	CHECK(parked_nmis() == expected); /* those that release are none of these */
	for_each_online_cpu(cpu)
		if (sync_credit(cpu) != text_epoch)
			return "a CPU left its parking place without credit for what was new";
	return NULL;
}
SELFTEST("parked CPUs take NMIs, and credit for what changed", parked);
