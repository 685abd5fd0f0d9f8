// SPDX-License-Identifier: BSD-2-Clause
/*
 * tests/linux_audit/compare.c: when two pieces of code are the same, from what Linux 6.1 and 6.12 wrote
 * where our engine wrote something else, and what is nearly that.
 */
#include <tests/host/lib/tap.h>
#include "../../patching/insn.c"
#include "../linux_audit/compare.c"

#define MAX 16

static const struct row {
	const char *name;
	unsigned int len;
	u8 a[MAX], b[MAX];
	enum same same;
} rows[] = {
	{"nothing", 0, {0}, {0}, SAME_BYTES},
	{"the same", 2, {0x31, 0xc0}, {0x31, 0xc0}, SAME_BYTES},
	{"other NOPs", 3, {0x66, 0x90, 0x90}, {0x0f, 0x1f, 0x00}, SAME_CODE},
	{"a longest NOP",
	 11,
	 {0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0, 0x0f, 0x1f, 0x00},
	 {0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0},
	 SAME_CODE},
	{"NOPs and a jump over int3", 4, {0x0f, 0x1f, 0x40, 0}, {0xeb, 2, 0xcc, 0xcc}, SAME_CODE},
	{"a jump into int3", 4, {0x0f, 0x1f, 0x40, 0}, {0xeb, 1, 0xcc, 0xcc}, SAME_NOT},
	{"a jump over code", 4, {0x0f, 0x1f, 0x40, 0}, {0xeb, 2, 0x31, 0xc0}, SAME_NOT},
	{"a jump to behind itself", 5, {0xe9, 0, 0, 0, 0}, {0xeb, 3, 0x0f, 0x1f, 0}, SAME_CODE},
	{"a jump over a jump over int3",
	 6,
	 {0xeb, 4, 0x0f, 0x1f, 0x40, 0},
	 {0xeb, 4, 0xeb, 2, 0xcc, 0xcc},
	 SAME_CODE},
	{"a shorter jump", 5, {0xe9, 0x10, 0, 0, 0}, {0xeb, 0x13, 0xcc, 0xcc, 0xcc}, SAME_CODE},
	{"one to elsewhere", 5, {0xe9, 0x10, 0, 0, 0}, {0xeb, 0x12, 0xcc, 0xcc, 0xcc}, SAME_NOT},
	{"the same code later", 3, {0x90, 0x31, 0xc0}, {0x31, 0xc0, 0x90}, SAME_NOT},
	{"a call and NOPs", 5, {0xe8, 0, 0, 0, 0}, {0x0f, 0x1f, 0x44, 0, 0}, SAME_NOT},
	{"calls of two", 5, {0xe8, 1, 0, 0, 0}, {0xe8, 2, 0, 0, 0}, SAME_NOT},
	{"int3 and a NOP", 1, {0xcc}, {0x90}, SAME_NOT},
	{"no instruction", 2, {0x06, 0x90}, {0x06, 0x91}, SAME_NOT},
};

int main(void)
{
	const struct row *r;

	for (r = rows; r < rows + ARRAY_SIZE(rows); r++)
		ok(compare_code(r->a, r->b, r->len) == r->same &&
			   compare_code(r->b, r->a, r->len) == r->same,
		   "%s, both ways", r->name);
	return done_testing();
}
