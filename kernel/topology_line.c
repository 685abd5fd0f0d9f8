// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/smp.h>
#include <arch/x86_64/topology.h>
#include <kernel/lib/cpulist.h>
#include <kernel/lib/printf.h>
#include <kernel/report.h>
#include <kernel/topology_line.h>

/* CPUs of this run by core, and by package: indexed by what is left of their APIC ids. */
static u16 in_core[APIC_ID_MAX], in_package[APIC_ID_MAX];

/* APIC ids in the order of the CPUs, ranges as ranges; a long list ends in dots. */
static void print_ids(char *buf, size_t size)
{
	unsigned int cpu, first;
	size_t len = 0;

	for (cpu = 0; cpu < nr_cpus && len + 20 < size; cpu++) {
		first = cpu;
		while (cpu + 1 < nr_cpus && cpus[cpu + 1].apic_id == cpus[cpu].apic_id + 1)
			cpu++;
		len += scnprintf(buf + len, size - len, first ? ",%u" : "%u", cpus[first].apic_id);
		if (cpu > first)
			len += scnprintf(buf + len, size - len, "-%u", cpus[cpu].apic_id);
	}
	if (cpu < nr_cpus)
		scnprintf(buf + len, size - len, ",...");
}

void topology_line_print(void)
{
	struct topology topology = topology_read();
	unsigned int cpu, cores = 0, packages = 0;
	struct cpumask sharing = {};
	char ids[200], list[200];

	for (cpu = 0; cpu < nr_cpus; cpu++) {
		cores += !in_core[cpus[cpu].apic_id >> topology.core_shift]++;
		packages += !in_package[cpus[cpu].apic_id >> topology.package_shift]++;
	}
	for (cpu = 0; cpu < nr_cpus; cpu++)
		if (cpu_isolated[cpu] && in_core[cpus[cpu].apic_id >> topology.core_shift] > 1)
			cpumask_set_cpu(&sharing, cpu);
	print_ids(ids, sizeof(ids));
	cpulist_format(list, sizeof(list), &sharing);
	report_info("topology packages=%u cores=%u cpus=%u core_shift=%u package_shift=%u "
		    "apic_ids=%s isolated_sharing=%s",
		    packages, cores, nr_cpus, topology.core_shift, topology.package_shift, ids,
		    list);
	if (cpumask_weight(&sharing))
		report_info(
			"warning: of the isolated CPUs %s have a neighbour on the same core: what "
			"that one does shows in their gaps and times",
			list);
}
