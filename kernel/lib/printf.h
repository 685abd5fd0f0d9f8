/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formatted text into a buffer. Pure apart from symbol_format(), no lock, little stack: may be
 * called from any context, NMI included.
 *
 * %c %s %d %i %u %x %X %o %p %% with the flags - 0 + space #, width and precision (also as *) and
 * the lengths hh h l ll z t j. Beyond C, in Linux's form so that the compiler still checks them:
 *   %pS   address as symbol+0xoffset/0xsize
 *   %*ph  hex dump of (int)length bytes at the pointer, "0f 1f 00"; %*phN without the blanks
 * No floats, no %n.
 */
#ifndef KERNEL_PRINTF_H
#define KERNEL_PRINTF_H

#include <stdarg.h>
#include <kernel/lib/types.h>

/*
 * Format into the @size bytes at @buf, cut short if need be, always with a NUL (unless @size is 0).
 * Returns the bytes really written, without the NUL: never more than @size - 1.
 */
__printf(3, 0) int vscnprintf(char *buf, size_t size, const char *fmt, va_list args);
__printf(3, 4) int scnprintf(char *buf, size_t size, const char *fmt, ...);

/*
 * The hook behind %pS: write the name of @addr into the @size bytes at @buf, return the length.
 * The weak default writes the bare number. Must be callable from NMI context.
 */
size_t symbol_format(char *buf, size_t size, unsigned long addr);

#endif
