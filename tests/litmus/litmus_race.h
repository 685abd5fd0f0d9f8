/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rounds of one litmus test, many sites for each meeting of its CPUs: in the kernel
 * (litmus_race.c) those of cpus=, the first the sender and every other one a victim with an S of its
 * own; in the hosted program (tests/silicon/race.c) a pair. Each begins round i at t0 + i * period by
 * the TSC, give or take; period and lead are adjusted until they really meet: the sender reads S=0
 * about every other time.
 */
#ifndef TESTS_LITMUS_RACE_H
#define TESTS_LITMUS_RACE_H

#include <tests/litmus/litmus_form.h>

#define LITMUS_LEAD_STEP 64 /* cycles, at most, from batch to batch */

/*
 * When the two meet, as far as it is not found by adjusting. What makes a control fire most differs
 * from machine to machine and from shape to shape: litmus_plan.c looks for it.
 */
struct litmus_timing {
	u8 early; /* of LITMUS_EARLY_OF rounds, in how many the sender is to read S too early */
	u8 busy; /* stores of the sender, before its own, to lines that the victim has just written */
};
#define LITMUS_EARLY_OF	 8
#define LITMUS_CONTENDED 32 /* lines for it, and for what a victim does */

/* One test, what came out so far, and how it is paced. Zeroed to begin with, but for the first five. */
struct litmus_race {
	struct litmus_test test;
	struct litmus_timing timing;
	/* What is really done; a planted bug does something else than the name says. */
	enum litmus_serializer executes;
	unsigned int delay; /* cycles, where that is LITMUS_DELAY */
	bool barrier;
	struct litmus_counts counts;
	struct litmus_witness witness;
	u64 met[2][LITMUS_VICTIMS /
		   64];		   /* victims by S as it was read, the text as it should be then */
	u64 lingered;		   /* old text, when all was over and serialised */
	u64 ns, period;		   /* period: cycles from round to round */
	s64 lead;		   /* cycles by which the victim starts before the sender */
	unsigned int turns, fired; /* turns, and those in which a positive was seen */
};

/*
 * Runs @race until it has done @rounds more, or for about @ns, whichever comes first; one meeting at
 * least. In the kernel: after litmus_map(), CPU 0; the CPUs of cpus= idle, or CPU 0 itself; panics
 * where there is no memory for a victim (150 KiB each).
 */
void litmus_race_run(struct litmus_race *race, u64 rounds, u64 ns);

/*
 * By how much @lead grows where of @sites rounds @zeros read S as 0, the wanted share being
 * timing.early; positive: the sender comes later.
 */
static inline s64 litmus_lead_step(const struct litmus_race *race, int sites, int zeros)
{
	return (2 * zeros - 2 * sites * race->timing.early / LITMUS_EARLY_OF) * LITMUS_LEAD_STEP /
	       sites;
}

/* So far @lead is moved, and so far the clocks of two that race may be apart. */
#define LITMUS_LEAD_MAX 1000000

/* How many cycles the victim's instruction of @race, and the first use after it, take alone: median. */
unsigned int litmus_latency(const struct litmus_race *race);

/*
 * Cycles for a line's way to the victim and back, of many: the median, and the quickest tenth's last.
 * Two that need LITMUS_APART even then never run at the same time: one host CPU has both. Measured: up
 * to 4,500 where they run together, TCG on a crowded host included; 44,000 or more where each trip
 * waits for the host's scheduler, whose neighbours may make it switch often.
 */
#define LITMUS_APART 20000
struct litmus_trip {
	unsigned int median, quick;
};
struct litmus_trip litmus_round_trip(void);

/* The median; sorts @samples. */
u32 litmus_median(u32 *samples, unsigned int nr);

/* Takes down one round: @victim got @got where @old stood and @new came; @s: S as it was read. */
static inline void litmus_count(struct litmus_race *race, unsigned int victim, unsigned int site,
				bool s, u32 got, u32 old, u32 new)
{
	enum litmus_seen seen = got == new ? LITMUS_NEW : got == old ? LITMUS_OLD : LITMUS_TORN;
	bool fires = s == (race->test.pattern == LITMUS_MP);

	race->counts.count[s][seen]++;
	if (seen == (fires ? LITMUS_NEW : LITMUS_OLD))
		race->met[s][victim / 64] |= BIT(victim % 64);
	if (fires && seen != LITMUS_NEW && !race->witness.turn)
		race->witness = (struct litmus_witness){
			race->turns + 1, victim, site, got, old, new, race->period, race->lead};
}

#endif
