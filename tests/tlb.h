/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slots of the vmap window, each with an owner who makes, changes and removes its mapping; every
 * frame holds whose it is and which generation, so that each read can be judged.
 */
#ifndef TESTS_TLB_H
#define TESTS_TLB_H

#include <kernel/random.h>
#include <kernel/types.h>
#include <tests/scenario.h>

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

/*
 * Holds every window of the entry and exit paths open, as window_run() does, with mappings that
 * change where that one pokes text.
 */
void tlb_window_run(const struct scenario *scenario, struct scenario_result *result);

/* What programs do in the kernel: tlb_read_all(), at times until two more changes have come. */
void tlb_visit(void);

/* Makes programs, NMIs and debug exceptions read; or takes that away. */
void tlb_hooks(bool on);

/*
 * Why this machine or configuration cannot show what is wrong with @protocol: measured, with a
 * translation that is primed, changed in the table, and read again behind what ought to flush it.
 * NULL: it can, or there is nothing wrong. CPU 0, IRQs on; the first call measures.
 */
const char *tlb_cannot_judge(const struct protocol *protocol);

/* Slots lie in pages below this one; what is above is the measurement's. */
#define TLB_SLOT_PAGES 1024

#endif
