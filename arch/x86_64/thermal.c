// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/thermal.h>

/* Leaf 6, EAX (SDM vol. 2, CPUID). */
#define LEAF_6_SENSOR  BIT(0)
#define LEAF_6_LIMITS  BIT(4)
#define LEAF_6_PACKAGE BIT(6)
#define LEAF_6_HWP     BIT(7)

const char *const thermal_events[THERMAL_EVENTS] = {
	[THERMAL_HOT] = "too hot, and slowed down",
	[THERMAL_PROCHOT] = "told to slow down (PROCHOT)",
	[THERMAL_CRITICAL] = "critically hot",
	[THERMAL_POWER_LIMIT] = "at the limit of power",
	[THERMAL_CURRENT_LIMIT] = "at the limit of current",
};

bool thermal_core_logs(u32 leaf_6_eax)
{
	return leaf_6_eax & LEAF_6_SENSOR;
}

bool thermal_package_logs(u32 leaf_6_eax)
{
	return leaf_6_eax & LEAF_6_PACKAGE;
}

/* SDM vol. 3, 15.8.5.2 and 15.9: each state has its log in the bit above it. */
unsigned int thermal_logged(u64 status, u32 leaf_6_eax)
{
	static const struct {
		u8 log;
		u8 needs; /* of leaf 6; the first three are there wherever the register is */
	} logs[THERMAL_EVENTS] = {
		[THERMAL_HOT] = {1, 0},
		[THERMAL_PROCHOT] = {3, 0},
		[THERMAL_CRITICAL] = {5, 0},
		[THERMAL_POWER_LIMIT] = {11, LEAF_6_LIMITS},
		[THERMAL_CURRENT_LIMIT] = {13, LEAF_6_HWP},
	};
	unsigned int i, events = 0;

	for (i = 0; i < THERMAL_EVENTS; i++)
		if (status >> logs[i].log & 1 &&
		    (leaf_6_eax & logs[i].needs) == logs[i].needs) /* @thermal.needs */
			events |= BIT(i);
	return events;
}
