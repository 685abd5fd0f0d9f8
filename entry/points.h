/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Named points: places on the entry and exit paths, in the int3 handler, in the sync IPI, in the
 * sender and in the patcher, where a test can wait and force an NMI-like event.
 *
 * Those in assembly are NOPs until X86_FEATURE_POINTS is applied; what they do is told by words in
 * each CPU's entry area, so that a sweep changes nothing but data. On one point the wait comes
 * first, then the event.
 */
#ifndef ENTRY_POINTS_H
#define ENTRY_POINTS_H

#include <kernel/types.h>

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

/* Which path an address of .entry.text belongs to; with S and CR3 that makes a point. */
enum point_class {
	POINT_CLASS_ENTRY,
	POINT_CLASS_EXIT,
	POINT_CLASS_NMI_ENTRY,
	POINT_CLASS_NMI_EXIT
};

#define POINT_DELAY_POKE (~0ul)
#define NR_POINTS_MAX	 32

/* One CPU's, in its entry area behind struct cpu_entry_area. */
struct point_control {
	/* Written by whoever runs a test. */
	u32 inject;		  /* bit n: force an event at point n */
	u32 inject2;		  /* the same while an event is under way */
	u32 delayed;		  /* bit n: wait at point n */
	u32 release;		  /* changed: a poke that waits is let go */
	u32 told;		  /* a sync IPI is on its way: no poke can finish without us */
	u32 told_waits;		  /* how often that found us waiting */
	u64 patience;		  /* cycles that a wait for a poke may last */
	u64 delay[NR_POINTS_MAX]; /* cycles, or POINT_DELAY_POKE */

	/* Written by the CPU itself. */
	u32 waiting; /* odd while it waits for a poke */
	u32 busy;    /* inside a forced event: its stack must not be used again */
	u32 busy2;
	u32 last;		     /* 1 + the point of the last event, 0 for none */
	u32 reached[NR_POINTS_MAX];  /* passed, while points are compiled in */
	u32 injected[NR_POINTS_MAX]; /* events forced */
	u32 hits[NR_POINTS_MAX];     /* events of any origin that hit here */
};

_Static_assert(NR_POINTS <= NR_POINTS_MAX, "a bit for each point");

const char *point_name(enum point point);

/* The point called @name (@len bytes), or -1. */
int point_find(const char *name, size_t len);

/* CPU @cpu's words. Any context. */
struct point_control *point_control(unsigned int cpu);

/* Forgets all that @cpu shall do at points, and with @counts what it has counted. */
void points_clear(unsigned int cpu, bool counts);

/* The patcher is about to wait for @cpu, which may wait for the patcher, interrupts off; and no more. */
void point_tell(unsigned int cpu);
void point_untell(unsigned int cpu);

/* Notes where an NMI-like event came: from its RIP and from S and CR3 as they were. NMI-safe. */
void point_note_hit(u64 ip, u32 signal, u64 cr3);

/* The point of this CPU's last forced event, "none" if there was none. NMI-safe. */
const char *point_last(void);

/* Points in C: does what the calling CPU's words say. NMI-safe. */
extern bool points_enabled;
void point_slow(enum point point);
static inline void point_here(enum point point)
{
	if (unlikely(points_enabled))
		point_slow(point);
}

#endif
