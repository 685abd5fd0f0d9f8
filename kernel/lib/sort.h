/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SORT_H
#define KERNEL_SORT_H

#include <kernel/lib/types.h>

/*
 * Sorts @n numbers in place by @before(a, b) ("a comes before b"); heap sort, so n log n always.
 * Any context.
 */
void sort_u32(u32 *items, u32 n, bool (*before)(u32 a, u32 b));
void sort_u64(u64 *items, u32 n, bool (*before)(u64 a, u64 b));

#endif
