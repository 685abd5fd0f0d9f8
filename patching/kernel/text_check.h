/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does this machine execute what stands in memory? Emulators have kept an instruction that crosses
 * into another page as it was, when that page was overwritten or replaced (Bochs #567, 86Box #7580).
 * Where one CPU, alone, runs old text behind its own serialising instruction, `torn` and `stale`
 * accuse the emulator, not the protocol.
 */
#ifndef PATCHING_KERNEL_TEXT_CHECK_H
#define PATCHING_KERNEL_TEXT_CHECK_H

#include <kernel/lib/types.h>

enum text_change {
	TEXT_OVERWRITTEN, /* within a line, across two lines, across two pages */
	TEXT_REPLACED,	  /* the page that the second half of an instruction lies in */
	TEXT_CHANGES
};

/*
 * Makes each change, serialises, and executes the instruction; keeps what came out for the function
 * below. Start-up, once, boot CPU, after pgtable_init().
 */
void text_check(void);

/* Which machine executed what old text after such a change, in one phrase; NULL: none. Any context. */
const char *text_check_failed(enum text_change change);

#endif
