// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/desc.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/vectors.h>
#include <kernel/job.h>
#include <kernel/lib/string.h>
#include <kernel/nmi.h>
#include <kernel/panic.h>
#include <kernel/wait.h>
#include <patching/kernel/park.h>

void park_wait(u32 *arrived);
void park_leave(void);
void park_nmi(void);
void park_mc(void);
extern u64 park_nmi_count;
extern u32 park_mc_seen, park_release;

static u8 park_idt[PAGE_SIZE] __aligned(PAGE_SIZE);
static u32 arrived;

u64 parked_nmis(void)
{
	return READ_ONCE(park_nmi_count);
}

/* The job of every other CPU. */
static void park(void *arg)
{
	u64 flags = local_irq_save();

	idt_load(park_idt);
	park_wait(&arrived);
	idt_load((void *)CEA_IDT);
	local_irq_restore(flags);
}

void park_all_and_run(void (*fn)(void *arg), void *arg)
{
	unsigned int self = smp_processor_id(), others = 0, cpu;
	u64 flags;

	memcpy(park_idt, (void *)CEA_IDT, PAGE_SIZE);
	idt_set_gate(park_idt, X86_TRAP_NMI, (u64)park_nmi);
	idt_set_gate(park_idt, X86_TRAP_MC, (u64)park_mc);
	arrived = park_release = 0;
	for_each_online_cpu(cpu) {
		if (cpu == self)
			continue;
		job_start(cpu, park, NULL);
		others++;
	}
	wait_until(READ_ONCE(arrived) == others, "all other CPUs to park", -1);

	flags = local_irq_save();
	idt_load(park_idt);
	fn(arg);
	smp_mb(); /* what fn changed before the release; pairs with the CR3 write in park_leave() */
	WRITE_ONCE(park_release, 1);
	for_each_online_cpu(cpu)
		if (cpu != self)
			nmi_send(cpu, NMI_PARK);
	park_leave(); /* the same way back for ourselves */
	idt_load((void *)CEA_IDT);
	local_irq_restore(flags);

	for_each_online_cpu(cpu)
		if (cpu != self)
			job_wait(cpu);
	if (READ_ONCE(park_mc_seen))
		panic("a machine check hit a parked CPU");
}
