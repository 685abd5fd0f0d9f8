/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for another CPU, always with a bound. */
#ifndef KERNEL_WAIT_H
#define KERNEL_WAIT_H

#include <arch/x86_64/asm.h>
#include <kernel/lib/patience.h>
#include <kernel/lib/types.h>

/* How long a wait may last, in TSC cycles: 5 s and 0.2 s a CPU; emulators are slow. */
u64 wait_bound(void);

/* Looks at the clock that are further apart than so many cycles: the host had stopped the machine. */
u64 wait_stop_min(void);

/*
 * One more look at the clock: is this wait longer than @bound, in TSC cycles, without the time in
 * which the host had stopped the machine? Any context.
 */
bool wait_over(struct patience *p, u64 bound);

/* How many such looks @cpu has taken: it waits while this moves. Any context. */
u64 wait_looks(unsigned int cpu);

/* This CPU's tick looks whether the machine was stopped. @first: it was not looking before. */
void stops_look(bool first);

/* Prints how long the machine was stopped since it was last told. IRQs off or on, not in an NMI. */
void stops_tell(void);

/* What results call stopped_ms starts anew. */
void stops_test_starts(void);

/* Reports who waited, for whom and in which step, with every CPU's backtrace; verdict ERROR. */
__noreturn void wait_expired(const char *what, int for_cpu);

/* Somebody we waited for came: that is progress (kernel/tick.h). */
void watchdog_touch(void);

/* The run is over in good order: a CPU that goes on says nothing more of waits and silence. */
void run_ends(void);

/* True while a run is being ended: a wait then only gets out of the way. */
bool run_is_ending(void);

/*
 * The clock and PAUSE only now and then: under an emulator both leave the guest, and both stand in
 * line for a lock that all of its CPUs share. True when it was time to look at the clock.
 */
static inline bool wait_relax(u64 *looks)
{
	if (++*looks % 64)
		return false;
	cpu_relax();
	return true;
}

/*
 * Spins until @cond; @what: a phrase for the report ("the ack of the sync IPI"); @for_cpu: whom
 * it waits for, -1 for none in particular. Does not return if the bound passes.
 */
#define wait_until(cond, what, for_cpu)                                              \
	do {                                                                         \
		struct patience ___p = {};                                           \
		u64 ___looks = 0;                                                    \
                                                                                     \
		while (!(cond))                                                      \
			if (wait_relax(&___looks) && wait_over(&___p, wait_bound())) \
				wait_expired(what, for_cpu);                         \
		if (___p.last)                                                       \
			watchdog_touch();                                            \
	} while (0)

#endif
