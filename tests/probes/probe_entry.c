// SPDX-License-Identifier: BSD-2-Clause
/*
 * The one probe in entry text: the branch of entry/protocol/mutable_entry.asm, under a protocol that has
 * it. It runs where no probe can be read or reported, so what it read before and what it did is
 * judged after the CR3 write.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <entry/entry.h>
#include <entry/int3.h>
#include <entry/protocol/points.h>
#include <patching/static_key.h>
#include <patching/text_poke_arch.h>
#include <tests/probes/probes.h>

#define TAKEN	  1 /* as mutable_entry.asm has it */
#define NOT_TAKEN 2

extern struct static_key mutable_entry_key;

static u32 value(u64 version)
{
	return version & 1 ? TAKEN : NOT_TAKEN;
}

static struct probe probe = {
	"branch-before-cr3",
	.run = (u32(*)(void))mutable_entry_site,
	.value = value,
};

bool probe_entry_queue(void)
{
	if (text_immutable((unsigned long)mutable_entry_site, JUMP_LABEL_SIZE))
		return false;
	WRITE_ONCE(probe.written, probe.committed + 1);
	static_key_queue(&mutable_entry_key, probe.written & 1);
	return true;
}

/* In each CPU's entry area, the epoch after the version: there the branch's CPU finds them. */
void probe_entry_commit(u64 epoch)
{
	unsigned int cpu;

	probe.committed = probe.written;
	for_each_online_cpu(cpu) {
		smp_store_release(&point_control(cpu)->entry_version, probe.committed);
		smp_store_release(&point_control(cpu)->entry_epoch, epoch);
	}
}

void probe_entry_judge(void)
{
	struct point_control *control = point_control(smp_processor_id());
	u32 result = control->entry_result;

	if (!result)
		return;
	control->entry_result = 0;
	int3_settle();
	probe.runs++;
	probe_judge(&probe, result, control->entry_seen_version, control->entry_seen_epoch,
		    control->entry_credit);
}
