/* SPDX-License-Identifier: BSD-2-Clause */
/* What the processor logs of its own heat: it slows down by itself, and no interrupt tells. */
#ifndef ARCH_THERMAL_H
#define ARCH_THERMAL_H

#include <kernel/lib/types.h>

#define MSR_THERM_STATUS	 0x19c
#define MSR_PACKAGE_THERM_STATUS 0x1b1

/* What has happened since the logs were cleared, a bit each; thermal_events[] names them. */
enum thermal_event {
	THERMAL_HOT,
	THERMAL_PROCHOT,
	THERMAL_CRITICAL,
	THERMAL_POWER_LIMIT,
	THERMAL_CURRENT_LIMIT,
	THERMAL_EVENTS
};
extern const char *const thermal_events[THERMAL_EVENTS];

/* Which MSRs there are, by EAX of CPUID leaf 6. Any context. */
bool thermal_core_logs(u32 leaf_6_eax);
bool thermal_package_logs(u32 leaf_6_eax);

/* The events that a status register logs; bits that leaf 6 says nothing of do not count. Any context. */
unsigned int thermal_logged(u64 status, u32 leaf_6_eax);

#endif
