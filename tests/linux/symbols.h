/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of addresses, from lines "ADDRESS TYPE NAME" as nm, System.map and /proc/kallsyms have them. */
#ifndef TESTS_LINUX_SYMBOLS_H
#define TESTS_LINUX_SYMBOLS_H

#include <kernel/lib/types.h>

struct symbol {
	u64 addr;
	char *name;
	char type;
};

struct symbols {
	struct symbol *all; /* sorted by address */
	size_t n;
};

/* Adds what @text holds; modules' symbols ("NAME [MODULE]") are left out. Changes @text and keeps it. */
void symbols_add(struct symbols *s, char *text);

/* Adds the file at @path; false: it cannot be read. */
bool symbols_add_file(struct symbols *s, const char *path);

/* Where @name lies; false: there is none. */
bool symbols_find(const struct symbols *s, const char *name, u64 *addr);

/* The text symbol at or below @addr, or NULL. */
const struct symbol *symbols_below(const struct symbols *s, u64 addr);

/* "symbol+0x12", or the bare address. Four buffers in turn. */
const char *symbols_describe(const struct symbols *s, u64 addr);

#endif
