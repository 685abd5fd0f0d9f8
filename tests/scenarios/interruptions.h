/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who interrupted the programs of isolated CPUs: each entry by its vector, and who planned it; each gap by
 * its cause.
 *
 * Planned are the sync IPIs that a sender counted, and what programs do themselves. This kernel's own
 * interrupts beyond that (a tick, an IPI), and NMIs that it sent, are unplanned: somebody here is to
 * blame. An NMI that nobody here sent and a vector that this kernel does not use are of the outside: counted
 * and named, since an isolated CPU was woken, but no protocol can keep them away.
 */
#ifndef TESTS_INTERRUPTIONS_H
#define TESTS_INTERRUPTIONS_H

#include <kernel/lib/types.h>
#include <tests/scenarios/programs.h>

/* Of all isolated CPUs together, or of one. */
struct interruptions {
	u64 interrupts; /* of any vector but NMIs, that came in user mode */
	u64 ipi, tick;	/* of those, this kernel's */
	u64 foreign;	/* of those, nobody's here */
	u64 nmi;
	u64 unplanned;
	struct program_gaps gaps; /* without an entry: those that no SMI explains */
	u64 nr_gaps, gaps_smi;
	char smi[24]; /* their number, or "unknown" */
};

/*
 * An account from one to the other, while programs run. @spin: they make no entries of their own. The
 * sync IPIs that were sent have been answered. CPU 0.
 */
void interruptions_start(bool spin);
void interruptions_end(struct interruptions *in);

/* Adds to @in what came to @cpu alone between the two, but for gaps. */
void interruptions_add(struct interruptions *in, unsigned int cpu);

/*
 * Adds SMIs, after the programs have ended: the processor counts them and shows that only in the kernel.
 * When each came it does not say: gaps without an entry are put down to them as far as they go.
 */
void interruptions_smis(struct interruptions *in);

/*
 * Says who came, CPU by CPU. Those that nobody planned are a FAIL if @fail. An ERROR if entries were made
 * that have no vector. Programs have ended.
 */
void interruptions_judge(bool fail);

const char *gap_cause_name(enum gap_cause cause);

#endif
