/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of CPUs as text, in Linux's cpulist syntax. Pure functions: any context. */
#ifndef KERNEL_CPULIST_H
#define KERNEL_CPULIST_H

#include <kernel/lib/cpumask.h>

/*
 * Read a list of CPUs to isolate: items `A`, `A-B`, `A-B:USED/GROUP` (the first USED of each
 * GROUP), between commas, N for the last CPU; or `none` alone. CPU 0 and CPUs at or above @nr_cpus
 * (1 to CPUMASK_CPUS) are refused, and so is a list that names none.
 * On failure returns false with @err saying what was expected (to stand after "expected ").
 */
bool cpulist_parse(const char *text, unsigned int nr_cpus, struct cpumask *mask, char *err,
		   size_t err_size);

/* Write a set in the same syntax, `none` if empty. Returns the length, cut to fit. */
size_t cpulist_format(char *buf, size_t size, const struct cpumask *mask);

#endif
