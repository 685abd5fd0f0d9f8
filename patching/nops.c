// SPDX-License-Identifier: BSD-2-Clause
/* The NOP table, and the merging of NOP runs. */
#include <patching/insn.h>
#include <patching/nops.h>

const u8 nop_table[NOP_MAX_LENGTH + 1][NOP_MAX_LENGTH] = {
	[1] = {0x90},
	[2] = {0x66, 0x90},
	[3] = {0x0f, 0x1f, 0x00},
	[4] = {0x0f, 0x1f, 0x40, 0x00},
	[5] = {0x0f, 0x1f, 0x44, 0x00, 0x00},
	[6] = {0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00},
	[7] = {0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00},
	[8] = {0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
};

void add_nops(u8 *buf, size_t len)
{
	size_t n;

	for (; len; buf += n, len -= n) {
		n = min(len, (size_t)NOP_MAX_LENGTH);
		__builtin_memcpy(buf, nop_table[n], n);
	}
}

#define BITMAP(name)	 u64 name[NOPS_MAX_LENGTH / 64] = {0}
#define SET_BIT(map, n)	 ((map)[(n) / 64] |= BIT((n) % 64))
#define TEST_BIT(map, n) ((map)[(n) / 64] >> (n) % 64 & 1)

bool optimize_nops(u8 *buf, size_t len)
{
	size_t pos, start, first = len;
	struct insn insn;
	BITMAP(targets);
	BITMAP(nops); /* one byte long, and at an instruction boundary */
	s64 target;

	if (len > NOPS_MAX_LENGTH)
		return false;
	for (pos = 0; pos < len; pos += insn.length) {
		if (buf[pos] == NOP_ONE_BYTE) {
			SET_BIT(nops, pos);
			first = min(first, pos);
			insn.length = 1;
			continue;
		}
		if (!insn_decode(&insn, buf + pos, len - pos))
			return false;
		target = (s64)(pos + insn.length) + insn.rel;
		if (insn.rel_size && target >= 0 && target < (s64)len)
			SET_BIT(targets, target);
	}
	for (pos = first; pos < len;) {
		start = pos++;
		if (!TEST_BIT(nops, start))
			continue;
		while (pos < len && TEST_BIT(nops, pos) && !TEST_BIT(targets, pos))
			pos++;
		add_nops(buf + start, pos - start);
	}
	return true;
}
