/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of a litmus run: each shape with what the victim may execute, each of those with its
 * controls and, in every shape, a false serialiser on trial; run in turns until each is decided or the
 * time is over, then judged. The kernel's test and the hosted program's.
 */
#ifndef TESTS_LITMUS_PLAN_H
#define TESTS_LITMUS_PLAN_H

#include <arch/x86_64/topology.h>
#include <tests/litmus/litmus_race.h>

/* What surrounds the serialisers. */
struct litmus_shape {
	enum litmus_pattern pattern;
	enum litmus_what what;
	enum litmus_store store;
	enum litmus_cache cache;
	enum litmus_alias alias;
	unsigned int contended;
	bool all;	/* run with every serialiser, or with those that matter most */
	bool write_end; /* litmus_test's */
};

struct litmus_row {
	struct litmus_race race;
	const char *missing; /* why it cannot be run */
	const struct litmus_row *controls[LITMUS_NR_CONTROLS];
	unsigned int latency;
	unsigned int shape; /* of the plan's */
	u64 rate;	    /* in the search for a timing: positives of 10^9 rounds */
	bool needed;	    /* in the pass under way */
};

struct litmus_plan {
	const struct litmus_shape *shapes;
	unsigned int nr_shapes;
	unsigned int victims;
	bool privileged;	  /* may privileged instructions be executed? */
	unsigned int first_trial; /* any number: which false serialiser the first shape gets */
	/* Is this one run in shapes that do not have all? */
	bool (*matters)(enum litmus_serializer which);
	/* Does this machine have it, as it is set up? */
	bool (*has)(enum litmus_need need);
	/* Why @test cannot be run here for another reason; NULL if it can. May be NULL. */
	const char *(*missing)(const struct litmus_test *test);
	/* Is the row of this name asked for? Its controls come with it. NULL: all are. */
	bool (*wanted)(const char *name);
	/* A bug put in on purpose; may be NULL. */
	void (*plant)(struct litmus_race *race);
	/* By what was changed: old, executed or read after a meeting and a serialising instruction. */
	u64 lingered[2];
	const char *relation; /* of sender and (first) victim */
	bool apart;	      /* one pair did not run at the same time */
	u64 skew; /* cycles between the clocks of one pair that was not raced for it; 0: none */
	/* What came of it, of all that litmus_plan_judge() has judged. */
	unsigned int sound, broken, trials, trials_sound;
	/* Room for LITMUS_ROWS_A_SHAPE a shape. */
	struct litmus_row *rows;
	unsigned int nr_rows;
};

/* A shape has at most so many rows: each serialiser with two controls, and a trial with as many. */
#define LITMUS_ROWS_A_SHAPE (3 * LITMUS_NR_SERIALIZERS + 3)

/* Fills in the rows, and measures what their instructions take. The CPUs are ready to race. */
void litmus_plan_make(struct litmus_plan *plan);

/*
 * Looks for each shape's timing, for about @ns: that in which the controls fire most. Nothing of it is
 * counted. Prints what it found, where there was time to look.
 */
#define LITMUS_SEARCH_SHARE 5 /* of a run's time: a fifth */
void litmus_plan_search(struct litmus_plan *plan, u64 ns);

/* Runs them for about @ns; what is decided leaves its time to the others. Prints progress. */
void litmus_plan_run(struct litmus_plan *plan, u64 ns);

/* Runs @rounds of each row that is judged, and of its latency-matched control. Prints progress. */
void litmus_plan_rounds(struct litmus_plan *plan, u64 rounds);

/* Prints rows and verdicts, and adds up in the plan. */
void litmus_plan_judge(struct litmus_plan *plan);

/* The test's outcome; @unsound: why it is a SKIP where nothing is sound and nothing broken. */
void litmus_plan_report(const struct litmus_plan *plan, const char *unsound);

/*
 * Prints what the two are to each other, so that a reader knows what the figures are of. Returns how
 * long a line takes between them.
 */
struct litmus_trip litmus_print_pair(const struct topology *topology, u32 sender_apic,
				     u32 victim_apic);

#endif
