/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions as text, in the assembler's AT&T form: those that occur in alternatives, not the
 * whole architecture.
 */
#ifndef PATCHING_INSN_PRINT_H
#define PATCHING_INSN_PRINT_H

#include <kernel/lib/types.h>

/* Writes what addr is called (symbol+0x1/0x2) into buf; false, with nothing written, if unknown. */
typedef bool (*insn_describe_fn)(void *ctx, unsigned long addr, char *buf, size_t size);

/*
 * Prints the instruction at bytes, of which avail may be read, as it is when it stands at ip. What
 * is not known becomes "(N bytes)", what is no instruction "(bad)". describe may be NULL. The text
 * is cut off at size (at least 1). Returns the instruction's length in bytes, at least 1. Any
 * context that describe() can be called from.
 */
unsigned int insn_print(const u8 *bytes, size_t avail, unsigned long ip, insn_describe_fn describe,
			void *ctx, char *buf, size_t size);

#endif
