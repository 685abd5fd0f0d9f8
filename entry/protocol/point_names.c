// SPDX-License-Identifier: BSD-2-Clause
#include <entry/protocol/point_names.h>

#define POINT_NAME(id, name) [POINT_##id] = name,
const char *const point_names[NR_POINTS + 1] = {ALL_POINTS(POINT_NAME)};

const char *const point_event_names[] = {
	[POINT_EVENT_NMI] = "nmi",
	[POINT_EVENT_DB] = "db",
	[POINT_EVENT_MC] = "mc",
	[POINT_EVENTS] = NULL,
};

/*
 * An instruction breakpoint may stand on any instruction (#DB; SDM vol. 3, 18.3.1.1), and nothing
 * masks a machine check (16.7). NMIs alone are masked, from their delivery to the next IRET (7.7.1).
 */
const char *point_inject_refused(enum point point, enum point_event event)
{
	if (event == POINT_EVENT_NMI && point >= POINT_nmi_entry && point <= POINT_nmi_exit)
		return "NMIs are masked there, until the IRET that ends the one under way";
	return NULL;
}

const char *point_wait_refused(enum point point)
{
	if (point == POINT_ipi_before_ack)
		return "the patcher waits there for this CPU, so no poke can be done";
	if (point >= POINT_sender_before_barrier)
		return "the patcher itself stands there, so no poke can be done";
	return NULL;
}
