/* SPDX-License-Identifier: BSD-2-Clause */
/* Firmware may lock a processor in x2APIC mode: leaving it is then a fault (SDM vol. 3, 11.12.5). */
#ifndef ARCH_XAPIC_LOCK_H
#define ARCH_XAPIC_LOCK_H

#include <kernel/lib/types.h>

#define MSR_ARCH_CAPS		 0x10a
#define MSR_XAPIC_DISABLE_STATUS 0xbd
#define ARCH_CAPS_RDCL_NO	 BIT(0)
#define ARCH_CAPS_XAPIC_DISABLE	 BIT(21) /* MSR_XAPIC_DISABLE_STATUS is there */
#define LEGACY_XAPIC_DISABLED	 BIT(0)
#define FEATURE_ARCH_CAPS_BIT	 29 /* of CPUID 7, EDX: MSR_ARCH_CAPS is there */

/*
 * Is this processor locked in x2APIC mode? SDM vol. 4, table 2-2. Takes RDMSR as a function, so that
 * it can be tried; reads no MSR that is not said to be there. @leaf7_edx: of CPUID 7.
 */
static inline bool xapic_locked_away(u64 (*read_msr)(u32 msr), u32 leaf7_edx)
{
	if (!(leaf7_edx >> FEATURE_ARCH_CAPS_BIT & 1))
		return false;
	return read_msr(MSR_ARCH_CAPS) & ARCH_CAPS_XAPIC_DISABLE && /* @xapic.lock */
	       read_msr(MSR_XAPIC_DISABLE_STATUS) & LEGACY_XAPIC_DISABLED;
}

#endif
