/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Probe sites: pieces of kernel text that tests patch, each with a number of versions. Executing
 * one is judged by all three oracles (design: oracles).
 */
#ifndef TESTS_PROBES_H
#define TESTS_PROBES_H

#include <kernel/lib/random.h>
#include <kernel/lib/types.h>

/* Where a site is executed; CTX_ANY sites may be executed by anyone anywhere. */
enum probe_context {
	CTX_ANY,
	CTX_SYSCALL,
	CTX_IRQ,
	CTX_NMI
};

struct probe {
	const char *name;
	enum probe_context context;
	u32 (*run)(void);	    /* executes the site */
	void (*queue)(u64 version); /* text mutex held */
	u32 (*value)(u64 version);  /* what it yields then */

	/* Versions count up from 0, the site as built. Written by the patcher only. */
	u64 committed_epoch; /* of the sync that made `committed` everyone's */
	u64 committed;	     /* version that every CPU must see, or a later one */
	u64 written;	     /* newest version that any CPU may see */
	u64 runs;	     /* roughly: not atomic */
};

extern struct probe probes[];
extern const unsigned int nr_probes;

/* Executes one site and judges it. Kernel mode, kernel GS; NMI-safe. */
void probe_run(struct probe *probe);

/*
 * Judges one execution: what @probe yielded, and, from before it, the last committed version, its
 * epoch and this CPU's credit.
 */
void probe_judge(const struct probe *probe, u32 result, u64 before, u64 epoch, u64 credit);

/* Executes every site of @context. */
void probes_run_context(enum probe_context context);

/* Executes @count CTX_ANY sites, another selection each time. */
void probes_run_some(unsigned int count);

/* Hooks NMIs, debug exceptions and PROBE_VECTOR so that each runs its sites. */
void probes_install(void);

/*
 * Patches a random selection of sites (from @random) to their next version, as one batch, and with
 * them every site of @contexts, a bit for each enum probe_context. Returns how many. IRQs on.
 */
unsigned int probes_poke_some(struct random_stream *random, u32 contexts);

/*
 * The branch before the CR3 write, if this protocol has one: queues its next version after all
 * others (false: it has none, or none that is patched), publishes it, judges its last execution.
 */
bool probe_entry_queue(void);
void probe_entry_commit(u64 epoch);
void probe_entry_judge(void);

/*
 * Publishes a probe's version as everyone's, its batch's last sync, @epoch, having returned. With
 * text_mutex held.
 */
void probe_commit(struct probe *probe, u64 epoch);

/*
 * Runs all sites in all contexts on every CPU, none of which may be patching or in user mode.
 * With nothing in flight each must yield its last version; what does not is a violation. Returns
 * how many executions there were.
 */
u64 probes_check_final(void);

/* In debug output: who draws random numbers. */
enum random_purpose {
	RANDOM_POKES = 1,
	RANDOM_USER = 2,
	RANDOM_EVENTS = 3,
	RANDOM_MAPPINGS = 4
};

#endif
