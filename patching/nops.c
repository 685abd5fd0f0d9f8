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

bool optimize_nops(u8 *buf, size_t len)
{
	u64 targets[NOPS_MAX_LENGTH / 64] = {0};
	size_t pos, start;
	struct insn insn;
	s64 target;

	if (len > NOPS_MAX_LENGTH)
		return false;
	for (pos = 0; pos < len; pos += insn.length) {
		if (!insn_decode(&insn, buf + pos, len - pos))
			return false;
		target = (s64)(pos + insn.length) + insn.rel;
		if (insn.rel_size && target >= 0 && target < (s64)len)
			targets[target / 64] |= BIT(target % 64);
	}
	for (pos = 0; pos < len; pos += insn.length) {
		insn_decode(&insn, buf + pos, len - pos);
		if (insn.length != 1 || buf[pos] != NOP_ONE_BYTE)
			continue;
		start = pos++;
		while (pos < len && buf[pos] == NOP_ONE_BYTE &&
		       !(targets[pos / 64] & BIT(pos % 64)))
			pos++;
		add_nops(buf + start, pos - start);
		insn.length = 0;
	}
	return true;
}
