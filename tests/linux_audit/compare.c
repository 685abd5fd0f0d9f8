// SPDX-License-Identifier: BSD-2-Clause
/*
 * Linux shortens jumps and merges NOPs in its own way, one that has changed: up to 6.4 as many NOPs of
 * up to eight bytes as needed, later one of up to eleven, or a jump over int3.
 */
#include <string.h>
#include <patching/insn.h>
#include <tests/linux_audit/compare.h>

#define INT3 0xcc

/* A NOP with any number of 66 and 2e in front, as Linux' longest have. */
static bool is_nop(const u8 *p, unsigned int len)
{
	while (len && (*p == 0x66 || *p == 0x2e)) {
		p++;
		len--;
	}
	return len && (*p == 0x90 || (len > 1 && p[0] == 0x0f && p[1] == 0x1f));
}

/*
 * The offset of the first instruction from @at on that is no padding, or @len. What a jump goes over
 * is padding too, with int3 in it: no other way leads there.
 */
static unsigned int skip_padding(const u8 *bytes, unsigned int at, unsigned int len, bool skipped)
{
	struct insn insn;
	unsigned int next;

	while (at < len && insn_decode(&insn, bytes + at, len - at)) {
		next = at + insn.length;
		if (insn.kind == INSN_JMP && insn.rel >= 0 && insn.rel <= (s64)(len - next) &&
		    skip_padding(bytes + next, 0, insn.rel, true) == (unsigned int)insn.rel)
			next += insn.rel;
		else if (!is_nop(bytes + at, insn.length) && !(skipped && bytes[at] == INT3))
			break;
		at = next;
	}
	return at;
}

bool compare_is_padding(const u8 *bytes, unsigned int len)
{
	return skip_padding(bytes, 0, len, false) == len;
}

/* Where what is behind the jump at @at begins: int3 there is never executed. */
static unsigned int behind_jump(const u8 *bytes, unsigned int at, unsigned int len)
{
	while (at < len && bytes[at] == INT3)
		at++;
	return at;
}

enum same compare_code(const u8 *a, const u8 *b, unsigned int len)
{
	unsigned int i = skip_padding(a, 0, len, false), j = skip_padding(b, 0, len, false);
	struct insn x, y;

	if (!memcmp(a, b, len))
		return SAME_BYTES;
	while (i < len && i == j) {
		if (!insn_decode(&x, a + i, len - i) || !insn_decode(&y, b + j, len - j))
			return SAME_NOT;
		if (x.kind == INSN_JMP && y.kind == INSN_JMP) {
			if (i + x.length + x.rel != j + y.length + y.rel)
				return SAME_NOT;
			i = behind_jump(a, i + x.length, len);
			j = behind_jump(b, j + y.length, len);
		} else {
			if (x.length != y.length || memcmp(a + i, b + j, x.length))
				return SAME_NOT;
			i += x.length;
			j += y.length;
		}
		i = skip_padding(a, i, len, false);
		j = skip_padding(b, j, len, false);
	}
	return i == j ? SAME_CODE : SAME_NOT;
}
