/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holds a Linux kernel to the rule on which deferral rests, as far as its own tables tell: text that
 * runs between a hardware entry and the CR3 write must not change once the kernel has booted.
 * Immutable is meant to be all of .entry.text and .noinstr.text.
 */
#ifndef TESTS_LINUX_AUDIT_AUDIT_H
#define TESTS_LINUX_AUDIT_AUDIT_H

#include <kernel/lib/types.h>

/*
 * Prints each site there that may change, and with @print_all each that only the boot changes:
 *	VERDICT WHERE KIND SYMBOL+OFFSET ADDRESS [OWNER]
 * WHERE: before-cr3, leaving (behind the user's CR3), kernel or unreached in entry text; noinstr in
 * the other. Then what each kind came to. Needs the image and its symbols; ends the program with
 * status 77 where tables are missing. Returns 1 if something may change, else 0.
 */
int audit(bool print_all);

#endif
