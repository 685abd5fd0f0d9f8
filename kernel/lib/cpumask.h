/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of CPU numbers. Plain memory: who shares one between CPUs brings the ordering. All inline,
 * usable in any context, NMI included.
 */
#ifndef KERNEL_CPUMASK_H
#define KERNEL_CPUMASK_H

#include <kernel/lib/types.h>

#define CPUMASK_CPUS 256 /* numbers 0 to 255; the kernel runs on at most 255 CPUs */

struct cpumask {
	u64 bits[CPUMASK_CPUS / 64];
};

/* Empty the set. */
static inline void cpumask_clear(struct cpumask *m)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(m->bits); i++)
		m->bits[i] = 0;
}

/* Put @cpu (below CPUMASK_CPUS) into the set. */
static inline void cpumask_set_cpu(struct cpumask *m, unsigned int cpu)
{
	m->bits[cpu / 64] |= 1ull << cpu % 64;
}

/* Take @cpu (below CPUMASK_CPUS) out of the set. */
static inline void cpumask_clear_cpu(struct cpumask *m, unsigned int cpu)
{
	m->bits[cpu / 64] &= ~(1ull << cpu % 64);
}

/* Is @cpu in the set? Any number may be asked. */
static inline bool cpumask_test_cpu(const struct cpumask *m, unsigned int cpu)
{
	return cpu < CPUMASK_CPUS && (m->bits[cpu / 64] >> cpu % 64 & 1);
}

/* The first CPU at or above @cpu in the set, or CPUMASK_CPUS. */
static inline unsigned int cpumask_next(const struct cpumask *m, unsigned int cpu)
{
	while (cpu < CPUMASK_CPUS && !cpumask_test_cpu(m, cpu))
		cpu++;
	return cpu;
}

/* How many CPUs are in the set. */
static inline unsigned int cpumask_weight(const struct cpumask *m)
{
	unsigned int n = 0, i;
	u64 b;

	for (i = 0; i < ARRAY_SIZE(m->bits); i++)
		for (b = m->bits[i]; b; b &= b - 1)
			n++;
	return n;
}

/* Run the body for each CPU in @m, upwards; @cpu is an unsigned. */
#define for_each_cpu(cpu, m)                                     \
	for ((cpu) = cpumask_next((m), 0); (cpu) < CPUMASK_CPUS; \
	     (cpu) = cpumask_next((m), (cpu) + 1))

#endif
