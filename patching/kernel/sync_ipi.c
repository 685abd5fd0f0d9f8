// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/ptrace.h>
#include <arch/x86_64/sync_core.h>
#include <arch/x86_64/tlb.h>
#include <patching/alternative.h>
#include <patching/kernel/sync_ipi.h>
#include <patching/kernel/tlb.h>
#include <patching/sync_policy.h>

struct sync_hooks sync_hooks;

/*
 * Executes a serialising instruction: SERIALIZE, else IRET. Not inside an NMI handler. By its name the
 * build's check knows this alternative, which is in text that the patcher runs.
 */
static noinline void sync_core(void)
{
	if (alternative_has(X86_FEATURE_SERIALIZE))
		serialize();
	else
		iret_to_self();
}

void sync_core_take_credit(void)
{
	sync_core(); /* @ipi.serialise */
	/* After serialising, before acknowledging: what is numbered now was written before. */
	WRITE_ONCE(this_cea()->credit, READ_ONCE(text_epoch)); /* @ipi.credit */
}

static void flush_and_take_credit(void)
{
	tlb_flush_requested(); /* @tlb.told */
	sync_core_take_credit();
}

static void acknowledge(void (*serialise)(void))
{
	struct cpu *cpu = this_cpu();
	u64 requested = READ_ONCE(cpu->sync_requested);

	serialise();
	if (sync_hooks.acknowledge)
		sync_hooks.acknowledge(cpu->nr);
	smp_store_release(&cpu->sync_acked, requested); /* @ipi.ack */
}

/*
 * Online first, then serialise: a sender that did not see us online did not tell us, and what it changed
 * before it looked is fetched, and translated, after the CR3 write. That drains the store, too, as
 * it does after S:=1 in entry/calling.inc, and so pairs with the sender's full barrier in
 * patching/sync_policy.c (SDM vol. 3, 9.3).
 */
void sync_come_online(void)
{
	unsigned int cpu = smp_processor_id();

	if (sync_hooks.coming)
		sync_hooks.coming(cpu);
	WRITE_ONCE(cpu_online[cpu], 1);			       /* @online.set */
	write_cr3(mm_cr3(&init_mm));			       /* @online.serialise */
	WRITE_ONCE(this_cea()->credit, READ_ONCE(text_epoch)); /* @online.credit */
	if (sync_hooks.came)
		sync_hooks.came(cpu);
}

void sync_core_interrupt(struct pt_regs *regs)
{
	if (user_mode(regs))
		this_cpu()->sync_from_user++;
	acknowledge(sync_core_take_credit);
}

void tlb_interrupt(struct pt_regs *regs)
{
	if (user_mode(regs))
		this_cpu()->sync_from_user++;
	acknowledge(flush_and_take_credit);
}

void quirk_interrupt(struct pt_regs *regs)
{
	acknowledge(sync_core); /* no credit: it would hide a sync that is missing */
}
