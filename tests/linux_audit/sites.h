/* SPDX-License-Identifier: BSD-2-Clause */
/* The places of a Linux kernel's text that something rewrites, from the kernel's own tables. */
#ifndef TESTS_LINUX_AUDIT_SITES_H
#define TESTS_LINUX_AUDIT_SITES_H

#include <tests/linux_audit/image.h>

/* In the order of their rows in sites.c. */
enum site_kind {
	SITE_JUMP_LABEL,
	SITE_STATIC_CALL,
	SITE_FTRACE,
	SITE_ALTERNATIVE,
	SITE_PARAVIRT,
	SITE_RETPOLINE,
	SITE_RETURN,
	SITE_CALL,
	SITE_ENDBR,
	SITE_SMP_LOCK,
	SITE_RUNTIME_CONST,
	SITE_KINDS
};

struct site {
	u64 addr;
	u64 owner; /* the key, of jump labels and static calls; else 0 */
	enum site_kind kind;
	bool may_change; /* when the kernel has booted */
};

struct site_kind_row {
	const char *name;
	const char *when; /* who rewrites it, and when */
	const char *
		objtool; /* what objtool of Linux 6.1 and 6.12 asks of it in noinstr text, and why */
};

extern const struct site_kind_row site_kinds[SITE_KINDS];

/* All sites in @text, sorted by address; *@nr of them. */
const struct site *sites_read(struct range text, unsigned int *nr);

/* Was there such a table? It may be empty. Asked after sites_read(). */
bool site_table_found(enum site_kind kind);

#endif
