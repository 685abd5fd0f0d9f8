/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of addresses, from wherever they come. */
#ifndef TESTS_LINUX_SYMBOLS_H
#define TESTS_LINUX_SYMBOLS_H

#include <kernel/lib/types.h>

struct symbol {
	u64 addr;
	const char *name;
};

/* Begins as zeros. */
struct symbols {
	struct symbol *all; /* once sorted: by address, the most telling name of an address last */
	size_t n;
};

/* Adds a name, which is kept. What is below wants symbols_sort() after the last one. */
void symbols_add(struct symbols *s, u64 addr, const char *name);
void symbols_sort(struct symbols *s);

/*
 * Adds lines "ADDRESS TYPE NAME", as nm, System.map and /proc/kallsyms have them, and sorts; modules'
 * symbols ("NAME [MODULE]") are left out. Changes @text and keeps it. Returns the number of the
 * first line that looks different, 0: none.
 */
unsigned int symbols_add_text(struct symbols *s, char *text);

/* The same of the file at @path, with the line in *@odd; false: it cannot be read. */
bool symbols_add_file(struct symbols *s, const char *path, unsigned int *odd);

/* Where @name lies; false: there is none. */
bool symbols_find(const struct symbols *s, const char *name, u64 *addr);

/*
 * Are @given another build's than @own, which the kernel itself has? The first name of both that lies
 * elsewhere in @given, with its address there in *@there, or NULL.
 */
const struct symbol *symbols_differ(const struct symbols *own, const struct symbols *given,
				    u64 *there);

/* The symbol at or below @addr, or NULL. */
const struct symbol *symbols_below(const struct symbols *s, u64 addr);

/* "symbol+0x12", "symbol", or the bare address. Four buffers in turn, for as many in one line. */
const char *symbols_describe(const struct symbols *s, u64 addr);

#endif
