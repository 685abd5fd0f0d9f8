/* SPDX-License-Identifier: BSD-2-Clause */
/* The TSC's rate over the whole run, by the clock that start-up measured it with. */
#ifndef ARCH_TSC_DRIFT_H
#define ARCH_TSC_DRIFT_H

#include <arch/x86_64/counter.h>
#include <kernel/lib/types.h>

/* More, and times in a report are wrong by more than start-up allows its clocks to differ. */
#define TSC_DRIFT_MAX_PPM 20000

struct tsc_drift {
	s64 ppm;	/* by how much the TSC ran faster than tsc_khz; negative: slower */
	u64 within_ppm; /* give or take */
	u64 ms;		/* over so long, by the other clock */
	u64 left_out; /* looks too far apart for that clock: what lies between them is not in ppm */
};

/* Compares with @c from now on, which must not wrap within 2 s. CPU 0, before its tick. */
void tsc_drift_start(const struct counter *c);

/* Once a second: reads that clock. CPU 0, IRQs off. Nothing without a clock. */
void tsc_drift_look(void);

/* What came of it so far. CPU 0. False: there is no such clock, or no time has passed. */
bool tsc_drift(struct tsc_drift *drift);

/* Is that, for certain, more than TSC_DRIFT_MAX_PPM? */
static inline bool tsc_drift_bad(const struct tsc_drift *drift)
{
	u64 off = drift->ppm < 0 ? -drift->ppm : drift->ppm;

	return off > TSC_DRIFT_MAX_PPM + drift->within_ppm; /* @drift.bad */
}

#endif
