/* SPDX-License-Identifier: BSD-2-Clause */
/* Multi-byte NOPs: padding that costs one instruction instead of many. */
#ifndef PATCHING_NOPS_H
#define PATCHING_NOPS_H

#include <kernel/lib/types.h>

#define NOP_MAX_LENGTH	8
#define NOPS_MAX_LENGTH 256 /* the longest buffer that optimize_nops() takes, in bytes */

#define NOP_ONE_BYTE 0x90

/* nop_table[n] is the n-byte form, n from 1 to NOP_MAX_LENGTH (SDM vol. 2, NOP, table 4-12). */
extern const u8 nop_table[NOP_MAX_LENGTH + 1][NOP_MAX_LENGTH];

/* Fills buf with len bytes of NOPs, as few as there can be. Any context. */
void add_nops(u8 *buf, size_t len);

/*
 * Merges runs of one-byte NOPs in the instructions at buf into long ones. A NOP that a branch
 * within the buffer jumps to stays the beginning of an instruction. False, with nothing changed,
 * when some bytes cannot be decoded or len is above NOPS_MAX_LENGTH. Any context.
 */
bool optimize_nops(u8 *buf, size_t len);

#endif
