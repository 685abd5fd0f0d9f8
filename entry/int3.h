/* SPDX-License-Identifier: BSD-2-Clause */
/* #BP of the kernel: the patcher's, or an orphan. */
#ifndef ENTRY_INT3_H
#define ENTRY_INT3_H

#include <arch/x86_64/percpu.h>
#include <arch/x86_64/ptrace.h>

/*
 * Emulates for the batch under way, or deals with an int3 that no batch owns. False: nobody can
 * own it. NMI-safe.
 */
bool handle_int3(struct pt_regs *regs);

/* A patched site of this CPU was executed to its end: a pending orphan is settled as such. */
static inline void int3_settle(void)
{
	this_cpu()->orphan_ip = 0;
}

#endif
