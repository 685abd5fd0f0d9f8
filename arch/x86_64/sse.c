// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/sse.h>

void sse_allow(void)
{
	static u64 thread[8];

	/* SDM vol. 3, 14.1.3; CR0 is as it wants it since boot.asm. */
	write_cr4(read_cr4() | X86_CR4_OSFXSR);
	wrmsr(MSR_FS_BASE, (u64)thread);
}
