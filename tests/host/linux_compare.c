// SPDX-License-Identifier: BSD-2-Clause
/*
 * tests/linux_audit/compare.c: which other bytes of Linux are the same code as our engine's, from what
 * 6.1 and 6.12 wrote, and what is nearly that.
 */
#include <tests/host/lib/tap.h>
#include "../../patching/insn.c"
#include "../../patching/nops.c"
#include "../linux_audit/compare.c"

#define MAX  16
#define NOP8 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0

static const struct row {
	const char *name;
	unsigned int len;
	u8 ours[MAX], theirs[MAX];
	enum same same;
} rows[] = {
	{"nothing", 0, {0}, {0}, SAME_BYTES},
	{"the same", 2, {0x31, 0xc0}, {0x31, 0xc0}, SAME_BYTES},
	{"NOPs in other parts", 3, {0x66, 0x90, 0x90}, {0x0f, 0x1f, 0x00}, SAME_NOT},
	{"NOPs not merged", 2, {0x90, 0x90}, {0x66, 0x90}, SAME_NOT},
	{"another NOP", 3, {0x0f, 0x1f, 0x00}, {0x0f, 0x1f, 0x01}, SAME_NOT},
	{"nine", 9, {NOP8, 0x90}, {0x2e, NOP8}, SAME_LONG_NOP},
	{"eleven", 11, {NOP8, 0x0f, 0x1f, 0x00}, {0x66, 0x66, 0x2e, NOP8}, SAME_LONG_NOP},
	{"eleven, in other parts",
	 11,
	 {NOP8, 0x66, 0x90, 0x90},
	 {0x66, 0x66, 0x2e, NOP8},
	 SAME_NOT},
	{"eleven, by another prefix",
	 11,
	 {NOP8, 0x0f, 0x1f, 0x00},
	 {0x66, 0x2e, 0x2e, NOP8},
	 SAME_NOT},
	{"nine, with a jump in the NOP's middle",
	 9,
	 {NOP8, 0x90},
	 {0x2e, 0x0f, 0x1f, 0x84, 0xeb},
	 SAME_NOT},
	{"twelve over int3",
	 12,
	 {NOP8, 0x0f, 0x1f, 0x40, 0},
	 {0xeb, 10, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc},
	 SAME_LONG_NOP},
	{"twelve into int3",
	 12,
	 {NOP8, 0x0f, 0x1f, 0x40, 0},
	 {0xeb, 9, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc},
	 SAME_NOT},
	{"twelve over code",
	 12,
	 {NOP8, 0x0f, 0x1f, 0x40, 0},
	 {0xeb, 10, 0xcc, 0xcc, 0xcc, 0x31, 0xc0, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc},
	 SAME_NOT},
	{"four over int3", 4, {0x0f, 0x1f, 0x40, 0}, {0xeb, 2, 0xcc, 0xcc}, SAME_NOT},
	{"code, and then nine",
	 11,
	 {0x31, 0xc0, NOP8, 0x90},
	 {0x31, 0xc0, 0x2e, NOP8},
	 SAME_LONG_NOP},
	{"nine, and then other code",
	 11,
	 {NOP8, 0x90, 0x31, 0xc0},
	 {0x2e, NOP8, 0x31, 0xc9},
	 SAME_NOT},
	{"a shorter jump and a NOP",
	 5,
	 {0xe9, 0x10},
	 {0xeb, 0x13, 0x0f, 0x1f, 0x00},
	 SAME_JUMP_NOPS},
	{"a shorter jump and int3",
	 5,
	 {0xe9, 0x10},
	 {0xeb, 0x13, 0xcc, 0xcc, 0xcc},
	 SAME_JUMP_INT3},
	{"a shorter jump and NOPs", 5, {0xe9, 0x10}, {0xeb, 0x13, 0x66, 0x90, 0x90}, SAME_NOT},
	{"one to elsewhere", 5, {0xe9, 0x10}, {0xeb, 0x12, 0xcc, 0xcc, 0xcc}, SAME_NOT},
	{"one that is longer", 5, {0xeb, 0x13, 0xcc, 0xcc, 0xcc}, {0xe9, 0x10}, SAME_NOT},
	{"the same code later", 3, {0x90, 0x31, 0xc0}, {0x31, 0xc0, 0x90}, SAME_NOT},
	{"a call and NOPs", 5, {0xe8}, {0x0f, 0x1f, 0x44, 0, 0}, SAME_NOT},
	{"calls of two", 5, {0xe8, 1}, {0xe8, 2}, SAME_NOT},
	{"no instruction", 2, {0x06, 0x90}, {0x06, 0x91}, SAME_NOT},
};

int main(void)
{
	u8 ours[200], theirs[200];
	const struct row *r;

	for (r = rows; r < rows + ARRAY_SIZE(rows); r++)
		ok(compare_code(r->ours, r->theirs, r->len) == r->same, "%s", r->name);
	add_nops(ours, sizeof(ours));
	memset(theirs, 0xcc, sizeof(theirs));
	memcpy(theirs, "\xe9\xc3\0\0", 5);
	ok(compare_code(ours, theirs, sizeof(ours)) == SAME_LONG_NOP, "200 over int3");
	add_nops(ours, sizeof(ours) - 1);
	ok(compare_code(ours, theirs, sizeof(ours) - 1) == SAME_NOT, "199 over int3, one too far");
	return done_testing();
}
