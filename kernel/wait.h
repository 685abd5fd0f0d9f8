/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for another CPU, always with a bound. */
#ifndef KERNEL_WAIT_H
#define KERNEL_WAIT_H

#include <arch/x86_64/asm.h>
#include <kernel/lib/types.h>

/* How long a wait may last, in TSC cycles: 5 s and 0.2 s a CPU; emulators are slow. */
u64 wait_bound(void);

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
#define wait_until(cond, what, for_cpu)                          \
	do {                                                     \
		u64 ___end = 0, ___looks = 0;                    \
                                                                 \
		while (!(cond)) {                                \
			if (!wait_relax(&___looks))              \
				continue;                        \
			if (!___end)                             \
				___end = rdtsc() + wait_bound(); \
			else if ((s64)(rdtsc() - ___end) > 0)    \
				wait_expired(what, for_cpu);     \
		}                                                \
		if (___end)                                      \
			watchdog_touch();                        \
	} while (0)

#endif
