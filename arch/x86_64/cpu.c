// SPDX-License-Identifier: BSD-2-Clause
/* SDM vol. 2, CPUID. */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/cpu_entry_area.h>
#include <arch/x86_64/desc.h>
#include <arch/x86_64/smp.h>
#include <arch/x86_64/tlb.h>
#include <arch/x86_64/topology.h>
#include <arch/x86_64/xapic_lock.h>
#include <kernel/lib/string.h>

#define PORT_E9 0xe9 /* Bochs, which has no CPUID leaf of its own, answers with the number */

struct cpu_info cpu_info;
u32 cpu_caps[CPUFEATURE_WORDS];
u8 cpu_core_types[NR_CPUS];

static void read_words(void)
{
	u32 max_leaf = cpu_info.max_leaf, max_ext = cpuid(0x80000000, 0).eax;
	struct cpuid_regs r;

	r = cpuid(1, 0);
	cpu_caps[0] = r.edx;
	cpu_caps[4] = r.ecx;
	if (max_ext >= 0x80000001) {
		r = cpuid(0x80000001, 0);
		cpu_caps[1] = r.edx;
		cpu_caps[6] = r.ecx;
	}
	if (max_leaf >= 7) {
		r = cpuid(7, 0);
		cpu_caps[9] = r.ebx;
		cpu_caps[16] = r.ecx;
		cpu_caps[18] = r.edx;
	}
	if (max_leaf >= 0xd)
		cpu_caps[10] = cpuid(0xd, 1).eax;
	cpu_cap_set(X86_FEATURE_ALWAYS, true);
	if (max_ext >= 0x80000007)
		cpu_cap_set(X86_FEATURE_CONSTANT_TSC, cpuid(0x80000007, 0).edx >> 8 & 1);
}

void cpu_identify(void)
{
	struct cpuid_regs r = cpuid(0, 0);
	u32 version;

	cpu_info.max_leaf = r.eax;
	cpuid_text(cpu_info.vendor, r.ebx, r.edx, r.ecx);
	read_words();

	version = cpuid(1, 0).eax;
	cpu_info.stepping = version & 0xf;
	cpu_info.model = version >> 4 & 0xf;
	cpu_info.family = version >> 8 & 0xf;
	if (cpu_info.family >= 6)
		cpu_info.model |= version >> 12 & 0xf0;
	if (cpu_info.family == 0xf)
		cpu_info.family += version >> 20 & 0xff;

	if (cpu_has(X86_FEATURE_HYPERVISOR))
		cpu_info.nr_hypervisors = hypervisors_find(cpuid, cpu_info.hypervisors);
	else if (inb(PORT_E9) == PORT_E9)
		cpu_info.hypervisors[cpu_info.nr_hypervisors++] =
			(struct hypervisor){"Bochs", 0, 0};
	cpu_info.rdcl_no = -1;
	if (!strcmp(cpu_info.vendor, "AuthenticAMD"))
		cpu_info.rdcl_no = 1;
	else if (cpu_caps[18] >> FEATURE_ARCH_CAPS_BIT & 1)
		cpu_info.rdcl_no = rdmsr(MSR_ARCH_CAPS) & ARCH_CAPS_RDCL_NO ? 1 : 0;
	cpu_info.xapic_locked = xapic_locked_away(rdmsr, cpu_caps[18]);
	/* Intel wants CPUID 1 between clearing and reading the signature (SDM vol. 3, 9.11.7). */
	if (!strcmp(cpu_info.vendor, "GenuineIntel")) {
		wrmsr(MSR_UCODE_REV, 0);
		cpuid(1, 0);
		cpu_info.microcode = rdmsr(MSR_UCODE_REV) >> 32;
	}
}

void cpu_cap_set(unsigned int feature, bool on)
{
	if (on)
		cpu_caps[feature / 32] |= 1u << feature % 32;
	else
		cpu_caps[feature / 32] &= ~(1u << feature % 32);
}

bool hypervisor_is(const char *signature)
{
	unsigned int i;

	for (i = 0; i < cpu_info.nr_hypervisors; i++)
		if (!strcmp(cpu_info.hypervisors[i].name, signature))
			return true;
	return false;
}

/*
 * As at reset, but entry 1 (PWT alone) is write-combining, as in Linux, instead of write-through:
 * for the framebuffer. Nothing is mapped by that entry yet, so no cache has to be flushed (SDM vol.
 * 3, 12.12.4). Without PAT such a mapping is write-through: slower, not wrong.
 */
#define PAT_VALUE 0x0007040600070106

void cpu_init_cr4(void)
{
	u64 cr4 = read_cr4();

	if (cpu_has(X86_FEATURE_SMEP))
		cr4 |= X86_CR4_SMEP;
	if (cpu_has(X86_FEATURE_SMAP))
		cr4 |= X86_CR4_SMAP;
	if (cpu_has(X86_FEATURE_UMIP))
		cr4 |= X86_CR4_UMIP;
	/* Without MCE a machine check shuts the machine down instead of reaching its handler. */
	if (cpu_has(X86_FEATURE_MCE))
		cr4 |= BIT(6);
	write_cr4(cr4);
}

void cpu_init(unsigned int nr)
{
	desc_load(nr);
	cpu_init_cr4();
	if (cpu_has(X86_FEATURE_PAT))
		wrmsr(MSR_PAT, PAT_VALUE);
	tlb_setup_cpu();
	if (cpu_info.max_leaf >= 0x1a) /* each CPU speaks of itself */
		cpu_core_types[nr] = topology_core_type(cpuid(7, 0).edx, cpuid(0x1a, 0).eax);
	write_cr0(read_cr0() | X86_CR0_WP);
}
