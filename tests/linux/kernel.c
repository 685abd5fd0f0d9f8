// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tests/linux/broken.h>
#include <tests/linux/gdb.h>
#include <tests/linux/insns.h>
#include <tests/linux/kernel.h>

#define USER_END (1ull << 47)

/* Borders that Linux's linker script draws; a kernel lacks those of what it is built without. */
static struct range {
	const char *from, *to;
	bool needed;
	u64 start, end;
} ranges[] = {
	{"__entry_text_start", "__entry_text_end", true},
	{"__noinstr_text_start", "__noinstr_text_end", true},
	{"__indirect_thunk_start", "__indirect_thunk_end", false},
};
/* Thunks that lie elsewhere. They are alternatives, which change before the first user program. */
static const char *const thunks[] = {
	"__x86_return_thunk", "__x86_indirect_thunk_", "retbleed_", "srso_",
	"zen_untrain_ret",    "entry_untrain_ret",     "entry_ibpb"};

struct symbols kernel_symbols;
static bool has_signal;
static u64 signal_offset, signal_physical;

static void find_range(struct range *r)
{
	if (symbols_find(&kernel_symbols, r->from, &r->start) &&
	    symbols_find(&kernel_symbols, r->to, &r->end))
		return;
	r->start = r->end = 0;
	if (r->needed)
		broken(BROKEN_USAGE,
		       "no symbol %s: expected a kernel with it in /proc/kallsyms, or its "
		       "VMLINUX or SYSTEM.MAP as the second argument",
		       r->from);
}

void kernel_open(const char *more, char *text)
{
	const struct symbol *other = NULL;
	struct symbols own = {NULL, 0};
	unsigned int odd;
	u64 there;
	size_t i;

	if (more && !symbols_add_file(&kernel_symbols, more, &odd))
		broken(BROKEN_HARNESS, "%s cannot be read", more);
	if (text)
		symbols_add_text(&own, text);
	if (kernel_symbols.n)
		other = symbols_differ(&own, &kernel_symbols, &there);
	else
		kernel_symbols = own;
	if (other)
		broken(BROKEN_USAGE,
		       "the symbols given are another kernel's: %s lies at %#llx, not %#llx",
		       other->name, (unsigned long long)other->addr, (unsigned long long)there);
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		find_range(&ranges[i]);
}

bool kernel_is_user(u64 addr)
{
	return addr < USER_END;
}

bool kernel_may_change(u64 addr)
{
	const struct symbol *s;
	size_t i;

	if (kernel_is_user(addr))
		return false;
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (addr >= ranges[i].start && addr < ranges[i].end)
			return false;
	s = symbols_below(&kernel_symbols, addr);
	for (i = 0; s && i < sizeof(thunks) / sizeof(thunks[0]); i++)
		if (!strncmp(s->name, thunks[i], strlen(thunks[i])))
			return false;
	return true;
}

bool kernel_has_signal(const char *name)
{
	size_t len = strcspn(name, "+");
	char symbol[128];
	u64 addr;

	snprintf(symbol, sizeof(symbol), "%.*s", (int)len, name);
	if (!symbols_find(&kernel_symbols, symbol, &addr))
		return false;
	/* Per-CPU addresses are offsets from GS, wherever that points. */
	signal_offset = addr + (name[len] ? strtoull(name + len + 1, NULL, 0) : 0);
	has_signal = true;
	return true;
}

void kernel_place_signal(void)
{
	u64 addr = gdb_reg(REG_GS_BASE) + signal_offset;
	const char *answer;
	char line[64];

	if (!has_signal)
		return;
	snprintf(line, sizeof(line), "gva2gpa %#llx", (unsigned long long)addr);
	answer = strstr(gdb_monitor(line), "gpa: ");
	if (!answer)
		broken(BROKEN_USAGE,
		       "the signal is not mapped at GS:%#llx: expected a per-CPU variable",
		       (unsigned long long)signal_offset);
	signal_physical = strtoull(answer + strlen("gpa: "), NULL, 16);
}

static void disassemble_range(const struct range *r)
{
	size_t len = r->end - r->start;
	u8 *bytes = malloc(len);

	if (!bytes || !gdb_read(r->start, bytes, len))
		broken(BROKEN_HARNESS, "the kernel's text at %#llx cannot be read",
		       (unsigned long long)r->start);
	if (!insns_add(r->start, bytes, len))
		broken(BROKEN_HARNESS, "objdump failed; OBJDUMP= names another");
	free(bytes);
}

void kernel_disassemble(void)
{
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (ranges[i].end > ranges[i].start)
			disassemble_range(&ranges[i]);
}

struct state kernel_state(void)
{
	struct state s = {true, gdb_reg(REG_CR3), -1};
	u8 word = 0;

	if (!signal_physical)
		return s;
	/* A bool in some kernels, with others' bytes behind it. */
	if (!gdb_read_physical(signal_physical, &word, sizeof(word)))
		broken(BROKEN_HARNESS, "the signal cannot be read at %#llx",
		       (unsigned long long)signal_physical);
	s.signal = word != 0;
	return s;
}
