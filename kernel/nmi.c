// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/ptrace.h>
#include <arch/x86_64/tsc.h>
#include <kernel/machine.h>
#include <kernel/nmi.h>
#include <kernel/panic.h>
#include <kernel/report.h>

#define ANSWER_US    10
#define ANSWER_POLLS 100000 /* a second a CPU */

static u32 stopped;

void nmi_send(unsigned int cpu, u32 reason)
{
	atomic_or(&cpus[cpu].nmi_requests, reason);
	apic_send_nmi(cpus[cpu].apic_id);
}

void handle_nmi(struct pt_regs *regs)
{
	struct cpu *cpu = this_cpu();
	u32 requests = xchg(&cpu->nmi_requests, 0);

	cpu->nmi_count++;
	if (requests)
		cpu->nmi_sent++;
	else
		cpu->nmi_unknown++;
	if (requests & NMI_BACKTRACE) {
		if (cpu->idle && !user_mode(regs))
			report_info("cpu %u: idle", cpu->nr);
		else
			show_regs(regs);
	}
	if (requests & NMI_STOP) {
		atomic_add(&stopped, 1);
		machine_stop_cpu();
	}
}

/* One after the other, so that their lines do not mix. */
static void stop_others(u32 reason)
{
	unsigned int self = smp_processor_id(), cpu;
	u32 before, polls;

	for_each_online_cpu(cpu) {
		if (cpu == self)
			continue;
		before = READ_ONCE(stopped);
		nmi_send(cpu, reason | NMI_STOP);
		for (polls = ANSWER_POLLS; READ_ONCE(stopped) == before && polls; polls--)
			udelay(ANSWER_US);
		if (!polls)
			report_info("cpu %u: does not answer the NMI", cpu);
	}
}

void nmi_backtrace_all(void)
{
	report_info("cpu %u: this one", smp_processor_id());
	backtrace((u64)__builtin_return_address(0), *(u64 *)__builtin_frame_address(0));
	stop_others(NMI_BACKTRACE);
}

void nmi_stop_others(void)
{
	stop_others(0);
}
