/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is told of a change now, and who later. The contract: when text_sync() returns, every CPU
 * has executed a serialising instruction after the change, or will before it reaches anything
 * that can change.
 */
#ifndef PATCHING_SYNC_POLICY_H
#define PATCHING_SYNC_POLICY_H

#include <kernel/lib/types.h>

#define SYNC_CPUS_MAX 256

/* Changes so far, numbered. Every CPU reads it for its credit; only the sender writes it. */
extern u64 text_epoch;

/* True: @cpu gets its IPI now. False: its next kernel entry serialises. */
typedef bool (*sync_cond_t)(unsigned int cpu);

/* Chooses the condition; NULL tells everyone. Under the text mutex. */
void sync_set_cond(sync_cond_t cond);

/*
 * Numbers the change that was just made and makes it known: a new epoch, the sender's barrier,
 * IPIs to those the condition names, their acknowledgements, a serialising instruction here.
 * Returns the epoch. Text mutex held, IRQs on.
 */
u64 text_sync(void);

/*
 * The same for a kernel mapping: those told flush it before they acknowledge, those skipped flush
 * all kernel mappings on their next entry. The caller has flushed its own.
 */
u64 tlb_sync(void);

/*
 * True once every online CPU has serialised after change @epoch, those too that were left out of it;
 * else *@behind is the first that may not have. A CPU reads text_epoch after the CR3 write of its
 * entry: its credit for a change may come from a visit that began before the change could be seen
 * and ended before S was read (tests/model draws it). The credit of a later change cannot: that one
 * was numbered when S had been read. Any context.
 */
bool sync_epoch_passed(u64 epoch, unsigned int *behind);

/* What the sync under way asks of the CPUs that are told; for sync_send(). */
enum sync_request {
	SYNC_TEXT,
	SYNC_TLB
};
extern enum sync_request sync_request;

/* Did the last sync skip anyone? */
bool sync_skipped_any(void);

/* Numbers the change and tells nobody: all are parked, or the patcher is a broken one. */
u64 text_sync_nobody(void);

/* Leaves the sender's barrier out; a question put to the hardware. */
extern bool sync_without_barrier;

/* Called between the steps of a sync; NULL: nobody. */
enum sync_step {
	SYNC_BEFORE_BARRIER,
	SYNC_BARRIER_TO_READ,
	SYNC_AFTER_READ
};
extern void (*sync_step_hook)(enum sync_step step);

/* The same for the sake of an emulator: the same CPUs, counted apart, no new epoch. */
void text_sync_quirk(void);

/* The @nth CPU, from 0, that the last sync told; -1: it told fewer. */
int sync_told(unsigned int nth);

/* Counts since start, per CPU: sync IPIs sent, syncs that skipped it, quirk IPIs. */
struct sync_counts {
	u64 sent;
	u64 skipped;
	u64 quirk;
};
struct sync_counts sync_counts(unsigned int cpu);

#endif
