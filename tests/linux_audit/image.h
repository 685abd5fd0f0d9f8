/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Somebody else's Linux kernel: an x86-64 vmlinux of which nothing is trusted. One a program.
 * What cannot be used ends the program with status 2 and a line that says why.
 */
#ifndef TESTS_LINUX_AUDIT_IMAGE_H
#define TESTS_LINUX_AUDIT_IMAGE_H

#include <elf.h>
#include <kernel/lib/types.h>

struct range {
	u64 start, end;
};

/* Ends the program with status 2: "linux-audit: @path: ...". */
__noreturn __attribute__((format(printf, 2, 3))) void unusable(const char *path, const char *format,
							       ...);

/* The whole file at @path, mapped; its bytes in *@size. A file that cannot be read is unusable. */
const u8 *map_file(const char *path, u64 *size);

/* Reads the kernel at @path, which messages call @name; before anything else here. */
void image_open(const char *path, const char *name);

/* The @name that image_open() was given. */
const char *image_path(void);

/* The banner: "Linux version 6.1.0 ...", one line. */
const char *image_banner(void);

/* Where the section @name lies. False: there is none, or it holds nothing. */
bool image_section(const char *name, struct range *range);

/* Calls @f with each section that is loaded, in the order of the file. */
void image_each_section(void (*f)(const char *name, struct range range, bool exec));

/* Is @addr in a section that is executed? */
bool image_is_text(u64 addr);

/* The @len bytes that the file holds for @addr. NULL: it holds none for some of them. */
const u8 *image_at(u64 addr, u64 len);

struct image_symtab {
	const Elf64_Sym *symbols;
	const char *names;
	u64 nr, names_size;
};

/* The symbol table, if it was not stripped. The last byte of its names is NUL. */
bool image_symtab(struct image_symtab *symtab);

/* The segment (PT_LOAD) number @n, or NULL after the last. */
const Elf64_Phdr *image_segment(unsigned int n);

/* Fields of the file, which may lie at any address. */
static inline u16 get_u16(const u8 *p)
{
	return p[0] | p[1] << 8;
}

static inline u32 get_u32(const u8 *p)
{
	return get_u16(p) | (u32)get_u16(p + 2) << 16;
}

static inline u64 get_u64(const u8 *p)
{
	return get_u32(p) | (u64)get_u32(p + 4) << 32;
}

#endif
