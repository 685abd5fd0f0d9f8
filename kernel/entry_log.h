/* SPDX-License-Identifier: BSD-2-Clause */
/* What hit whom: the names of vectors, whose they are, and debug=entry's line a CPU. */
#ifndef KERNEL_ENTRY_LOG_H
#define KERNEL_ENTRY_LOG_H

#include <entry/user_abi.h>
#include <kernel/lib/types.h>

/* What an entry by @vector is called ("timer"). Any context. */
const char *vector_name(unsigned int vector);

/* An interrupt that this kernel neither sends nor programs: a device's, a monitor's, the APIC's own. */
bool vector_is_foreign(unsigned int vector);

/* What a program calls the gap that an entry by @vector makes, SYSCALL's included. Any context. */
extern const u8 vector_causes[];
static inline enum gap_cause vector_cause(unsigned int vector)
{
	return vector_causes[vector];
}

/* Prints what every CPU took since the last call: entries from user mode, NMIs, each vector. */
void entry_log_print(void);

#endif
