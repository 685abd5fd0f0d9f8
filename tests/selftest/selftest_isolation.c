// SPDX-License-Identifier: BSD-2-Clause
/*
 * A CPU that is about to be isolated has S=0 in the kernel where it did not keep S: it says the truth
 * before it is marked, or the next sync leaves it out.
 */
#include <arch/x86_64/percpu.h>
#include <kernel/isolation.h>
#include <tests/selftest/selftest.h>

static const char *raised_in_kernel(void)
{
	struct cpu_entry_area *cea;
	unsigned int cpu;

	for (cpu = 1; cpu < nr_cpus && !cpu_isolated[cpu]; cpu++)
		;
	if (cpu >= nr_cpus)
		return SELFTEST_SKIP("needs an isolated CPU");
	cea = cpu_entry_area(cpu);
	WRITE_ONCE(cea->kernel_cr3_loaded, 0); /* it is idle, and nobody syncs */
	isolation_do(cpu, ISOLATION_RAISE);
	CHECK(READ_ONCE(cea->kernel_cr3_loaded) == 1);
	CHECK(marked_isolated(cpu));
	return NULL;
}
SELFTEST("a CPU says S=1 before it is isolated", raised_in_kernel);
