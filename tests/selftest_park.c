// SPDX-License-Identifier: BSD-2-Clause
/* Applying the alternatives again: everybody parks, the code changes, everybody comes back synced. */
#include <arch/x86_64/alternatives.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/park.h>
#include <arch/x86_64/percpu.h>
#include <kernel/job.h>
#include <kernel/nmi.h>
#include <patching/sync_policy.h>
#include <patching/text_poke_arch.h>
#include <tests/selftest.h>

static u32 said_yes, asked;

static void ask(void *arg)
{
	__atomic_add_fetch(&asked, 1, __ATOMIC_SEQ_CST);
	if (alternative_has(X86_FEATURE_TEST(31)))
		__atomic_add_fetch(&said_yes, 1, __ATOMIC_SEQ_CST);
}

/* What every CPU finds after the feature was set to @on and the alternatives applied again. */
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
	job_run_all(ask, NULL);
	return said_yes == (on ? asked : 0) ? NULL : "a CPU still runs what was there before";
}

static const char *reapply(void)
{
	const char *error = try(true);

	return error ? error : try(false);
}
SELFTEST("alternatives applied again with all CPUs parked", reapply);

static void send_nmis(void *arg)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		nmi_send(cpu, NMI_TEST);
}

/* An NMI to a parked CPU runs in parking text, this CPU's own included. */
static const char *nmi_while_parked(void)
{
	u64 before = parked_nmis();

	park_all_and_run(send_nmis, NULL);
	return parked_nmis() > before ? NULL : "no NMI arrived at a parked CPU";
}
SELFTEST("NMIs to parked CPUs", nmi_while_parked);

static void number(void *arg)
{
	WRITE_ONCE(text_epoch, text_epoch + 1);
}

/* Who comes back has credit for whatever was changed and numbered meanwhile. */
static const char *credit_after_park(void)
{
	unsigned int cpu;

	text_mutex_lock();
	park_all_and_run(number, NULL);
	text_mutex_unlock();
	for_each_online_cpu(cpu)
		if (sync_credit(cpu) != text_epoch)
			return "a CPU left its parking place without credit for what was new";
	return NULL;
}
SELFTEST("credit for what changed while parked", credit_after_park);
