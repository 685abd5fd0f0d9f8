/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of the kernel under test: names, which of its text never changes, CR3, the signal. */
#ifndef TESTS_LINUX_KERNEL_H
#define TESTS_LINUX_KERNEL_H

#include <tests/linux/judge.h>
#include <tests/linux/symbols.h>

extern struct symbols kernel_symbols;

/* Names are taken from @more (may be NULL) beside what the kernel itself says, in @text (may be NULL). */
void kernel_open(const char *more, char *text);

/* Text that live patching reaches: all but .entry.text, .noinstr.text and thunks. */
bool kernel_may_change(u64 addr);

bool kernel_is_user(u64 addr);

/* Looks up the per-CPU word @name, "SYMBOL" or "SYMBOL+OFFSET"; false: the symbol is missing. */
bool kernel_has_signal(const char *name);

/* Once the CPU is in the kernel, on its GS base and page tables: where the word lies. */
void kernel_place_signal(void);

/* Reads the text that never changes, for insns_at(). On the kernel's page tables. */
void kernel_disassemble(void);

struct state kernel_state(void);

#endif
