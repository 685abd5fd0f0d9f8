/* SPDX-License-Identifier: BSD-2-Clause */
/* What the named points are called, which events can be forced, and which of those never come. */
#ifndef ENTRY_POINT_NAMES_H
#define ENTRY_POINT_NAMES_H

#include <kernel/lib/types.h>

/* One row a point; X(id, name) is what becomes of it. */
#define POINTS_IN_ASSEMBLY(X)                               \
	X(entry_before_signal, "entry.before-signal")       \
	X(entry_signal_to_cr3, "entry.signal-to-cr3")       \
	X(entry_after_cr3, "entry.after-cr3")               \
	X(exit_before_signal, "exit.before-signal")         \
	X(exit_signal_to_cr3, "exit.signal-to-cr3")         \
	X(exit_after_cr3, "exit.after-cr3")                 \
	X(exit_iret, "exit.iret")                           \
	X(exit_sysret, "exit.sysret")                       \
	X(nmi_entry, "nmi.entry")                           \
	X(nmi_signal_to_cr3, "nmi.signal-to-cr3")           \
	X(nmi_exit_signal_to_cr3, "nmi.exit-signal-to-cr3") \
	X(nmi_exit, "nmi.exit")                             \
	X(syscall_first_insn, "syscall.first-insn")

#define POINTS_IN_C(X)                                      \
	X(int3_before_ref, "int3.before-ref")               \
	X(ipi_before_ack, "ipi.before-ack")                 \
	X(sender_before_barrier, "sender.before-barrier")   \
	X(sender_barrier_to_read, "sender.barrier-to-read") \
	X(sender_after_read, "sender.after-read")           \
	X(poke_int3_written, "poke.int3-written")           \
	X(poke_tail_written, "poke.tail-written")           \
	X(poke_before_refs_drop, "poke.before-refs-drop")

#define ALL_POINTS(X) POINTS_IN_ASSEMBLY(X) POINTS_IN_C(X)

#define POINT_ID(id, name) POINT_##id,
enum point {
	ALL_POINTS(POINT_ID) NR_POINTS
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
