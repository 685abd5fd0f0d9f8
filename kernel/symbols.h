/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for text addresses, from the table that the second link brings. */
#ifndef KERNEL_SYMBOLS_H
#define KERNEL_SYMBOLS_H

#include <kernel/lib/types.h>

/*
 * The symbol that @addr lies in, NULL outside the kernel's text; its start and size through
 * @start and @size. Any context.
 */
const char *symbol_lookup(unsigned long addr, unsigned long *start, unsigned long *size);

#endif
