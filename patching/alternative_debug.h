/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The debug log of alternatives: one block for each location, about what really was there, what
 * was chosen and what is there afterwards.
 *
 *	feat: 10*32+3, old: (SYMBOL (ADDRESS) len: 6), repl: (ADDRESS, len: 6) flags: 0x0
 *	ffffffff81283cd3:   old_insn: 49 0f ae 64 24 40	xsave64 0x40(%r12)
 *	ffffffff89c1e6df:   rpl_insn: 49 0f c7 6c 24 40	xsaves64 0x40(%r12)
 *	ffffffff81283cd3: final_insn: 49 0f c7 6c 24 40	xsaves64 0x40(%r12)
 *
 * A location of several instructions has a line for each. Where nothing applied it says
 * "feat: none" and "repl: none".
 */
#ifndef PATCHING_ALTERNATIVE_DEBUG_H
#define PATCHING_ALTERNATIVE_DEBUG_H

#include <patching/alternative_engine.h>
#include <patching/insn_print.h>

struct alt_debug {
	void (*print)(void *ctx, const char *line); /* one line, without a newline */
	insn_describe_fn describe;		    /* names addresses; may be NULL */
	void *ctx;
};

/*
 * Prints the block of one location. To be called from alt_env.trace: it reads the old bytes where
 * they are. Any context that the callbacks can be called from; needs 500 bytes of stack.
 */
void alternative_debug(const struct alt_debug *debug, const struct alt_patch *patch);

#endif
