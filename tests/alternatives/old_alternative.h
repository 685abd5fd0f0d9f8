/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine as it was before: one write per table entry, each made from what the entries before
 * it left. It shows intermediate instructions, and a direct call after another entry that applied
 * no longer finds the indirect call it needs. Kept to be compared with, never to be used.
 */
#ifndef TESTS_OLD_ALTERNATIVE_H
#define TESTS_OLD_ALTERNATIVE_H

#include <patching/alternative_engine.h>

/*
 * Applies the table as apply_alternatives() does, but env->write() and env->trace() are called
 * for each entry, and what an error finds half done stays so. env->read_original is not used.
 * Returns the number of writes, or -ALT_ERR_*.
 */
int old_apply_alternatives(const struct alt_instr *start, const struct alt_instr *end,
			   const struct alt_env *env);

#endif
