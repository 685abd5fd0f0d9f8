/* SPDX-License-Identifier: BSD-2-Clause */
/* Which CPUs share a core or a package, from APIC ids (SDM vol. 3, 10.9; APM vol. 3, appendix E). */
#ifndef ARCH_TOPOLOGY_H
#define ARCH_TOPOLOGY_H

#include <kernel/lib/types.h>

enum cpu_relation {
	CPU_SMT,     /* threads of one core */
	CPU_CORE,    /* cores of one package */
	CPU_PACKAGE, /* two packages */
	CPU_RELATIONS
};
extern const char *const cpu_relation_names[CPU_RELATIONS];

/* How far an APIC id is shifted to leave the number of the core, and that of the package. */
struct topology {
	unsigned int core_shift, package_shift;
};

/* By CPUID of the CPU that runs this. Any context. */
struct topology topology_read(void);

/* Of two CPUs by their APIC ids. Any context. */
enum cpu_relation topology_relation(const struct topology *topology, u32 a, u32 b);

/*
 * Of a processor with several kinds of cores: which kind this CPU is, by EDX of CPUID leaf 7 and EAX of leaf
 * 1Ah (SDM vol. 2, CPUID). 0: all are alike. Any context.
 */
enum core_type {
	CORES_ALIKE,
	CORE_ATOM = 0x20,
	CORE_CORE = 0x40,
};
enum core_type topology_core_type(u32 leaf_7_edx, u32 leaf_1a_eax);

#endif
