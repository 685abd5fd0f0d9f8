/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The protocols, one row each. What a protocol does is in the bits that choose its entry code, in
 * the sender's condition and in the engine's variant; what is expected of it is for printing only.
 */
#ifndef ENTRY_PROTOCOL_H
#define ENTRY_PROTOCOL_H

#include <kernel/lib/types.h>
#include <patching/kernel/tlb.h>
#include <patching/sync_policy.h>
#include <patching/text_poke.h>

enum protocol_kind {
	PROTOCOL_SOUND,
	PROTOCOL_BROKEN,
	PROTOCOL_QUESTION
};

struct protocol {
	const char *name;
	const char *summary;
	enum protocol_kind kind;
	const char *caught_by; /* NULL for sound ones */
	sync_cond_t cond;      /* NULL: everyone is told */
	u32 entry_bits;	       /* in word CPUFEATURE_WORD_PROTOCOL */
	struct text_poke_variant poke;
	bool no_barrier;
	struct tlb_variant tlb;
	bool mutable_entry; /* mutable_entry_site may be patched */
	/* What happens to isolated CPUs while others patch, over and over; NULL: nothing. */
	const u8 *isolation; /* of enum isolation_step, ends with ISOLATION_END */
};

extern const struct protocol protocols[];
extern const unsigned int nr_protocols;

/* "sound", "broken" or "question". */
const char *protocol_kind_name(const struct protocol *protocol);

/* The row called @name (@len bytes), or NULL. */
const struct protocol *protocol_find(const char *name, size_t len);

/* The row in which everyone is told of everything; and the one that is to be shown sound. */
const struct protocol *protocol_baseline(void);
const struct protocol *protocol_default(void);

/* Does S mean something under @protocol, so that oracle 1 may look at it? */
bool protocol_keeps_signal(const struct protocol *protocol);

/* Does @protocol ever leave a CPU for later? */
static inline bool protocol_defers(const struct protocol *protocol)
{
	return protocol->cond;
}

/* Why @protocol would be another one on this machine; NULL: it is what it says. */
const char *protocol_impossible(const struct protocol *protocol);

/*
 * Makes @protocol the one that entry code, sender and engine follow; if the entry code differs,
 * all CPUs park meanwhile. CPU 0, IRQs on, no user program running, all others idle.
 */
void protocol_select(const struct protocol *protocol);
const struct protocol *protocol_selected(void);

/*
 * The entry code's part of it, before alternatives are applied for the first time. Sender and engine are
 * as they should be until protocol_select(): text is patched during start-up, too.
 */
void protocol_prepare(const struct protocol *protocol);

/* Its other part alone: sender and engine do as it says. The model's, which has no entry code to change. */
void protocol_follow(const struct protocol *protocol);

#endif
