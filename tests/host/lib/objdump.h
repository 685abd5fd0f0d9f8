/* SPDX-License-Identifier: BSD-2-Clause */
/* The instructions of this machine's programs as objdump sees them. */
#ifndef TESTS_HOST_LIB_OBJDUMP_H
#define TESTS_HOST_LIB_OBJDUMP_H

#include <kernel/lib/types.h>

struct disassembled {
	unsigned long addr;
	u8 bytes[32];
	size_t length;
	bool instruction;	 /* false: objdump makes nothing sensible of it */
	const char *text, *line; /* of objdump, to the end of the line */
};

/* Is there an objdump to ask? */
bool objdump_exists(void);

/* Calls @visit for each instruction in the program or library at @path. False if it is not there. */
bool objdump_each(const char *path, void (*visit)(void *ctx, const struct disassembled *d),
		  void *ctx);

#endif
