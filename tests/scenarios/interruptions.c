// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/vectors.h>
#include <kernel/entry_log.h>
#include <kernel/isolation.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/memory.h>
#include <kernel/report.h>
#include <patching/sync_policy.h>
#include <tests/scenarios/interruptions.h>

#define VECTORS	  (NR_VECTORS + 1) /* SYSCALL is the last */
#define NAMED_MAX 16		   /* lines about what is not to blame */

/* Counts of one CPU: as they stood, and then what came since. */
struct account {
	u32 by_vector[VECTORS];
	u64 nmis_sent, syncs_sent, quirks_sent;
};

static struct account *accounts; /* of each CPU */

static bool spinning;

static void read_account(struct account *account, unsigned int cpu)
{
	struct sync_counts sync = sync_counts(cpu);
	unsigned int vector;

	account->nmis_sent = READ_ONCE(cpus[cpu].nmi_sent);
	account->syncs_sent = sync.sent;
	account->quirks_sent = sync.quirk;
	for (vector = 0; vector < VECTORS; vector++)
		account->by_vector[vector] = READ_ONCE(cpus[cpu].user_entries[vector]);
}

static void take_difference(struct account *then, unsigned int cpu)
{
	static struct account now;
	unsigned int vector;

	read_account(&now, cpu);
	then->nmis_sent = now.nmis_sent - then->nmis_sent;
	then->syncs_sent = now.syncs_sent - then->syncs_sent;
	then->quirks_sent = now.quirks_sent - then->quirks_sent;
	for (vector = 0; vector < VECTORS; vector++)
		then->by_vector[vector] = now.by_vector[vector] - then->by_vector[vector];
}

static u64 beyond(u64 count, u64 planned)
{
	return count > planned ? count - planned : 0;
}

/* How many of the entries by @vector somebody here made who was not to. */
static u64 unplanned(const struct account *account, unsigned int vector)
{
	u64 count = account->by_vector[vector];

	switch (vector) {
	case X86_TRAP_NMI:
		return min(count, account->nmis_sent);
	case SYNC_CORE_VECTOR:
	case TLB_VECTOR:
		return beyond(count, account->syncs_sent);
	case QUIRK_VECTOR:
		return beyond(count, account->quirks_sent);
	}
	if (vector_is_foreign(vector))
		return 0; /* @account.foreign */
	if (vector_cause(vector) == GAP_ENTRY && !spinning)
		return 0;
	return count; /* @account.planned */
}

void interruptions_add(struct interruptions *in, unsigned int cpu)
{
	const struct account *account = &accounts[cpu];
	unsigned int vector;
	u64 count;

	for (vector = 0; vector < VECTORS; vector++) {
		count = account->by_vector[vector];
		in->unplanned += unplanned(account, vector);
		if (vector_is_foreign(vector))
			in->foreign += count;
		else if (vector_cause(vector) == GAP_TICK)
			in->tick += count;
		else if (vector_cause(vector) == GAP_IPI)
			in->ipi += count;
		else if (vector_cause(vector) == GAP_NMI)
			in->nmi += count;
	}
	in->interrupts = in->foreign + in->tick + in->ipi;
}

void interruptions_start(bool spin)
{
	unsigned int cpu;

	spinning = spin;
	if (!accounts)
		accounts = alloc_zeroed(nr_cpus * sizeof(*accounts));
	for_each_online_cpu(cpu)
		if (cpu_isolated[cpu])
			read_account(&accounts[cpu], cpu);
}

void interruptions_end(struct interruptions *in)
{
	unsigned int cpu, cause;

	*in = (struct interruptions){};
	programs_gaps(&in->gaps);
	for (cause = 0; cause < GAP_CAUSES; cause++)
		in->nr_gaps += in->gaps.count[cause];
	for_each_online_cpu(cpu) {
		if (!cpu_isolated[cpu])
			continue;
		take_difference(&accounts[cpu], cpu);
		interruptions_add(in, cpu);
	}
}

void interruptions_smis(struct interruptions *in)
{
	u64 smis = 0, one;
	unsigned int cpu;

	strscpy(in->smi, "unknown", sizeof(in->smi));
	for_each_online_cpu(cpu) {
		if (!cpu_isolated[cpu])
			continue;
		one = user_smis(cpu);
		if (one == SMIS_UNKNOWN)
			return;
		smis += one;
	}
	scnprintf(in->smi, sizeof(in->smi), "%lu", smis);
	in->gaps_smi = min(smis, in->gaps.count[GAP_OUTSIDE]);
	in->gaps.count[GAP_OUTSIDE] -= in->gaps_smi;
}

static void judge_cpu(unsigned int cpu, bool fail, unsigned int *named)
{
	const struct account *account = &accounts[cpu];
	unsigned int vector;
	u64 wrong, count;

	for (vector = 0; vector < VECTORS; vector++) {
		wrong = unplanned(account, vector);
		count = account->by_vector[vector];
		if (wrong && fail)
			report_fail("cpu %u was woken in user mode by %s (vector 0x%02x), %lu "
				    "times, and nobody had planned it",
				    cpu, vector_name(vector), vector, wrong);
		else if (wrong)
			report_info("cpu %u: %lu entries from user mode by %s (vector 0x%02x) that "
				    "nobody had planned",
				    cpu, wrong, vector_name(vector), vector);
		if (count == wrong || (vector != X86_TRAP_NMI && !vector_is_foreign(vector)) ||
		    (*named)++ >= NAMED_MAX)
			continue;
		report_info("cpu %u: %lu entries from user mode by %s (vector 0x%02x), sent by "
			    "nobody in this kernel",
			    cpu, count - wrong, vector_name(vector), vector);
	}
}

/* Since start-up, so that no entry can be under way. */
static void check_sum(unsigned int cpu)
{
	u64 entries = READ_ONCE(cpu_entry_area(cpu)->entries);
	unsigned int vector;
	u32 sum = 0;

	for (vector = 0; vector < VECTORS; vector++)
		sum += READ_ONCE(cpus[cpu].user_entries[vector]);
	if (sum != (u32)entries)
		report_error("cpu %u: %lu entries from user mode, %u of them with a vector", cpu,
			     entries, sum);
}

void interruptions_judge(bool fail)
{
	unsigned int cpu, named = 0;

	for_each_online_cpu(cpu) {
		if (!cpu_isolated[cpu])
			continue;
		judge_cpu(cpu, fail, &named);
		check_sum(cpu);
	}
}

const char *gap_cause_name(enum gap_cause cause)
{
	static const char *const names[GAP_CAUSES] = {
		[GAP_OUTSIDE] = "outside", [GAP_IPI] = "ipi",	  [GAP_NMI] = "nmi",
		[GAP_TICK] = "tick",	   [GAP_ENTRY] = "entry",
	};

	return names[cause];
}
