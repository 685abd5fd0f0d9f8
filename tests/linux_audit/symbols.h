/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's names: from a System.map, its ELF symbols, its own kallsyms, or none. */
#ifndef TESTS_LINUX_AUDIT_SYMBOLS_H
#define TESTS_LINUX_AUDIT_SYMBOLS_H

#include <tests/linux_audit/image.h>

struct ksym {
	u64 addr;
	const char *name;
};

/* Sorted by address. */
extern struct ksym *ksyms;
extern unsigned int nr_ksyms;

/* Reads them from the file @map, or with NULL from the image. Returns where they came from. */
const char *symbols_read(const char *map);

/* What kallsyms.c finds in the image: how many, into *@found (unsorted). 0: it has no kallsyms. */
unsigned int kallsyms_read(struct ksym **found);

/* Where the symbol @name lies. False: there is none. */
bool symbol_find(const char *name, u64 *addr);

/* What lies between two symbols. False: one of them is missing. */
bool symbol_range(const char *start, const char *end, struct range *range);

/* "symbol+0x12", or the address alone. Four buffers in turn, for as many in one line. */
const char *symbol_describe(u64 addr);

#endif
