/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which hypervisors this machine shows. One may show several interfaces: with Hyper-V's at the first
 * place, KVM's own lies at 40000100h. Takes CPUID as a function, so that any answer can be tried.
 */
#ifndef ARCH_HYPERVISOR_H
#define ARCH_HYPERVISOR_H

#include <arch/x86_64/asm.h>

#define HYPERVISORS_MAX 4

struct hypervisor {
	char name[13]; /* as it stands there: "Microsoft Hv", "KVMKVMKVM", "TCGTCGTCGTCG" */
	u32 base, max; /* its first leaf and its last; 0: it has none */
};

typedef struct cpuid_regs (*cpuid_fn)(u32 leaf, u32 subleaf);

/* The twelve letters of three registers, and a 0. */
void cpuid_text(char to[13], u32 a, u32 b, u32 c);

/* Fills @list, lowest leaf first; how many there are. Only where CPUID 1 says that there is one. */
unsigned int hypervisors_find(cpuid_fn read, struct hypervisor list[HYPERVISORS_MAX]);

/* The first leaf of one whose leaf 10h is the TSC's rate in kHz, if it goes so far; 0: none. */
u32 hypervisor_with_rate(const struct hypervisor *list, unsigned int nr);

#endif
