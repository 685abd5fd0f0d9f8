/* SPDX-License-Identifier: BSD-2-Clause */
/* A Linux kernel's .altinstructions, whose entries have had three forms. */
#ifndef TESTS_LINUX_AUDIT_ALT_TABLE_H
#define TESTS_LINUX_AUDIT_ALT_TABLE_H

#include <tests/linux_audit/image.h>

/* Numbers that have not changed since they were given: arch/x86/include/asm/cpufeatures.h. */
#define LINUX_FEATURE_ALWAYS (3 * 32 + 21)
#define LINUX_FEATURE_PTI    (7 * 32 + 11)
#define LINUX_FEATURE_XENPV  (8 * 32 + 16)

struct linux_alt {
	u64 site, repl;
	u16 feature,
		flags; /* flags: ALT_FLAG_* of patching/alternative.h, which Linux has as well */
	u8 site_len, repl_len;
};

/*
 * The table in its own order; @nr entries. A table in no known form ends the program. NULL: the
 * kernel has none, or no section headers that say where.
 */
const struct linux_alt *alt_table_read(unsigned int *nr);

/* Bytes of an entry in the form that alt_table_read() found. */
unsigned int alt_table_entry_size(void);

#endif
