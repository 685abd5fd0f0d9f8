// SPDX-License-Identifier: BSD-2-Clause
/*
 * The length decoder against objdump, over whatever large programs this machine has, and against
 * a list of encodings that programs rarely hold.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
#include <tests/host/lib/objdump.h>
#include <tests/host/lib/tap.h>
#include "../../patching/insn.c"

#define SHOWN 10

struct tally {
	unsigned long instructions, bad, unknown, wrong, branches, operands;
};

/* The address in "jmp 1234 <symbol>" and in "mov 5(%rip),%eax  # 1234 <symbol>". */
static unsigned long shown_target(const char *text)
{
	const char *end = strstr(text, " <");

	if (!end)
		end = text + strcspn(text, "\n");
	while (end > text && isxdigit(end[-1]))
		end--;
	return strtoul(end, NULL, 16);
}

static void check_one(void *ctx, const struct disassembled *d)
{
	struct tally *t = ctx;
	struct insn insn;
	int length;

	if (!d->instruction) {
		t->bad++;
		return;
	}
	t->instructions++;
	length = insn_length(d->bytes, sizeof(d->bytes));
	if (length == (int)d->length) {
		insn_decode(&insn, d->bytes, sizeof(d->bytes));
		t->branches += insn.rel_size && insn.rel_branch;
		t->operands += insn.rel_size && !insn.rel_branch;
		if (insn.rel_size ? d->addr + length + insn.rel == shown_target(d->text)
				  : !strstr(d->text, "ip)"))
			return;
	}
	if (length < 0)
		t->unknown++;
	else
		t->wrong++;
	if (t->wrong + t->unknown <= SHOWN)
		printf("# %d instead of %zu: %s", length, d->length, d->line);
}

static void check_file(const char *path)
{
	struct tally t = {0};

	if (!objdump_each(path, check_one, &t))
		return;
	ok(t.instructions && !t.wrong && !t.unknown,
	   "%s: %lu instructions, %lu wrong, %lu unknown, %lu branch targets, %lu IP-relative "
	   "operands, %lu that are none to objdump either",
	   path, t.instructions, t.wrong, t.unknown, t.branches, t.operands, t.bad);
}

static void check_objdump(void)
{
	Dl_info libc;

	if (!objdump_exists()) {
		ok(true, "against objdump # SKIP objdump is not installed");
		return;
	}
	if (dladdr(&getppid, &libc))
		check_file(libc.dli_fname);
	check_file("/bin/bash");
	check_file("/usr/lib/x86_64-linux-gnu/libstdc++.so.6");
	check_file("/usr/lib/x86_64-linux-gnu/libcrypto.so.3");
}

/* Encodings with what they must decode to; kind INSN_OTHER where only the length counts. */
static const struct {
	const char *name;
	u8 bytes[INSN_MAX_LENGTH];
	int length;
	enum insn_kind kind;
	s64 value; /* rel or imm */
} cases[] = {
	{"int3", {0xcc}, 1, INSN_INT3},
	{"ret", {0xc3}, 1, INSN_RET},
	{"repz ret", {0xf3, 0xc3}, 2, INSN_OTHER},
	{"ret imm16", {0xc2, 1, 0}, 3, INSN_OTHER},
	{"call rel32", {0xe8, 0xfe, 0xff, 0xff, 0xff}, 5, INSN_CALL, -2},
	{"data16 call", {0x66, 0xe8, 1, 0, 0, 0}, 6, INSN_OTHER, 1},
	{"jmp rel8", {0xeb, 0x80}, 2, INSN_JMP, -128},
	{"jmp rel32", {0xe9, 0, 0, 0, 0x80}, 5, INSN_JMP, -2147483648ll},
	{"je rel8", {0x74, 0x7f}, 2, INSN_JCC, 127},
	{"jg rel32", {0x0f, 0x8f, 4, 3, 2, 1}, 6, INSN_JCC, 0x01020304},
	{"je rel8, hinted", {0x2e, 0x74, 0x7f}, 3, INSN_OTHER, 127},
	{"jrcxz", {0xe3, 0xfe}, 2, INSN_OTHER, -2},
	{"xbegin", {0xc7, 0xf8, 9, 0, 0, 0}, 6, INSN_OTHER, 9},
	{"nop", {0x90}, 1, INSN_NOP},
	{"nop2", {0x66, 0x90}, 2, INSN_NOP},
	{"nop5", {0x0f, 0x1f, 0x44, 0, 0}, 5, INSN_NOP},
	{"nop8", {0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0}, 8, INSN_NOP},
	{"pause", {0xf3, 0x90}, 2, INSN_OTHER},
	{"xchg r8, rax", {0x49, 0x90}, 2, INSN_OTHER},
	{"mov eax, imm32", {0xb8, 4, 3, 2, 0x81}, 5, INSN_MOV_IMM32, (s32)0x81020304},
	{"mov edi, imm32", {0xbf, 1, 0, 0, 0}, 5, INSN_MOV_IMM32, 1},
	{"mov rax, imm64", {0x48, 0xb8, 1}, 10, INSN_OTHER},
	{"mov ax, imm16", {0x66, 0xb8, 1}, 4, INSN_OTHER},
	{"REX is void before a prefix", {0x48, 0x66, 0xb8, 1}, 5, INSN_OTHER},
	{"mov cr3, rax", {0x0f, 0x22, 0xd8}, 3, INSN_OTHER},
	{"mov cr3 ignores mod", {0x0f, 0x22, 0x1d}, 3, INSN_OTHER},
	{"mov eax, [rip + 1]", {0x8b, 0x05, 1, 0, 0, 0}, 6, INSN_OTHER, 1},
	{"mov dword [rip - 1], imm", {0xc7, 0x05, 255, 255, 255, 255, 1}, 10, INSN_OTHER, -1},
	{"mov dword gs:[abs], imm", {0x65, 0xc7, 0x04, 0x25, 1}, 12, INSN_OTHER},
	{"movabs moffs", {0xa1}, 9, INSN_OTHER},
	{"movabs moffs, 32-bit address", {0x67, 0xa1}, 6, INSN_OTHER},
	{"enter", {0xc8}, 4, INSN_OTHER},
	{"test byte", {0xf6, 0xc0, 1}, 3, INSN_OTHER},
	{"not byte", {0xf6, 0xd0}, 2, INSN_OTHER},
	{"test dword", {0xf7, 0xc0}, 6, INSN_OTHER},
	{"extrq", {0x66, 0x0f, 0x78, 0xc0, 1, 2}, 6, INSN_OTHER},
	{"3DNow!", {0x0f, 0x0f, 0xc1, 0x0d}, 4, INSN_OTHER},
	{"vzeroupper", {0xc5, 0xf8, 0x77}, 3, INSN_OTHER},
	{"vpshufd", {0xc5, 0xf9, 0x70, 0xc0, 1}, 5, INSN_OTHER},
	{"vpermq", {0xc4, 0xe3, 0xfd, 0x00, 0xc0, 1}, 6, INSN_OTHER},
	{"XOP vpcmov", {0x8f, 0xe8, 0x78, 0xa2, 0xc1, 0x20}, 6, INSN_OTHER},
	{"pop mem", {0x8f, 0x00}, 2, INSN_OTHER},
	{"EVEX vmovdqu64", {0x62, 0xf1, 0xfe, 0x48, 0x6f, 0x41, 1}, 7, INSN_OTHER},
	{"EVEX rip", {0x62, 0xf1, 0xfe, 0x48, 0x6f, 0x05, 1}, 10, INSN_OTHER, 1},
	{"push es", {0x06}, INSN_ERR_UNKNOWN},
	{"REX2", {0xd5, 0x10}, INSN_ERR_UNKNOWN},
	{"lock VEX", {0xf0, 0xc5, 0xf8, 0x77}, INSN_ERR_UNKNOWN},
	{"prefixes only", {[0 ... 14] = 0x66}, INSN_ERR_TRUNCATED},
	{"longest", {[0 ... 13] = 0x66, 0x90}, 15, INSN_NOP},
	{"too long", {[0 ... 9] = 0x66, 0x81, 0x04, 0x25}, INSN_ERR_TRUNCATED},
};

static void check_cases(void)
{
	unsigned int truncations = 0, missed = 0;
	struct insn insn;
	int i, n, length;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		length = insn_length(cases[i].bytes, INSN_MAX_LENGTH);
		if (!insn_decode(&insn, cases[i].bytes, INSN_MAX_LENGTH)) {
			ok(length == cases[i].length, "%s: error %d", cases[i].name, length);
			continue;
		}
		ok(length == cases[i].length && insn.kind == cases[i].kind &&
			   (insn.rel_size ? insn.rel : insn.imm) == cases[i].value,
		   "%s: %d bytes, kind %d, value %d", cases[i].name, length, insn.kind,
		   insn.rel_size ? insn.rel : insn.imm);
		for (n = 0; n < length; n++, truncations++) {
			/* A copy of its own, so that a sanitizer sees a read too far. */
			u8 *copy = malloc(n);

			memcpy(copy, cases[i].bytes, n);
			missed += insn_length(copy, n) != INSN_ERR_TRUNCATED;
			free(copy);
		}
	}
	ok(!missed, "%u truncations, %u not noticed", truncations, missed);
}

int main(void)
{
	check_cases();
	check_objdump();
	return done_testing();
}
