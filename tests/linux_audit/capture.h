/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel's memory around the moment when it applies its alternatives, from the emulator. */
#ifndef TESTS_LINUX_AUDIT_CAPTURE_H
#define TESTS_LINUX_AUDIT_CAPTURE_H

#include <tests/linux_audit/image.h>

struct capture {
	struct range memory;	/* physical addresses */
	u64 apply, table;	/* apply_alternatives(), and what it is first called for */
	u64 booted;		/* in the first user program */
	unsigned int seconds;	/* bound on the whole */
	const char *const *to;	/* files: before, after, booted; their names without quotes */
	const char *const *run; /* the emulator, and what it is started with; NULL is last */
};

/* Boots the kernel and writes the three files. What goes wrong ends the program with status 3. */
void capture(const struct capture *c);

#endif
