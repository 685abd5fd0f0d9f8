// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <patching/sync_policy.h>
#include <patching/text_poke_arch.h>

u64 text_epoch;
bool sync_without_barrier;
enum sync_request sync_request;
void (*sync_step_hook)(enum sync_step step);

static sync_cond_t cond;
/*
 * All of these are the sender's own memory: a skipped CPU's is read in cond() and nowhere else. Who was
 * told is a list, so that whatever follows costs nothing for those who were not.
 */
static u8 told[SYNC_CPUS_MAX];
static unsigned int nr_told;
static bool skipped_any;
static u64 sent[SYNC_CPUS_MAX], skipped[SYNC_CPUS_MAX], quirk_sent[SYNC_CPUS_MAX];

void sync_set_cond(sync_cond_t new_cond)
{
	cond = new_cond;
}

int sync_told(unsigned int nth)
{
	return nth < nr_told ? told[nth] : -1;
}

bool sync_skipped_any(void)
{
	return skipped_any;
}

struct sync_counts sync_counts(unsigned int cpu)
{
	return (struct sync_counts){READ_ONCE(sent[cpu]), READ_ONCE(skipped[cpu]),
				    READ_ONCE(quirk_sent[cpu])};
}

static void sync_step(enum sync_step which)
{
	if (sync_step_hook)
		sync_step_hook(which);
}

/* Sends to everyone the condition names before waiting for anyone. */
static void tell(bool quirk)
{
	unsigned int cpu, i, self = sync_this_cpu(), nr = sync_nr_cpus();

	skipped_any = false;
	nr_told = 0;
	for (cpu = 0; cpu < nr; cpu++) { /* all that a skipped CPU costs a sync @sync.each */
		if (cpu == self || !sync_cpu_online(cpu))
			continue;
		if (cond && !cond(cpu)) { /* @sync.skip */
			skipped_any = true;
			if (!quirk)
				WRITE_ONCE(skipped[cpu], skipped[cpu] + 1);
			continue;
		}
		told[nr_told++] = cpu; /* @sync.told */
		if (quirk)
			WRITE_ONCE(quirk_sent[cpu], quirk_sent[cpu] + 1);
		else
			WRITE_ONCE(sent[cpu], sent[cpu] + 1);
		sync_send(cpu, quirk);
	}
	sync_step(SYNC_AFTER_READ);
	for (i = 0; i < nr_told; i++)
		sync_wait(told[i], quirk); /* @sync.wait */
}

u64 text_sync_nobody(void)
{
	WRITE_ONCE(text_epoch, text_epoch + 1);
	return text_epoch;
}

static u64 sync_all(enum sync_request request)
{
	u64 epoch = text_epoch + 1;

	sync_request = request;
	WRITE_ONCE(text_epoch, epoch); /* @sync.epoch */
	/*
	 * The change and its number are visible before any S is read. Pairs with the CR3 write
	 * after S:=1 in entry/calling.inc: either we see S=1 and tell the CPU, or its CR3 write
	 * comes after our change (SDM vol. 3, 9.3: it drains the store and discards the fetch).
	 */
	sync_step(SYNC_BEFORE_BARRIER);
	if (!sync_without_barrier)
		smp_mb(); /* pairs with the CR3 write, see above @sync.barrier */
	sync_step(SYNC_BARRIER_TO_READ);
	tell(false);
	sync_self(); /* @sync.self */
	return epoch;
}

u64 text_sync(void)
{
	return sync_all(SYNC_TEXT);
}

u64 tlb_sync(void)
{
	return sync_all(SYNC_TLB);
}

bool sync_epoch_passed(u64 epoch, unsigned int *behind)
{
	unsigned int cpu, nr = sync_nr_cpus();

	for (cpu = 0; cpu < nr; cpu++)
		if (sync_cpu_online(cpu) && sync_credit(cpu) <= epoch) { /* @sync.passed */
			*behind = cpu;
			return false;
		}
	return true;
}

void text_sync_quirk(void)
{
	smp_mb(); /* pairs with the CR3 write in entry/calling.inc, as above */
	tell(true);
}
