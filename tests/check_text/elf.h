/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A linked 64-bit ELF file: bytes by address, addresses by symbol, symbols by address. One file a
 * program. What cannot be read ends the program with status 2 and a line that says why.
 */
#ifndef TESTS_CHECK_TEXT_ELF_H
#define TESTS_CHECK_TEXT_ELF_H

#include <kernel/lib/types.h>

struct symbol {
	u64 addr;
	const char *name;
	u64 size; /* 0: not known, as of all that NASM makes */
	u16 section;
	bool object; /* data, and says so */
};

/* Sorted by address; absolute ones and files left out. */
extern struct symbol *symbols;
extern unsigned int nr_symbols;

/* Ends the program: "check_text: @path: @why". */
__noreturn void unreadable(const char *path, const char *why);

/* Reads the file at @path; before anything else here. */
void elf_open(const char *path);

/* Where the symbol @name lies; a missing one ends the program. */
u64 address_of(const char *name);

/* The @len bytes that the file holds for @addr; NULL: it holds none for some of them. */
const u8 *bytes_at(u64 addr, u64 len);

/* The last symbol at or below @addr: an index into symbols, or -1. */
int symbol_below(u64 addr);

/* Made by a macro, or drawn by linker.ld: no name that says where something is. */
bool is_marker(const char *name);

/* "symbol+0x12 (address)". Four buffers in turn, for as many in one line. */
const char *describe(u64 addr);

#endif
