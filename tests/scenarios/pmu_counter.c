// SPDX-License-Identifier: BSD-2-Clause
/* Counter 0: CPUID.0AH has at least that one. From version 2 on there is a switch for all of them. */
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <entry/entry.h>
#include <tests/scenarios/pmu_counter.h>

#define LEAF_PMU		 0xa
#define PMU_NO_INSTRUCTIONS	 BIT(1) /* EBX: the event is not there */
#define MSR_PMC0		 0xc1
#define MSR_PERFEVTSEL0		 0x186
#define MSR_PERF_GLOBAL_CTRL	 0x38f
#define MSR_PERF_GLOBAL_OVF_CTRL 0x390
#define EVENT_INSTRUCTIONS	 0xc0
#define EVENT_KERNEL		 BIT(17) /* at privilege level 0 */
#define EVENT_INTERRUPT		 BIT(20)
#define EVENT_ENABLE		 BIT(22)
#define TRIAL_LOOPS		 1000u

static u32 version, width;

static bool read_leaf(void)
{
	struct cpuid_regs r;

	if (cpuid(0, 0).eax < LEAF_PMU)
		return false;
	r = cpuid(LEAF_PMU, 0);
	version = r.eax & 0xff;
	width = r.eax >> 16 & 0xff;
	/* EAX: version, number of counters, their width, how many bits of EBX mean something. */
	return version && (r.eax >> 8 & 0xff) && width > 32 && r.eax >> 24 >= 2 &&
	       !(r.ebx & PMU_NO_INSTRUCTIONS);
}

static void switch_on(u64 event, u64 value)
{
	wrmsr(MSR_PERFEVTSEL0, 0);
	wrmsr(MSR_PMC0, value & (BIT(width) - 1));
	if (version >= 2) {
		wrmsr(MSR_PERF_GLOBAL_OVF_CTRL, 1);
		wrmsr(MSR_PERF_GLOBAL_CTRL, 1);
	}
	wrmsr(MSR_PERFEVTSEL0, event);
}

/* Whether the register may be written at all: a hypervisor may have CPUID's leaf and no register. */
static bool may_write(void)
{
	u64 before = this_cpu()->trap_fixups;

	asm volatile(ASM_TRY() "wrmsr\n2:" ::"c"(MSR_PERFEVTSEL0), "a"(0), "d"(0) : "memory");
	return this_cpu()->trap_fixups == before;
}

const char *pmu_counter_missing(void)
{
	unsigned int i;
	u64 counted;

	if (!read_leaf())
		return "CPUID 0AH has no counter of retired instructions: no PMU here, or none that is "
		       "shown to a guest";
	if (!may_write())
		return "CPUID 0AH names a counter, and its register cannot be written";
	switch_on(EVENT_INSTRUCTIONS | EVENT_KERNEL | EVENT_ENABLE, 0);
	for (i = 0; i < TRIAL_LOOPS; i++)
		barrier();
	wrmsr(MSR_PERFEVTSEL0, 0);
	counted = rdmsr(MSR_PMC0);
	return counted < TRIAL_LOOPS ? "CPUID 0AH names a counter, and it does not count" : NULL;
}

void pmu_counter_start(u32 count)
{
	apic_counter_nmi(true);
	switch_on(EVENT_INSTRUCTIONS | EVENT_KERNEL | EVENT_INTERRUPT | EVENT_ENABLE, -(u64)count);
}

bool pmu_counter_stop(u64 *since)
{
	wrmsr(MSR_PERFEVTSEL0, 0);
	*since = rdmsr(MSR_PMC0);
	apic_counter_nmi(false);
	if (version >= 2)
		wrmsr(MSR_PERF_GLOBAL_OVF_CTRL, 1);
	return !(*since >> (width - 1) & 1); /* it was started in its upper half */
}
