// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/desc.h>
#include <arch/x86_64/pti.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <kernel/isolation.h>
#include <kernel/job.h>
#include <kernel/lib/cpumask.h>
#include <kernel/lib/string.h>
#include <kernel/tick.h>
#include <kernel/wait.h>
#include <patching/kernel/sync_ipi.h>

/* Per isolated CPU: written by the giver before the job starts, `stop` also later. */
struct slot {
	struct mm *mm;
	struct user_program program;
	u32 stop;
	u32 woken; /* the IPI that starts it has been sent */
	u32 entered;
	u64 smis; /* while its last program ran */
};

static struct slot slots[NR_CPUS];
static unsigned int isolated_count;
u8 isolation_marks[NR_CPUS];

static void user_event(struct pt_regs *regs)
{
	slots[smp_processor_id()].program.event(regs);
}

/* Last look before each return to user mode; interrupts are off, so nothing comes between. */
static void user_exit(void)
{
	if (READ_ONCE(slots[smp_processor_id()].stop))
		leave_user_mode(); /* @exit.stop */
}

static void wake_interrupt(struct pt_regs *regs)
{
}

static u32 raised[NR_CPUS];

/* From user mode the entry has done it, and the way out undoes it; in the kernel S stays 1 until then. */
static void raise_interrupt(struct pt_regs *regs)
{
	WRITE_ONCE(this_cea()->kernel_cr3_loaded, 1); /* @isolate.raise */
	smp_store_release(&raised[smp_processor_id()], 1);
}

static void raise(unsigned int cpu)
{
	WRITE_ONCE(raised[cpu], 0);
	/* It may wait for the sender at a point. */
	if (sync_hooks.will_wait)
		sync_hooks.will_wait(cpu);
	apic_send_vector(cpus[cpu].apic_id, RAISE_VECTOR);
	wait_until(smp_load_acquire(&raised[cpu]), "its S to be true", cpu);
	if (sync_hooks.waited)
		sync_hooks.waited(cpu);
}

void isolation_do(unsigned int cpu, enum isolation_step step)
{
	switch (step) {
	case ISOLATION_MARK:
	case ISOLATION_UNMARK:
		WRITE_ONCE(isolation_marks[cpu], step == ISOLATION_MARK);
		break;
	case ISOLATION_KEEP:
	case ISOLATION_STOP:
		WRITE_ONCE(cpu_entry_area(cpu)->keeps_signal, step == ISOLATION_KEEP);
		break;
	case ISOLATION_RAISE:
		raise(cpu);
		break;
	case ISOLATION_GO:
	case ISOLATION_LET:
	case ISOLATION_END:
		break;
	}
}

void isolation_init(const struct cpumask *isolated)
{
	unsigned int cpu;

	for_each_cpu(cpu, isolated) {
		slots[cpu].mm = mm_create();
		cpus[cpu].user_page = mm_user_data(slots[cpu].mm);
		WRITE_ONCE(cpu_isolated[cpu], 1);
		WRITE_ONCE(isolation_marks[cpu], 1);
		isolated_count++;
	}
	entry_hooks.user_event = user_event;
	entry_hooks.user_exit = user_exit;
	set_irq_handler(WAKE_VECTOR, wake_interrupt);
	set_irq_handler(RAISE_VECTOR, raise_interrupt);
}

unsigned int nr_isolated(void)
{
	return isolated_count;
}

unsigned int first_isolated(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (cpu_isolated[cpu])
			return cpu;
	return 0;
}

u64 user_smis(unsigned int cpu)
{
	return slots[cpu].smis;
}

void *user_data(unsigned int cpu)
{
	return cpus[cpu].user_page;
}

struct mm *user_mm(unsigned int cpu)
{
	return slots[cpu].mm;
}

/* The next CPU's entry area: an entry that trusts GS too early writes there. */
u64 user_gs_base(void)
{
	return (u64)cpu_entry_area((smp_processor_id() + 1) % nr_cpus);
}

/* SMIs of this CPU since reset (SDM vol. 4, 2.2); false: it does not count them, or shows them to nobody. */
static bool read_smis(u64 *smis)
{
	u64 before = this_cpu()->trap_fixups;
	u32 low = 0, high = 0;

	/* Of Intel's; others may have something else there. */
	if (strcmp(cpu_info.vendor, "GenuineIntel"))
		return false;
	asm volatile(ASM_TRY() "rdmsr\n2:" : "+a"(low), "+d"(high) : "c"(MSR_SMI_COUNT) : "memory");
	*smis = low | (u64)high << 32;
	return this_cpu()->trap_fixups == before;
}

/* The job of an isolated CPU while its program runs. */
static void run_program(void *arg)
{
	struct slot *slot = arg;
	struct pt_regs regs = {
		.di = slot->program.arg,
		.ip = slot->program.entry,
		.cs = USER_CS,
		.flags = X86_EFLAGS_IF | 2,
		.sp = USER_STACK_TOP - 8,
		.ss = USER_DS,
	};
	u64 smis = 0, smis_then = 0;
	bool counts_smis;

	/* If the tick found the job first: that IPI is to come now, not while the program runs. */
	wait_until(smp_load_acquire(&slot->woken), "its wake-up IPI", -1);
	tick_stop(); /* @isolate.tick */
	local_irq_disable();
	counts_smis = read_smis(&smis_then);
	wrmsr(MSR_KERNEL_GS_BASE, user_gs_base());
	mm_switch(slot->mm);
	WRITE_ONCE(slot->entered, 1);
	if (!READ_ONCE(slot->stop))
		enter_user_mode(&regs);
	mm_switch(NULL);
	slot->smis = counts_smis && read_smis(&smis) ? smis - smis_then : SMIS_UNKNOWN;
	local_irq_enable();
	tick_start();
}

void user_start(unsigned int cpu, const struct user_program *program)
{
	struct slot *slot = &slots[cpu];

	slot->program = *program;
	slot->stop = 0;
	slot->entered = 0;
	slot->woken = 0;
	job_start(cpu, run_program, slot);
	smp_store_release(&slot->woken, 1);
}

void user_wait_started(unsigned int cpu)
{
	wait_until(READ_ONCE(slots[cpu].entered), "its user program to start", cpu);
}

static void ask_to_stop(unsigned int cpu)
{
	WRITE_ONCE(slots[cpu].stop, 1);
	apic_send_vector(cpus[cpu].apic_id, WAKE_VECTOR);
}

void user_stop(unsigned int cpu)
{
	ask_to_stop(cpu);
	job_wait(cpu);
}

void user_stop_all(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (cpu_isolated[cpu])
			ask_to_stop(cpu);
	for_each_online_cpu(cpu)
		if (cpu_isolated[cpu])
			job_wait(cpu);
}
