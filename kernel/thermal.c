// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/smp.h>
#include <arch/x86_64/thermal.h>
#include <entry/entry.h>
#include <kernel/job.h>
#include <kernel/lib/cpulist.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <kernel/thermal.h>

static u8 events[NR_CPUS];

/* Of this CPU; 0 where it has none, as AMD's. */
static u32 leaf_6_eax(void)
{
	bool intel = !strcmp(cpu_info.vendor, "GenuineIntel");

	return intel && cpu_info.max_leaf >= 6 ? cpuid(6, 0).eax : 0;
}

/* A hypervisor may pass on the CPUID bit and not the register: then it holds nothing. */
static u64 read_and_clear(u32 msr)
{
	u32 low = 0, high = 0;

	asm volatile(ASM_TRY() "rdmsr\n2:" : "+a"(low), "+d"(high) : "c"(msr) : "memory");
	/* All logs are cleared by 0, what is not a log ignores it (SDM vol. 4, 2.1). */
	asm volatile(ASM_TRY() "wrmsr\n2:" ::"c"(msr), "a"(0), "d"(0) : "memory");
	return low | (u64)high << 32;
}

static void read_logs(void *unused)
{
	unsigned int cpu = smp_processor_id();
	u32 leaf_6 = leaf_6_eax();

	events[cpu] = 0;
	if (thermal_core_logs(leaf_6))
		events[cpu] |= thermal_logged(read_and_clear(MSR_THERM_STATUS), leaf_6);
	if (thermal_package_logs(leaf_6))
		events[cpu] |= thermal_logged(read_and_clear(MSR_PACKAGE_THERM_STATUS), leaf_6);
}

void thermal_start(void)
{
	if (leaf_6_eax())
		job_run_all(read_logs, NULL);
}

static void report_event(unsigned int event)
{
	struct cpumask those = {};
	unsigned int cpu;
	char list[200];

	for (cpu = 0; cpu < nr_cpus; cpu++)
		if (events[cpu] & BIT(event))
			cpumask_set_cpu(&those, cpu);
	if (!cpumask_weight(&those))
		return;
	cpulist_format(list, sizeof(list), &those);
	report_info(
		"warning: during this run CPUs %s, or their package, were %s: gaps and times may "
		"be longer for it",
		list, thermal_events[event]);
}

void thermal_report(void)
{
	unsigned int event;

	if (!leaf_6_eax())
		return;
	job_run_all(read_logs, NULL);
	for (event = 0; event < THERMAL_EVENTS; event++)
		report_event(event);
}
