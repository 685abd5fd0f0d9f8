// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/topology.h>

#define LEVELS_MAX	8
#define LEVEL_SMT	1
#define FEATURE_HTT	BIT(28) /* leaf 1, EDX */
#define FEATURE_HYBRID	BIT(15) /* leaf 7, EDX */
#define FEATURE_TOPOEXT BIT(22) /* leaf 80000001h, ECX */

const char *const cpu_relation_names[CPU_RELATIONS] = {
	[CPU_SMT] = "smt",
	[CPU_CORE] = "core",
	[CPU_PACKAGE] = "package",
};

/* Bits that number @n things. */
static unsigned int bits_for(unsigned int n)
{
	unsigned int bits = 0;

	while (n > 1u << bits)
		bits++;
	return bits;
}

/* Leaves 0Bh and 1Fh: a level each, the innermost first. False where the leaf says nothing. */
static bool read_levels(u32 leaf, struct topology *topology)
{
	unsigned int i, type, shift;
	struct cpuid_regs r;

	for (i = 0; i < LEVELS_MAX; i++) {
		r = cpuid(leaf, i);
		type = r.ecx >> 8 & 0xff;
		shift = r.eax & 31;
		if (!type || !(r.ebx & 0xffff))
			break;
		if (type == LEVEL_SMT)
			topology->core_shift = shift;
		topology->package_shift = shift;
	}
	return i;
}

/* AMD before it had leaf 0Bh: sizes in 80000008h and 8000001Eh. */
static bool read_amd(struct topology *topology)
{
	u32 max = cpuid(0x80000000, 0).eax, sizes;

	if (max < 0x80000008 || cpuid(0, 0).ecx != 0x444d4163) /* "cAMD", the name's last part */
		return false;
	sizes = cpuid(0x80000008, 0).ecx;
	topology->package_shift = sizes >> 12 & 15 ?: bits_for((sizes & 0xff) + 1);
	if (max >= 0x8000001e && cpuid(0x80000001, 0).ecx & FEATURE_TOPOEXT)
		topology->core_shift = bits_for((cpuid(0x8000001e, 0).ebx >> 8 & 0xff) + 1);
	return true;
}

/* Leaves 1 and 4: how many ids there are a package, and how many of those are cores. */
static void read_legacy(struct topology *topology)
{
	unsigned int threads = 1, cores = 1;

	if (cpuid(1, 0).edx & FEATURE_HTT)
		threads = cpuid(1, 0).ebx >> 16 & 0xff;
	if (cpuid(0, 0).eax >= 4)
		cores = (cpuid(4, 0).eax >> 26) + 1;
	topology->package_shift = bits_for(threads);
	topology->core_shift = threads > cores ? bits_for(threads / cores) : 0;
}

struct topology topology_read(void)
{
	struct topology topology = {};
	u32 max = cpuid(0, 0).eax;

	if ((max >= 0x1f && read_levels(0x1f, &topology)) ||
	    (max >= 0xb && read_levels(0xb, &topology)) || read_amd(&topology))
		return topology;
	read_legacy(&topology);
	return topology;
}

enum cpu_relation topology_relation(const struct topology *topology, u32 a, u32 b)
{
	if (a >> topology->package_shift != b >> topology->package_shift)
		return CPU_PACKAGE; /* @topology.package */
	return a >> topology->core_shift == b >> topology->core_shift ? CPU_SMT : CPU_CORE;
}

enum core_type topology_core_type(u32 leaf_7_edx, u32 leaf_1a_eax)
{
	return leaf_7_edx & FEATURE_HYBRID ? leaf_1a_eax >> 24 : CORES_ALIKE; /* @topology.hybrid */
}
