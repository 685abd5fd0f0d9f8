// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/tsc_told.h>

#define LEAF_TSC	0x15
#define LEAF_FREQUENCY	0x16
#define HYPERVISOR_RATE 0x10

/* Emulators run at a few MHz, and no processor at a thousand GHz. */
#define KHZ_MIN 1000
#define KHZ_MAX 1000000000

static bool possible(u64 khz)
{
	return khz >= KHZ_MIN && khz <= KHZ_MAX; /* @told.possible */
}

/* The crystal's rate times a ratio (SDM vol. 2, CPUID; vol. 3, 19.7.3). Any of the three may be 0. */
static u64 from_crystal(cpuid_fn read)
{
	struct cpuid_regs r = read(LEAF_TSC, 0);

	return r.eax ? (u64)r.ecx * r.ebx / r.eax / 1000 : 0; /* @told.crystal */
}

/*
 * In order: a hypervisor, which may scale the TSC and hand the processor's leaf 15h through as it is;
 * leaf 15h; leaf 16h. The last is the base frequency in whole MHz, at which the TSC of these processors
 * runs but for the rounding: a crystal that is not told is derived from it, as Linux does, and so the
 * ratio of leaf 15h cancels out.
 */
u64 tsc_told_khz(cpuid_fn read, u32 max_leaf, u32 hypervisor, const char **source)
{
	u64 khz;

	if (hypervisor && read(hypervisor, 0).eax >= hypervisor + HYPERVISOR_RATE) {
		*source = "hypervisor";
		khz = read(hypervisor + HYPERVISOR_RATE, 0).eax;
		if (possible(khz))
			return khz;
	}
	if (max_leaf >= LEAF_TSC) {
		*source = "cpuid";
		khz = from_crystal(read);
		if (possible(khz))
			return khz;
	}
	if (max_leaf >= LEAF_FREQUENCY) {
		*source = "cpuid16";
		khz = (read(LEAF_FREQUENCY, 0).eax & 0xffff) * 1000ul;
		if (possible(khz))
			return khz;
	}
	*source = "none";
	return 0;
}
