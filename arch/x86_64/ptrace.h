/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers of an interrupted context, as entry/calling.inc pushes them. */
#ifndef ARCH_PTRACE_H
#define ARCH_PTRACE_H

#include <kernel/lib/types.h>

struct pt_regs {
	u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di;
	u64 vector;
	u64 error_code;
	/* pushed by the CPU */
	u64 ip, cs, flags, sp, ss;
};

/* What the CPU pushes on an interrupt or exception. */
struct hw_frame {
	u64 ip, cs, flags, sp, ss;
};

static inline bool user_mode(const struct pt_regs *regs)
{
	return regs->cs & 3;
}

#endif
