// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/smp.h>
#include <arch/x86_64/topology.h>
#include <kernel/lib/cpulist.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
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

static const char *core_type_name(unsigned int type)
{
	return type == CORE_ATOM ? "atom" : type == CORE_CORE ? "core" : "other";
}

/* Of which kind the CPUs are, where a processor has several, and whether that skews a comparison. */
static void core_types_print(void)
{
	static struct cpumask of[CPUMASK_CPUS];
	struct cpumask isolated = {}, housekeeping = {}; /* sets of kinds */
	unsigned int cpu, type, len = 0;
	char line[400], list[200];

	for (cpu = 0; cpu < nr_cpus; cpu++) {
		type = cpu_core_types[cpu];
		cpumask_set_cpu(&of[type], cpu);
		cpumask_set_cpu(cpu_isolated[cpu] ? &isolated : &housekeeping, type);
	}
	if (cpumask_weight(&of[CORES_ALIKE]) == nr_cpus)
		return;
	for (type = 0; type < ARRAY_SIZE(of); type++) {
		if (!cpumask_weight(&of[type]))
			continue;
		cpulist_format(list, sizeof(list), &of[type]);
		len += scnprintf(line + len, sizeof(line) - len, " %s=%s", core_type_name(type),
				 list);
	}
	report_info("topology core types:%s", line);
	if (cpumask_weight(&isolated) > 1 ||
	    (cpumask_weight(&isolated) && memcmp(&isolated, &housekeeping, sizeof(isolated))))
		report_info(
			"warning: the isolated CPUs are not of one kind, or of another than the "
			"others: their times do not compare; isolcpus= chooses");
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
	core_types_print();
	if (cpumask_weight(&sharing))
		report_info(
			"warning: of the isolated CPUs %s have a neighbour on the same core: what "
			"that one does shows in their gaps and times",
			list);
}
