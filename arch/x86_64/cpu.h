/* SPDX-License-Identifier: BSD-2-Clause */
/* What this processor is and can do. The boot CPU speaks for all; secondaries are compared. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <arch/x86_64/cpufeatures.h>
#include <arch/x86_64/hypervisor.h>
#include <kernel/lib/types.h>

struct cpu_info {
	char vendor[13];
	u32 family, model, stepping, microcode;
	struct hypervisor hypervisors[HYPERVISORS_MAX];
	unsigned int nr_hypervisors; /* or emulators; 0 on bare metal */
	int rdcl_no;		     /* Meltdown fixed in hardware; -1 unknown */
	bool xapic_locked;	     /* firmware left only x2APIC mode: xAPIC mode faults */
	u32 max_leaf;
};

extern struct cpu_info cpu_info;
extern u8 cpu_core_types[]; /* of each CPU that came up: enum core_type */
extern u32 cpu_caps[CPUFEATURE_WORDS];

/* Reads CPUID into cpu_caps and cpu_info. Boot CPU, first thing. */
void cpu_identify(void);

/* Sets or clears a feature, before alternatives are applied. */
void cpu_cap_set(unsigned int feature, bool on);

static inline bool cpu_has(unsigned int feature)
{
	return cpu_caps[feature / 32] >> (feature % 32) & 1;
}

/* True if one of the hypervisors has this signature ("KVMKVMKVM", "TCGTCGTCGTCG", ...), or "Bochs". */
bool hypervisor_is(const char *signature);

#endif
