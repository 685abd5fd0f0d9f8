/* SPDX-License-Identifier: BSD-2-Clause */
/* What one run was asked for, and the two tests that it consists of. */
#ifndef TESTS_SILICON_SILICON_H
#define TESTS_SILICON_SILICON_H

#include <kernel/lib/types.h>

/* A bug put in on purpose, to see that it is noticed. */
enum plant {
	PLANT_NOTHING,
	PLANT_NO_SERIALIZER, /* the victim leaves its instruction out */
	PLANT_NO_BARRIER,    /* the sender leaves its barrier out */
	PLANT_DELAY,	     /* the victim only waits, for so many cycles */
	PLANT_NO_SYNC,	     /* the engine's syncs reach nobody */
};

struct silicon_config {
	u64 rounds;	      /* of each row that must show none; 0: as many as fit into the time */
	u64 ns;		      /* of both tests together, without rounds= */
	const char *rows;     /* a glob over the names of litmus rows; NULL: all */
	const char *relation; /* of the pair */
	bool litmus, int3;
	enum plant plant;
	unsigned int delay; /* cycles, of PLANT_DELAY */
};

/* Each reports one test: kernel/report.h. The pair is running. */
void silicon_litmus(const struct silicon_config *config);
void silicon_int3(const struct silicon_config *config);

#endif
