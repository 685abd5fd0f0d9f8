/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What patching/text_poke_arch.h asks of a hosted program: text mapped twice, membarrier() for the
 * sync IPI. CPU 0 is the patcher, CPU 1 the one that executes.
 */
#ifndef TESTS_SILICON_USER_TEXT_H
#define TESTS_SILICON_USER_TEXT_H

#include <kernel/lib/types.h>

/* Maps @size bytes of text and makes membarrier() ready. NULL, or why that is impossible. */
const char *user_text_map(size_t size);

/* The text as it is executed. */
extern u8 *user_text;

/* The same byte in the writable mapping. */
u8 *user_text_alias(unsigned long addr);

/* No sync reaches anybody, though the engine believes it: what a broken patcher does. */
extern bool user_text_no_sync;

/* Every running thread of this program serialises. */
void sync_all_now(void);

/* Odd while the victim executes text that may be patched, its int3 handler included. */
extern u32 user_text_executions;

/* What the engine found broken in itself, or NULL. */
extern const char *user_text_broken;

#endif
