/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Oracle 1: wherever kernel text that can change runs under a protocol that keeps S, S is 1 and
 * CR3 is the kernel's.
 */
#ifndef ENTRY_INVARIANT_H
#define ENTRY_INVARIANT_H

#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/ptrace.h>

enum invariant_where {
	INV_USER_ENTRY,
	INV_NMI_ENTRY,
	INV_PROBE,
	INV_COUNT
};

/* Set by the code that chooses the protocol: does it keep S at all? */
extern bool signal_is_kept;

/* Slow path: reports kind=invariant. NMI-safe. */
void invariant_broken(enum invariant_where where, const struct pt_regs *regs, u32 signal, u64 cr3);

/* @regs: the interrupted context, or NULL in a probe. Any context with the kernel's GS. */
static inline void check_invariant(enum invariant_where where, const struct pt_regs *regs)
{
	u32 signal = cea_read(kernel_cr3_loaded);
	u64 cr3 = read_cr3();

	if (unlikely(signal_is_kept && (signal != 1 || cr3 & PTI_USER_PGTABLE_MASK)))
		invariant_broken(where, regs, signal, cr3);
}

#endif
