// SPDX-License-Identifier: BSD-2-Clause
/* Instructions as text: what has a name must read as objdump writes it. */
#include <tests/host/lib/objdump.h>
#include <tests/host/lib/tap.h>
#include "../../patching/insn.c"
#include "../../patching/insn_print.c"

#define SHOWN 10

struct tally {
	unsigned long same, different, unnamed;
};

/* One space at a time, and no symbols. */
static void normalize(const char *text, char *out, size_t room)
{
	char *at = out;

	for (; *text && *text != '\n' && at < out + room - 1; text++) {
		if (text[0] == ' ' && text[1] == '<')
			break;
		if (*text != ' ' || (at > out && at[-1] != ' '))
			*at++ = *text;
	}
	while (at > out && at[-1] == ' ')
		at--;
	*at = 0;
}

static void check_one(void *ctx, const struct disassembled *d)
{
	struct tally *t = ctx;
	char mine[128], theirs[256];

	if (!d->instruction)
		return;
	insn_print(d->bytes, d->length, d->addr, NULL, NULL, mine, sizeof(mine));
	normalize(d->text, theirs, sizeof(theirs));
	if (mine[0] == '(') {
		t->unnamed++;
	} else if (!strcmp(mine, theirs) || (!strcmp(mine, "nop") && d->bytes[0] == 0x66)) {
		t->same++;
	} else if (++t->different <= SHOWN) {
		printf("# '%s' instead of '%s': %s", mine, theirs, d->line);
	}
}

static void check_objdump(const char *path)
{
	struct tally t = {0};

	if (!objdump_exists() || !objdump_each(path, check_one, &t))
		ok(true, "%s # SKIP no objdump, or no such program", path);
	else
		ok(!t.different && t.same > t.unnamed,
		   "%s: %lu read alike, %lu do not, %lu have no name", path, t.same, t.different,
		   t.unnamed);
}

static bool describe(void *ctx, unsigned long addr, char *buf, size_t size)
{
	snprintf(buf, size, "sym+0x%lx", addr & 0xff);
	return true;
}

/* What occurs in alternatives, with the addresses that matter described. */
static const struct {
	u8 bytes[INSN_MAX_LENGTH];
	const char *text;
} cases[] = {
	{{0x49, 0x0f, 0xae, 0x64, 0x24, 0x40}, "xsave64 0x40(%r12)"},
	{{0x49, 0x0f, 0xae, 0x74, 0x24, 0x40}, "xsaveopt64 0x40(%r12)"},
	{{0x49, 0x0f, 0xc7, 0x6c, 0x24, 0x40}, "xsaves64 0x40(%r12)"},
	{{0x0f, 0xc7, 0x27}, "xsavec (%rdi)"},
	{{0xff, 0x15, 0xfa, 0, 0, 0}, "call *0xfa(%rip) # 1100 <sym+0x0>"},
	{{0xe8, 0xfb, 0xff, 0xff, 0xff}, "call 1000 <sym+0x0>"},
	{{0x0f, 0x84, 0x0a, 0, 0, 0}, "je 1010 <sym+0x10>"},
	{{0xeb, 0xfe}, "jmp 1000 <sym+0x0>"},
	{{0x0f, 0x22, 0xd8}, "mov %rax,%cr3"},
	{{0x41, 0x0f, 0x20, 0xde}, "mov %cr3,%r14"},
	{{0x48, 0x0f, 0xba, 0xe8, 0x3f}, "bts $0x3f,%rax"},
	{{0x48, 0x25, 0xff, 0xe7, 0xff, 0xff}, "and $0xffffffffffffe7ff,%rax"},
	{{0x48, 0x81, 0xe0, 0xff, 0xe7, 0xff, 0xff}, "and $0xffffffffffffe7ff,%rax"},
	{{0x48, 0x83, 0xc8, 0x01}, "or $0x1,%rax"},
	{{0x65, 0xc7, 0x04, 0x25, 0x40, 0, 0, 0, 1, 0, 0, 0}, "movl $0x1,%gs:0x40"},
	{{0x65, 0x87, 0x04, 0x25, 0x40, 0, 0, 0}, "xchg %eax,%gs:0x40"},
	{{0xf0, 0x48, 0x0f, 0xc1, 0x03}, "lock xadd %rax,(%rbx)"},
	{{0x0f, 0x30}, "wrmsr"},
	{{0x0f, 0x01, 0xe8}, "serialize"},
	{{0x0f, 0xae, 0xf0}, "mfence"},
	{{0x0f, 0x1f, 0x44, 0, 0}, "nopl 0x0(%rax,%rax,1)"},
	{{0xc5, 0xf8, 0x77}, "(3 bytes)"},
	{{0x06}, "(bad)"},
};

int main(void)
{
	char text[128];
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		insn_print(cases[i].bytes, INSN_MAX_LENGTH, 0x1000, describe, NULL, text,
			   sizeof(text));
		is(text, cases[i].text, cases[i].text);
	}
	for (i = n = 0; i < 40; i++) {
		memset(text, 'x', sizeof(text));
		insn_print(cases[4].bytes, INSN_MAX_LENGTH, 0x1000, describe, NULL, text, i + 1);
		n += strlen(text) == min(i, strlen(cases[4].text)) && text[i + 1] == 'x';
	}
	ok(n == i, "cut off at the end of the buffer, whatever its size");
	check_objdump("/bin/bash");
	return done_testing();
}
