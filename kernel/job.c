// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/smp.h>
#include <arch/x86_64/vectors.h>
#include <kernel/job.h>
#include <kernel/tick.h>
#include <kernel/wait.h>
#include <patching/kernel/sync_ipi.h>

void job_loop(void)
{
	struct cpu *cpu = this_cpu();
	u64 seq;

	sync_come_online();
	WRITE_ONCE(cpu->state, CPU_ONLINE);
	tick_start();
	for (;;) {
		local_irq_disable();
		seq = smp_load_acquire(&cpu->job_seq);
		if (seq == cpu->job_done) {
			/* The wake-up is sent after job_seq: it waits after STI. */
			cpu->idle = 1;
			safe_halt();
			continue;
		}
		cpu->idle = 0;
		local_irq_enable();
		cpu->job.fn(cpu->job.arg);
		smp_store_release(&cpu->job_done, seq);
	}
}

void job_start(unsigned int nr, void (*fn)(void *arg), void *arg)
{
	struct cpu *cpu = &cpus[nr];

	cpu->job.fn = fn;
	cpu->job.arg = arg;
	smp_store_release(&cpu->job_seq, cpu->job_seq + 1);
	apic_send_vector(cpu->apic_id, WAKE_VECTOR);
}

bool job_running(unsigned int cpu)
{
	return smp_load_acquire(&cpus[cpu].job_done) != cpus[cpu].job_seq;
}

void job_wait(unsigned int cpu)
{
	wait_until(!job_running(cpu), "the end of its job", cpu);
}

void job_run_all(void (*fn)(void *arg), void *arg)
{
	unsigned int self = smp_processor_id(), cpu;

	for_each_online_cpu(cpu)
		if (cpu != self)
			job_start(cpu, fn, arg);
	fn(arg);
	for_each_online_cpu(cpu)
		if (cpu != self)
			job_wait(cpu);
}
