/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Follows every path through entry text, one instruction at a time, with what is known of the
 * page table on the way.
 *
 * At an alternative the original and each replacement are followed, whatever their features, with
 * two exceptions: after a replacement for ALT_NOT(X86_FEATURE_PTI) there is one page table, and
 * nothing to breach; and features of the protocol word belong together, so one walk follows one
 * set of them. S is known as [gs:S] and [rbx + S]; a path that leaves the CR3 write out, because
 * the kernel's is loaded, says so by a label that ends in `.in_kernel` (in an alternative: not
 * on its edge, where paths meet), or by a test of r13, the CR3 that was found, before its branch.
 */
#ifndef TESTS_CHECK_TEXT_WALK_H
#define TESTS_CHECK_TEXT_WALK_H

#include <kernel/lib/types.h>

enum walk_state {
	BEFORE_CR3, /* since a hardware entry: the user's page table, maybe */
	IN_KERNEL,
	LEAVING, /* S may be 0, or CR3 the user's */
	NO_PTI,
};

struct walk_range {
	u64 start, end;
	const u8 *bytes;
};

struct walk_alt {
	u64 site, repl;
	u8 site_len, repl_len;
	u16 feature, flags;
};

/* A jump label whose key is read-only: both ways are followed. */
struct walk_jump {
	u64 site, target;
};

struct walk_node {
	u64 addr, ret; /* ret: where a call inside of entry text returns to, 0 outside of any */
	enum walk_state state;
};

#define WALK_NODES 65536

struct walk {
	struct walk_range text, repl;
	const struct walk_alt *alts;
	const struct walk_jump *jumps;
	unsigned int nr_alts, nr_jumps;
	u32 protocol; /* bits of CPUFEATURE_WORD_PROTOCOL that this walk has */
	s64 signal;   /* where S lies in an entry area */
	bool (*in_kernel)(u64 addr);
	void (*breach)(u64 addr, const char *why, u64 target); /* target 0: none */
	u8 *reached;					       /* a byte for each of text */

	/* The walk's own; all zero at first. */
	u64 seen[WALK_NODES];
	struct walk_node todo[WALK_NODES];
	unsigned int nr_seen, nr_todo;
};

/* Does @addr lie in @range? */
bool in_range(const struct walk_range *range, u64 addr);

/* The replacement that @addr lies in, or NULL. */
const struct walk_alt *replacement_at(const struct walk *w, u64 addr);

/* Is it a way into the middle of an alternative, from elsewhere than its original? */
bool splits_alternative(const struct walk *w, u64 from, u64 target);

/* Notes a path to follow. @ret: where its call returns to, or 0. */
void walk_from(struct walk *w, u64 addr, enum walk_state state, u64 ret);

/* Follows all that walk_from() has noted. */
void walk_run(struct walk *w);

#endif
