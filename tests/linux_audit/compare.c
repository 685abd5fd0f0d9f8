// SPDX-License-Identifier: BSD-2-Clause
/*
 * Linux shortens jumps, which our engine does not; and since 6.5 it pads with one NOP of up to eleven
 * bytes, or a jump over int3 (arch/x86/kernel/alternative.c). Up to 6.4 it pads as our engine does.
 */
#include <string.h>
#include <patching/insn.h>
#include <patching/nops.h>
#include <tests/linux_audit/compare.h>

#define INT3	  0xcc
#define JMP_SHORT 0xeb
#define JMP_NEAR  0xe9
#define NEAR_SIZE 5
#define LONGEST	  11 /* ASM_NOP_MAX of Linux */

static bool is_int3(const u8 *p, unsigned int len)
{
	while (len && p[len - 1] == INT3)
		len--;
	return !len;
}

bool compare_is_padding(const u8 *p, unsigned int len)
{
	static const u8 prefixes[] = {0x66, 0x66, 0x2e};
	unsigned int more = len - NOP_MAX_LENGTH;
	s32 rel;

	if (len <= NOP_MAX_LENGTH) /* @compare.pad */
		return !memcmp(p, nop_table[len], len);
	if (len <= LONGEST)
		return !memcmp(p, prefixes + sizeof(prefixes) - more,
			       more) && /* @compare.prefixes */
		       !memcmp(p + more, nop_table[NOP_MAX_LENGTH], NOP_MAX_LENGTH);
	if (p[0] == JMP_SHORT && (s8)p[1] == (s64)len - 2) /* @compare.over */
		return is_int3(p + 2, len - 2);		   /* @compare.int3 */
	memcpy(&rel, p + 1, sizeof(rel));
	return p[0] == JMP_NEAR && rel == (s64)len - NEAR_SIZE && /* @compare.near */
	       is_int3(p + NEAR_SIZE, len - NEAR_SIZE);
}

/* How many bytes from @p on are padding of our engine's: the longest NOPs, and one for the rest. */
static unsigned int our_padding(const u8 *p, unsigned int len)
{
	unsigned int n = 0, rest;

	while (len - n >= NOP_MAX_LENGTH &&
	       !memcmp(p + n, nop_table[NOP_MAX_LENGTH], NOP_MAX_LENGTH))
		n += NOP_MAX_LENGTH;
	for (rest = NOP_MAX_LENGTH - 1; rest; rest--)
		if (len - n >= rest && !memcmp(p + n, nop_table[rest], rest))
			return n + rest;
	return n;
}

/* Is @theirs our jump, which goes @rel on from its end, in the short form? SAME_NOT: no. */
static enum same compare_jump(s64 rel, const u8 *theirs)
{
	if (theirs[0] != JMP_SHORT || (s8)theirs[1] != rel + NEAR_SIZE - 2) /* @compare.target */
		return SAME_NOT;
	if (!memcmp(theirs + 2, nop_table[NEAR_SIZE - 2], NEAR_SIZE - 2))
		return SAME_JUMP_NOPS;
	return is_int3(theirs + 2, NEAR_SIZE - 2) ? SAME_JUMP_INT3 : SAME_NOT; /* @compare.behind */
}

enum same compare_code(const u8 *ours, const u8 *theirs, unsigned int len)
{
	enum same same = SAME_BYTES, jump;
	unsigned int i = 0, n;
	struct insn insn;

	while (memcmp(ours + i, theirs + i, len - i)) {
		n = our_padding(ours + i, len - i);
		if (n > NOP_MAX_LENGTH && compare_is_padding(theirs + i, n)) {
			same = SAME_LONG_NOP;
			i += n;
			continue;
		}
		if (!insn_decode(&insn, ours + i, len - i))
			return SAME_NOT;
		if (memcmp(ours + i, theirs + i, insn.length)) { /* @compare.other */
			if (insn.kind != INSN_JMP || insn.length != NEAR_SIZE)
				return SAME_NOT;
			jump = compare_jump(insn.rel, theirs + i);
			if (jump == SAME_NOT)
				return SAME_NOT;
			same = jump;
		}
		i += insn.length;
	}
	return same;
}
