/* SPDX-License-Identifier: BSD-2-Clause */
/* What the named points are called, which events can be forced, and which of those never come. */
#ifndef ENTRY_POINT_NAMES_H
#define ENTRY_POINT_NAMES_H

#include <kernel/lib/types.h>

enum point {
	POINT_entry_before_signal,
	POINT_entry_signal_to_cr3,
	POINT_entry_after_cr3,
	POINT_exit_before_signal,
	POINT_exit_signal_to_cr3,
	POINT_exit_after_cr3,
	POINT_exit_iret,
	POINT_nmi_entry,
	POINT_nmi_signal_to_cr3,
	POINT_nmi_exit_signal_to_cr3,
	POINT_nmi_exit,
	POINT_syscall_first_insn,
	/* In C from here on. */
	POINT_int3_before_ref,
	POINT_ipi_before_ack,
	POINT_sender_before_barrier,
	POINT_sender_barrier_to_read,
	POINT_sender_after_read,
	POINT_poke_int3_written,
	POINT_poke_tail_written,
	POINT_poke_before_refs_drop,
	NR_POINTS,
};

/* In the order of their vectors from INJECT_VECTOR on. */
enum point_event {
	POINT_EVENT_NMI,
	POINT_EVENT_DB,
	POINT_EVENT_MC,
	POINT_EVENTS
};

#define NR_POINTS_MAX	 32
#define POINT_DELAY_POKE (~0ul)

_Static_assert(NR_POINTS <= NR_POINTS_MAX, "a bit for each point");

/* NULL-terminated, in the order of the enums. */
extern const char *const point_names[], *const point_event_names[];

static inline const char *point_name(enum point point)
{
	return point_names[point];
}

/*
 * Why @event cannot be forced at @point, or NULL. Those that only the path there excludes (an
 * event inside one of its own kind) are left out when they would come.
 */
const char *point_inject_refused(enum point point, enum point_event event);

/* Why nobody can wait at @point until a poke is done, or NULL. */
const char *point_wait_refused(enum point point);

#endif
