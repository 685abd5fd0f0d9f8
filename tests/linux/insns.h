/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions as text, from the kernel's memory: alternatives are applied there. By objdump. */
#ifndef TESTS_LINUX_INSNS_H
#define TESTS_LINUX_INSNS_H

#include <kernel/lib/types.h>

/* Disassembles @len bytes at @bytes, which lie at @addr. False: there is no objdump, or it failed. */
bool insns_add(u64 addr, const void *bytes, size_t len);

/* The instruction at @addr; "?" where none was added there. */
const char *insns_at(u64 addr);

#endif
