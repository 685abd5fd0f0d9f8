// SPDX-License-Identifier: BSD-2-Clause
/* The walk through entry text, on a few bytes each: what it must find, and what it must not. */
#include <tests/alternatives/features.h>
#include <tests/host/lib/tap.h>
#include "../../patching/insn.c"
#include "../check_text/flow.c"
#include "../check_text/walk.c"

#define TEXT 0x10000ul
#define REPL 0x20000ul
#define SIZE 64
#define S    0 /* [gs:0], [rbx] */

/* clang-format off */
#define CALL_OUT     0xe8, 0x40, 0, 0, 0	/* as JMP_OUT: beyond text, before repl */
#define JMP_OUT	     0xe9, 0x40, 0, 0, 0
#define WRITE_CR3    0x0f, 0x22, 0xd8
#define SIGNAL(v)    0x65, 0xc7, 0x04, 0x25, S, 0, 0, 0, (v), 0, 0, 0
#define IRETQ	     0x48, 0xcf
#define TO_KERNEL    SIGNAL(1), WRITE_CR3
#define NMI_RESTORE  0x44, 0x89, 0x23		/* mov [rbx], r12d */
#define BEFORE	     " before the CR3 write"
#define AFTER	     " after S:=0 or the user's CR3"
/* clang-format on */

static u8 text[SIZE], repl[SIZE], reached[SIZE];
static struct walk walk;
static char found[128];
static u64 label;

static bool in_kernel(u64 addr)
{
	return label && addr == label;
}

static void breached(u64 addr, const char *why, u64 target)
{
	if (!found[0])
		snprintf(found, sizeof(found), "%lu %s", (unsigned long)(addr - TEXT), why);
}

static void run(const char *want, const char *name)
{
	static const struct walk_alt none;

	memset(reached, 0, SIZE);
	if (!walk.nr_alts)
		walk.alts = &none;
	memset(walk.seen, 0, sizeof(walk.seen));
	walk.nr_seen = walk.nr_todo = 0;
	walk.text = (struct walk_range){TEXT, TEXT + SIZE, text};
	walk.repl = (struct walk_range){REPL, REPL + SIZE, repl};
	walk.signal = S;
	walk.in_kernel = in_kernel;
	walk.breach = breached;
	walk.reached = reached;
	found[0] = '\0';
	walk_from(&walk, TEXT, BEFORE_CR3, 0);
	walk_run(&walk);
	is(found, want, name);
}

/* A path of these bytes; what is found first on it, "" for nothing. */
#define PATH(want, name, ...)                                      \
	do {                                                       \
		static const u8 bytes[] = {__VA_ARGS__};           \
                                                                   \
		_Static_assert(sizeof(bytes) <= SIZE, "too long"); \
		memset(text, 0xcc, SIZE);                          \
		memcpy(text, bytes, sizeof(bytes));                \
		run(want, name);                                   \
	} while (0)

static void plain_paths(void)
{
	PATH("", "in, call, out", TO_KERNEL, CALL_OUT, SIGNAL(0), WRITE_CR3, IRETQ);
	PATH("0 calls out of entry text" BEFORE, "a call first", CALL_OUT, IRETQ);
	PATH("12 jumps out of entry text" BEFORE, "a jump behind S:=1", SIGNAL(1), JMP_OUT);
	PATH("2 jumps out of entry text" BEFORE, "a jump on one side", 0x75, 5, JMP_OUT, IRETQ);
	PATH("15 calls out of entry text" AFTER, "a call behind S:=0", WRITE_CR3, SIGNAL(0),
	     CALL_OUT, IRETQ);
	PATH("6 calls out of entry text" AFTER, "a call behind S:=old", WRITE_CR3, NMI_RESTORE,
	     CALL_OUT, IRETQ);
	PATH("6 calls out of entry text" AFTER, "a call behind the second CR3 write", WRITE_CR3,
	     WRITE_CR3, CALL_OUT, IRETQ);
	PATH("", "S:=1 behind CR3", WRITE_CR3, SIGNAL(1), CALL_OUT, IRETQ);
	PATH("0 calls through a pointer" BEFORE, "a call through a register", 0xff, 0xd0, IRETQ);
	PATH("0 jumps through a pointer" BEFORE, "a jump through memory", 0xff, 0x25, 0, 0, 0, 0);
	PATH("0 returns out of entry text" BEFORE, "RET", 0xc3);
	PATH("", "RET in the kernel and behind S:=old", WRITE_CR3, NMI_RESTORE, 0xc3);
	PATH("1 is no instruction that this check knows", "int3 is no way on", 0x90, 0xcc);
	PATH("0 is no instruction that this check knows", "nor is what nobody knows", 0x06);
	PATH("0 writes S in a way that this check does not know", "lock inc", 0xf0, 0x65, 0xff,
	     0x04, 0x25, S, 0, 0, 0, IRETQ);
	PATH("", "int 0x81 is an instruction like others", 0xcd, 0x81, IRETQ);
}

static void inner_calls(void)
{
	PATH("", "a call inside of entry text, and back", 0xe8, 2, 0, 0, 0, IRETQ, 0x90, 0xc3);
	PATH("10 calls out of entry text" BEFORE, "what it calls is followed", 0xe8, 5, 0, 0, 0,
	     WRITE_CR3, IRETQ, CALL_OUT, 0xc3);
	PATH("", "its CR3 write counts behind it", 0xe8, 7, 0, 0, 0, CALL_OUT, IRETQ, WRITE_CR3,
	     0xc3);
	PATH("5 jumps out of entry text" BEFORE, "nothing else does", 0xe8, 5, 0, 0, 0, JMP_OUT,
	     0xc3);
}

static void labels(void)
{
	label = TEXT + 2;
	PATH("", "a label .in_kernel", 0x75, 0, CALL_OUT, IRETQ);
	label = TEXT + 6;
	PATH("6 jumps out of entry text" AFTER, "not on the way out", WRITE_CR3, WRITE_CR3,
	     JMP_OUT);
	label = 0;
}

static void alternatives(void)
{
	static struct walk_alt alt = {TEXT, REPL, 5, 5, X86_FEATURE_TEST0, 0};
	static const u8 call_out[] = {CALL_OUT}, back[] = {0xe9, 0, 0, 0xff, 0xff};
	static const u8 cr3[] = {WRITE_CR3};

	walk.alts = &alt;
	walk.nr_alts = 1;
	memcpy(repl, call_out, sizeof(call_out));
	PATH("65536 calls out of entry text" BEFORE, "a replacement is followed", 0x0f, 0x1f, 0x44,
	     0, 0, IRETQ);
	memcpy(repl, back, sizeof(back));
	PATH("", "a replacement's branch counts from where it was built", 0x0f, 0x1f, 0x44, 0, 0,
	     IRETQ);
	memcpy(repl, cr3, sizeof(cr3));
	alt.repl_len = 3;
	PATH("5 calls out of entry text" BEFORE, "the original counts as well", 0x0f, 0x1f, 0x44, 0,
	     0, CALL_OUT, IRETQ);
	PATH("", "both write CR3", WRITE_CR3, 0x66, 0x90, CALL_OUT, IRETQ);
	PATH("5 branches into the middle of an alternative", "a way into the middle", WRITE_CR3,
	     0x66, 0x90, 0x74, 0xfc, IRETQ);
	PATH("5 branches into a replacement, which is never executed", "a way into a replacement",
	     0x0f, 0x1f, 0x44, 0, 0, 0xe9, 0xf6, 0xff, 0, 0);
	alt = (struct walk_alt){TEXT, REPL, 5, 0, X86_FEATURE_PTI, ALT_FLAG_NOT};
	PATH("", "without kPTI nothing is asked", WRITE_CR3, 0x66, 0x90, CALL_OUT, IRETQ);
	alt.feature = X86_FEATURE_TEST0;
	PATH("5 calls out of entry text" BEFORE, "but only without kPTI", WRITE_CR3, 0x66, 0x90,
	     CALL_OUT, IRETQ);
	walk.nr_alts = 0;
}

int main(void)
{
	plain_paths();
	inner_calls();
	labels();
	alternatives();
	return done_testing();
}
