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

#include <arch/x86_64/ptrace.h>
#include <entry/protocol/point_names.h>

/* Which path an address of .entry.text belongs to; with S and CR3 that makes a point. */
enum point_class {
	POINT_CLASS_ENTRY,
	POINT_CLASS_EXIT,
	POINT_CLASS_NMI_ENTRY,
	POINT_CLASS_NMI_EXIT
};

/* One CPU's, in its entry area after struct cpu_entry_area. */
struct point_control {
	/* Written by the code that runs a test. */
	u32 inject[POINT_EVENTS];  /* bit n: force that event at point n */
	u32 inject2[POINT_EVENTS]; /* the same while one is under way */
	u32 delayed;		   /* bit n: wait at point n */
	u32 release;		   /* changed: a poke that waits is let go */
	u32 told;		   /* a sync IPI is on its way: no poke can finish without us */
	u32 told_waits;		   /* how often that found us waiting */
	u64 patience;		   /* cycles that a wait for a poke may last */
	u64 delay[NR_POINTS_MAX];  /* cycles, or POINT_DELAY_POKE */

	/* Of the branch that mutable_entry.asm has: the last committed version and its epoch. */
	u64 entry_version, entry_epoch;

	/* Written by the CPU itself. */
	u64 entry_seen_version, entry_seen_epoch; /* as they were before the branch */
	u64 entry_credit;			  /* its own, then */
	u32 entry_result;			  /* what the branch did; 0: it was not there */
	u32 waiting;				  /* odd while it waits for a poke */
	u32 busy; /* kinds under way where one was forced: its stack must not be used again */
	u32 busy2;
	u32 last; /* of the last event: 1 + its point, 0 for none, and from bit 8 on 1 + its kind */
	u32 reached[NR_POINTS_MAX];  /* passed, while points are compiled in */
	u32 injected[NR_POINTS_MAX]; /* events forced */
	u32 hits[NR_POINTS_MAX];     /* events of any origin that hit here */
};

/* CPU @cpu's words. Any context. */
struct point_control *point_control(unsigned int cpu);

/*
 * Forgets all that a test wanted @cpu to do at points, and with @counts what it has counted. While
 * points are armed, what the command line asks for stays.
 */
void points_clear(unsigned int cpu, bool counts);

/* Compiles named points in or out, with all CPUs parked. Context as protocol_select(). */
void points_compile_in(bool on);

/*
 * From here on every CPU does at points what inject= and delay= say, or no longer. Does nothing
 * without these words. CPU 0, IRQs on, no user program running, all others idle.
 */
void points_arm(bool on);

bool points_armed(void);

/* Prints how often each point of inject= and delay= was reached since points_arm(true). */
void points_report(void);

/* The first of those points that nobody passed, or where nothing was forced; or NULL. */
const char *points_untouched(void);

/* The patcher is about to wait for @cpu, which may wait for the patcher, interrupts off; and no more. */
void point_tell(unsigned int cpu);
void point_untell(unsigned int cpu);

/* Notes where an NMI-like event came: from its RIP and from S and CR3 as they were. NMI-safe. */
void point_note_hit(u64 ip, u32 signal, u64 cr3);

/* The point of this CPU's last forced event or wait, and that event; or "none". NMI-safe. */
const char *point_last(void);
const char *point_last_event(void);

/* Where the event with @regs came: the named point, if it was forced at one in assembly. NMI-safe. */
u64 point_site(const struct pt_regs *regs);

/* Points in C: does what the calling CPU's words say. NMI-safe. */
extern bool points_enabled;
void point_slow(enum point point);
static inline void point_here(enum point point)
{
	if (unlikely(points_enabled))
		point_slow(point);
}

#endif
