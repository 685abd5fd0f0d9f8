// SPDX-License-Identifier: BSD-2-Clause
#include <entry/invariant.h>
#include <entry/points.h>
#include <kernel/report.h>

bool signal_is_kept;

void invariant_broken(enum invariant_where where, const struct pt_regs *regs, u32 signal, u64 cr3)
{
	static const char *const names[INV_COUNT] = {"entry", "nmi", "probe"};

	report_violation("invariant", point_last(), smp_processor_id(),
			 "where=%s S=%u cr3=%lx vector=%ld ip=%pS", names[where], signal, cr3,
			 regs ? (long)regs->vector : -1, regs ? (void *)regs->ip : NULL);
}
