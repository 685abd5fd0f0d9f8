/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table's locations in order of address, with their original bytes: what finds malformed
 * tables, what a location is re-patched from, and what tells whether an address is patchable.
 */
#ifndef PATCHING_ALTERNATIVE_INDEX_H
#define PATCHING_ALTERNATIVE_INDEX_H

#include <patching/alternative_engine.h>

struct alt_site {
	unsigned long addr;
	const struct alt_instr *first; /* of its entries */
	u32 original;		       /* where its bytes begin in alt_index.originals */
	u8 len;
};

/* The caller brings the room: one site for each table entry always suffices. */
struct alt_index {
	struct alt_site *sites;
	size_t capacity; /* of sites */
	size_t count;
	u8 *originals; /* NULL: keep none */
	size_t originals_size;
};

/*
 * Fills the index, and with the original bytes its buffer: call it before anything is patched.
 * Returns 0 or -ALT_ERR_CAPACITY. O(n log n). The caller sees to it that nobody reads *index.
 */
int alternatives_index(const struct alt_instr *start, const struct alt_instr *end,
		       struct alt_index *index);

/*
 * Looks for everything that can be wrong with a table and tells env->report() of each: every
 * entry is tried as if it won, whatever the features say, but a NULL pointer of a direct call
 * counts only where that entry does win. *index must be of the same table. Writes nothing.
 * Returns the number of errors.
 */
unsigned int alternatives_validate(const struct alt_instr *start, const struct alt_instr *end,
				   const struct alt_env *env, const struct alt_index *index);

/* The site that holds the byte at addr, or NULL. Any context once the index is filled. */
const struct alt_site *alternatives_lookup(const struct alt_index *index, unsigned long addr);

/*
 * Copies original bytes from addr on: what alt_env.read_original is made of. False where they do
 * not lie in one site, or none were kept.
 */
bool alternatives_read_original(const struct alt_index *index, unsigned long addr, u8 *buf,
				size_t len);

#endif
