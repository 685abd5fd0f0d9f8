/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Live patching of kernel text by int3, after Linux's smp_text_poke_batch: plant int3, write the
 * tail, write the first byte, each step followed by a sync of all CPUs. A CPU that meets the int3
 * meanwhile has the instruction emulated.
 */
#ifndef PATCHING_TEXT_POKE_H
#define PATCHING_TEXT_POKE_H

#include <kernel/lib/types.h>

struct emu_regs;

#define TEXT_POKE_MAX	6   /* longest instruction: Jcc rel32 */
#define TEXT_POKE_BATCH 128 /* sites of one batch; more are patched in several */

/*
 * Queues one site. @opcode: its new @len bytes. @emulate: bytes of the instruction that an int3
 * at the site stands for until the batch ends, NULL for the new one. The instruction must be one
 * that can be emulated, and the old one may only differ in what it does, not in its length.
 * A full or unsorted queue is patched first. Text mutex held, IRQs on, not from an int3 handler.
 */
void smp_text_poke_batch_add(unsigned long addr, const u8 *opcode, size_t len, const u8 *emulate);

/* Why smp_text_poke_batch_add() would refuse this, or NULL. */
const char *text_poke_check(unsigned long addr, const u8 *opcode, size_t len, const u8 *emulate);

/*
 * Keys and calls that are read-only after init (the _RO forms) may have sites in immutable text:
 * those are written whole, without int3, while no other CPU runs yet. The check says why that
 * time is over, or returns NULL.
 */
const char *text_poke_early_check(void);
void text_poke_early(unsigned long addr, const u8 *opcode, size_t len);

/* Patches what is queued. Returns the epoch of the last sync: later credit means "has seen it". */
u64 smp_text_poke_batch_finish(void);

/* Queue and patch one site. */
u64 smp_text_poke_single(unsigned long addr, const u8 *opcode, size_t len, const u8 *emulate);

/*
 * Called first for every int3 of the kernel, @ip being the address after it. If the site belongs
 * to the batch under way, emulates and returns true. Never patched itself; NMI-safe.
 */
bool smp_text_poke_int3_handler(unsigned long ip, struct emu_regs *regs);

/*
 * What a mutant of the engine leaves out or does too early; all false is the engine as it should
 * be. Chosen with the protocol, under no batch.
 */
struct text_poke_variant {
	bool no_int3;	      /* MOVs are overwritten while others may execute them */
	bool no_middle_sync;  /* upstream believes that Intel does not need it */
	bool no_final_sync;   /* the last write is numbered, and nobody is told */
	bool drop_refs_early; /* the batch is let go before the int3s are gone */
};
void text_poke_set_variant(const struct text_poke_variant *variant);

/* Rewrites first bytes once more after the last sync (the tcg-retranslate quirk). */
extern bool text_poke_quirk_retranslate;

/* Batches finished and sites written since start. */
struct text_poke_counts {
	u64 batches;
	u64 sites;
};
struct text_poke_counts text_poke_counts(void);

/* Named steps of a batch; a test may be called at each. NULL: nobody. */
enum text_poke_step {
	POKE_INT3_WRITTEN,
	POKE_TAIL_WRITTEN,
	POKE_BEFORE_REFS_DROP
};
extern void (*text_poke_step_hook)(enum text_poke_step step);

/* Called where a broken variant has its window: a test may hold it open. NULL: nobody. */
extern void (*text_poke_gap_hook)(void);

#endif
