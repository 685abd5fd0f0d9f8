/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Branches that cost a NOP or a jump, flipped by patching (Linux: jump labels).
 *
 *	DEFINE_STATIC_KEY_FALSE(key);
 *	if (static_branch_unlikely(&key)) ...
 *	static_key_set(&key, true);
 */
#ifndef PATCHING_STATIC_KEY_H
#define PATCHING_STATIC_KEY_H

#include <kernel/lib/types.h>

struct static_key {
	u32 enabled;
	u32 first, count; /* its sites, in the sorted index; set by jump_label_init() */
};

#define DEFINE_STATIC_KEY_FALSE(name) struct static_key name = {0}
#define DEFINE_STATIC_KEY_TRUE(name)  struct static_key name = {1}

/*
 * Set by CPU 0 during start-up, before other CPUs run, and never again: the only keys that may
 * be used in entry, park and noinstr text. The build checks that (tests/check_text).
 */
#define DEFINE_STATIC_KEY_FALSE_RO(name) struct static_key name __ro_after_init = {0}
#define DEFINE_STATIC_KEY_TRUE_RO(name)	 struct static_key name __ro_after_init = {1}

#define JUMP_LABEL_SIZE 5

/* One site: a NOP or a JMP rel32 at code. */
struct jump_entry {
	s32 code;   /* from this field */
	s32 target; /* from this field */
	s64 key;    /* from this field; bit 0: jumps while the key is off */
};

#define JUMP_ENTRY(insn, branch)            \
	"1: " insn "\n"                     \
	".pushsection .jump_table, \"a\"\n" \
	".balign 8\n"                       \
	".long 1b - ., %l[l_target] - .\n"  \
	".quad %c0 + " #branch " - .\n"     \
	".popsection"

/*
 * Out of line when true. The instruction is as the key's initial value wants it: off, a NOP, so
 * use it for keys that start off; likely() for those that start on.
 */
static __always_inline bool static_branch_unlikely(struct static_key *const key)
{
	asm goto(JUMP_ENTRY(".byte 0x0f, 0x1f, 0x44, 0, 0", 0)::"i"(key)::l_target);
	return false;
l_target:
	return true;
}

/* In line when true: the NOP stands for on. */
static __always_inline bool static_branch_likely(struct static_key *const key)
{
	asm goto(JUMP_ENTRY(".byte 0x0f, 0x1f, 0x44, 0, 0", 1)::"i"(key)::l_target);
	return true;
l_target:
	return false;
}

/* Sorts the sites by key and address. Start-up, once. Returns the number of sites. */
u32 jump_label_init(void);

/* Why @key may not be set now, or NULL. */
const char *static_key_check(const struct static_key *key);

/*
 * Queues all sites of @key for value @on; smp_text_poke_batch_finish() patches. Text mutex held.
 * Those of a read-only key are written at once.
 */
void static_key_queue(struct static_key *key, bool on);

/* Flips @key and returns when every CPU sees it, or will before it gets there. IRQs on. */
void static_key_set(struct static_key *key, bool on);

#endif
