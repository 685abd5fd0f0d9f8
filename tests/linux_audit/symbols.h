/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's names: from a System.map, its ELF symbols, its own kallsyms, or none. */
#ifndef TESTS_LINUX_AUDIT_SYMBOLS_H
#define TESTS_LINUX_AUDIT_SYMBOLS_H

#include <tests/linux/symbols.h>
#include <tests/linux_audit/image.h>

extern struct symbols ksyms;

/* Reads them from the file @map, or with NULL from the image. Returns where they came from. */
const char *symbols_read(const char *map);

/* Adds what kallsyms.c finds in the image, unsorted, if it has kallsyms. */
void kallsyms_read(struct symbols *to);

/* Where the kernel's symbol @name lies. False: there is none. */
bool symbol_find(const char *name, u64 *addr);

/* What lies between two symbols. False: one of them is missing. */
bool symbol_range(const char *start, const char *end, struct range *range);

#endif
