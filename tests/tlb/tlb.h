/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slots of the vmap window, each with an owner who makes, changes and removes its mapping; every
 * frame holds whose it is and which generation, so that each read can be judged.
 */
#ifndef TESTS_TLB_H
#define TESTS_TLB_H

#include <kernel/config.h>
#include <kernel/lib/random.h>
#include <patching/kernel/tlb.h>
#include <tests/scenarios/poke_stats.h>

struct protocol;

/* Unmaps all slots, empties every TLB, and counts from 0 again. All other CPUs idle. */
void tlb_slots_reset(void);

/*
 * Brings one of the slots of owner @owner (of @owners) to its next generation: made, changed, or
 * removed and flushed; what it was mapped to before is at once something else's. One CPU an owner;
 * IRQs on.
 */
void tlb_change_some(struct random_stream *random, unsigned int owner, unsigned int owners);

/*
 * Reads one page of each slot and judges what is there. Any context with the kernel's table. The
 * same pages until tlb_read_next(): an event reads what its CPU has read before.
 */
void tlb_read_all(void);
void tlb_read_next(void);

struct tlb_reads {
	u64 reads, stale, changes;
};
struct tlb_reads tlb_reads(void);

/* One run with the protocol that is selected, and what it came to. */
struct tlb_run {
	u64 duration_ns;
	enum user_kind user;
	bool stop_at_first;	   /* violation; windows then end when enough was seen */
	struct poke_stats stats;   /* while all ran freely */
	struct tlb_counts flushes; /* then, too */
	u64 events;		   /* forced in windows */
	u64 skipped;		   /* CPUs that a flush skipped while windows were held open */
};

/*
 * Changes mappings under user programs that run freely, then, unless they only spin, with every
 * window of the entry and exit paths held open. CPU 0, IRQs on, all other CPUs idle; there must be
 * an isolated one. tlb_window_run() is the second half.
 */
void tlb_run(struct tlb_run *run);
void tlb_window_run(struct tlb_run *run, u64 duration_ns);

/* What programs do in the kernel: tlb_read_all(), at times until two more changes have come. */
void tlb_visit(void);

/* Makes programs, NMIs and debug exceptions read; or takes that away. */
void tlb_hooks(bool on);

/*
 * Why this machine or configuration cannot show what is wrong with @protocol: measured, with a
 * translation that is primed, changed in the table, and read again after what ought to flush it.
 * NULL: it can, or there is nothing wrong. CPU 0, IRQs on; the first call measures.
 */
const char *tlb_cannot_judge(const struct protocol *protocol);

/* Is what is wrong with @protocol about mappings alone, so that patching text cannot show it? */
bool tlb_concerns(const struct protocol *protocol);

/* Slots lie in pages below this one; what is above is the measurement's. */
#define TLB_SLOT_PAGES 1024

#endif
