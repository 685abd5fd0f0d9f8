/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory and string functions of libc that the kernel uses. All are pure, take no lock and
 * may be called from any context, NMI included. The compiler may call the first four by itself.
 */
#ifndef KERNEL_STRING_H
#define KERNEL_STRING_H

#include <kernel/lib/types.h>

/* Copy @n bytes; the areas must not overlap. Returns @dst. */
void *memcpy(void *dst, const void *src, size_t n);

/* Copy @n bytes; the areas may overlap. Returns @dst. */
void *memmove(void *dst, const void *src, size_t n);

/* Fill @n bytes with the low byte of @c. Returns @dst. */
void *memset(void *dst, int c, size_t n);

/* Compare @n bytes as unsigned: below, equal to or above 0 like a - b. */
int memcmp(const void *a, const void *b, size_t n);

/* Length in bytes without the terminating NUL. */
size_t strlen(const char *s);

/* Like strlen(), but looks at no more than @max bytes. */
size_t strnlen(const char *s, size_t max);

/* Compare two strings as unsigned bytes. */
int strcmp(const char *a, const char *b);

/* Compare no more than @n bytes of two strings. */
int strncmp(const char *a, const char *b, size_t n);

/* First @c in @s (the NUL counts), or NULL. */
char *strchr(const char *s, int c);

/*
 * Copy @src into the @size bytes at @dst, always with a NUL (unless @size is 0).
 * Returns the length copied, or -1 if it was cut short.
 */
long strscpy(char *dst, const char *src, size_t size);

#endif
