// SPDX-License-Identifier: BSD-2-Clause
/* Processors locked in x2APIC mode, and those whose MSRs would fault if they were asked. */
#include <tests/host/lib/tap.h>
#include "../../arch/x86_64/xapic_lock.h"

static u64 arch_caps, status;
static unsigned int reads_caps, reads_status;

static u64 read_msr(u32 msr)
{
	if (msr == MSR_ARCH_CAPS) {
		reads_caps++;
		return arch_caps;
	}
	reads_status++;
	return msr == MSR_XAPIC_DISABLE_STATUS ? status : 0;
}

static void locked(u32 leaf7_edx, u64 caps, u64 value, bool want, unsigned int reads,
		   const char *name)
{
	bool got;

	arch_caps = caps, status = value, reads_caps = reads_status = 0;
	got = xapic_locked_away(read_msr, leaf7_edx);
	ok(got == want && reads_caps + reads_status == reads, "%s: %s, %u MSRs read", name,
	   want ? "locked" : "free", reads);
}

int main(void)
{
	u32 has = 1u << 29;

	locked(~has, ~0ull, ~0ull, false, 0, "without IA32_ARCH_CAPABILITIES");
	locked(has, ~(1ull << 21), ~0ull, false, 1, "without IA32_XAPIC_DISABLE_STATUS");
	locked(has, 1ull << 21, ~1ull, false, 2, "with it, and not locked");
	locked(has, 1ull << 21, 1, true, 2, "locked");
	return done_testing();
}
