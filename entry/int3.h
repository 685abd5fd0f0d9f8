/* SPDX-License-Identifier: BSD-2-Clause */
/* #BP of the kernel: the patcher's, or an orphan. And the #UD that a torn instruction comes to. */
#ifndef ENTRY_INT3_H
#define ENTRY_INT3_H

#include <arch/x86_64/percpu.h>
#include <arch/x86_64/ptrace.h>

/*
 * Emulates for the batch under way, or deals with an int3 that no batch owns. False: nobody can
 * own it. NMI-safe.
 */
bool handle_int3(struct pt_regs *regs);

/*
 * #UD of the kernel where an instruction stands that cannot raise it: reports what was executed as
 * torn, and does what stands there. False, with nothing done: it is an ordinary #UD. NMI-safe.
 */
bool handle_torn(struct pt_regs *regs);

/* The int3 that waited for its verdict went through when executed again: count and report it. */
void int3_settle_orphan(void);

/* A patched site was executed to its end on this CPU. Any context, right after the site. */
static inline void int3_settle(void)
{
	if (unlikely(this_cpu()->orphan_ip))
		int3_settle_orphan();
}

/*
 * An interrupt may come between an orphan's trap and its second execution, and run sites of its
 * own: the open question waits until it is over.
 */
static inline u64 int3_suspend(void)
{
	u64 orphan = this_cpu()->orphan_ip;

	this_cpu()->orphan_ip = 0;
	return orphan;
}

static inline void int3_resume(u64 orphan)
{
	this_cpu()->orphan_ip = orphan;
}

#endif
