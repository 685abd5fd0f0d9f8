// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/hypervisor.h>
#include <kernel/lib/string.h>

/* Where interfaces may begin, as Linux and Xen look for them. */
#define BASE_FIRST 0x40000000
#define BASE_STEP  0x100
#define BASE_END   0x40010000
#define LEAF_RATE  0x10

void cpuid_text(char to[13], u32 a, u32 b, u32 c)
{
	memcpy(to, &a, 4);
	memcpy(to + 4, &b, 4);
	memcpy(to + 8, &c, 4);
	to[12] = '\0';
}

/* A leaf that is not there answers as the highest basic one, or with zeros (SDM vol. 2, CPUID). */
static bool is_name(const char *name)
{
	unsigned int i;

	for (i = 0; name[i]; i++)
		if (name[i] < ' ' || name[i] > '~') /* @hypervisor.name */
			return false;
	return i >= 4;
}

unsigned int hypervisors_find(cpuid_fn read, struct hypervisor list[HYPERVISORS_MAX])
{
	struct hypervisor h;
	struct cpuid_regs r;
	unsigned int nr = 0;

	for (h.base = BASE_FIRST; h.base < BASE_END && nr < HYPERVISORS_MAX; h.base += BASE_STEP) {
		r = read(h.base, 0);
		h.max = r.eax ? r.eax : h.base + 1; /* KVM before Linux 2.6.35 */
		if (h.max - h.base >= BASE_STEP)    /* @hypervisor.range */
			continue;
		cpuid_text(h.name, r.ebx, r.ecx, r.edx);
		if (is_name(h.name))
			list[nr++] = h;
	}
	return nr;
}

/* VMware's convention, which KVM, bhyve and ACRN follow; Hyper-V and Xen have other things there. */
u32 hypervisor_with_rate(const struct hypervisor *list, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (list[i].max >= list[i].base + LEAF_RATE &&
		    strcmp(list[i].name, "Microsoft Hv") && /* @hypervisor.rate */
		    strcmp(list[i].name, "XenVMMXenVMM"))
			return list[i].base;
	return 0;
}
