// SPDX-License-Identifier: BSD-2-Clause
#include <entry/protocol/invariant.h>
#include <entry/protocol/points.h>
#include <kernel/report.h>
#include <patching/sync_policy.h>

bool signal_is_kept;

void invariant_broken(enum invariant_where where, const struct pt_regs *regs, u32 signal, u64 cr3)
{
	static const char *const names[INV_COUNT] = {"entry", "nmi", "probe"};

	report_violation("invariant", point_last(), smp_processor_id(),
			 "event=%s where=%s S=%u cr3=%lx site=%pS credit=%lu epoch=%lu vector=%ld",
			 point_last_event(), names[where], signal, cr3,
			 regs ? (void *)point_site(regs) : __builtin_return_address(0),
			 cea_read(credit), READ_ONCE(text_epoch), regs ? (long)regs->vector : -1);
}
