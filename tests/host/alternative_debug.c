// SPDX-License-Identifier: BSD-2-Clause
/* The debug blocks of alternatives, on the three-way XSAVE that misled a reader upstream. */
#include <tests/host/lib/tap.h>
#include "../../patching/insn.c"
#include "../../patching/nops.c"
#include "../../patching/alternative.c"
#include "../../patching/insn_print.c"
#include "../../patching/alternative_debug.c"
#include "../alternatives/old_alternative.c"

#define XSAVE	 "\x49\x0f\xae\x64\x24\x40"
#define XSAVEOPT "\x49\x0f\xae\x74\x24\x40"
#define XSAVES	 "\x49\x0f\xc7\x6c\x24\x40"

static struct {
	u8 text[16];
	u8 repl[16];
	struct alt_instr table[2];
} world;

static u32 features[CPUFEATURE_WORDS];
static char log_[4096], want[4096];
static int writes;

static int write_text(void *ctx, unsigned long addr, const u8 *bytes, size_t len)
{
	memcpy((void *)addr, bytes, len);
	writes++;
	return 0;
}

static void print(void *ctx, const char *line)
{
	strcat(log_, line);
	strcat(log_, "\n");
}

static bool describe(void *ctx, unsigned long addr, char *buf, size_t size)
{
	if (addr < (unsigned long)world.text || addr >= (unsigned long)world.repl)
		return false;
	snprintf(buf, size, "save_fpregs+0x%lx/0xa0", addr - (unsigned long)world.text + 0x43);
	return true;
}

static void trace(void *ctx, const struct alt_patch *patch)
{
	static const struct alt_debug debug = {.print = print, .describe = describe};

	alternative_debug(&debug, patch);
}

static const struct alt_env env = {
	.features = features,
	.feature_words = CPUFEATURE_WORDS,
	.write = write_text,
	.trace = trace,
};

/* len bytes of original, padded to 8 in the table. */
static void build(const char *original, size_t len)
{
	static const u16 feature[] = {X86_FEATURE_XSAVEOPT, X86_FEATURE_XSAVES};
	struct alt_instr *a;
	int i;

	memset(&world, 0, sizeof(world));
	memset(world.text, NOP_ONE_BYTE, sizeof(world.text));
	memcpy(world.text, original, len);
	memcpy(world.repl, XSAVEOPT XSAVES, 12);
	for (i = 0; i < 2; i++) {
		a = &world.table[i];
		a->instr_offset = world.text - (u8 *)&a->instr_offset;
		a->repl_offset = world.repl + 6 * i - (u8 *)&a->repl_offset;
		a->feature = feature[i];
		a->instrlen = 8;
		a->replacementlen = 6;
	}
	*log_ = 0;
	writes = 0;
}

static void check_winner(void)
{
	unsigned long text = (unsigned long)world.text, repl = (unsigned long)world.repl + 6;

	build(XSAVE, 6);
	features[10] = 1 << 0 | 1 << 3;
	snprintf(want, sizeof(want),
		 "feat: 10*32+3, old: (save_fpregs+0x43/0xa0 (%lx) len: 8), repl: (%lx, len: 6) "
		 "flags: 0x0\n"
		 "%lx:   old_insn: 49 0f ae 64 24 40\txsave64 0x40(%%r12)\n"
		 "%lx:   old_insn: 90\tnop\n"
		 "%lx:   old_insn: 90\tnop\n"
		 "%lx:   rpl_insn: 49 0f c7 6c 24 40\txsaves64 0x40(%%r12)\n"
		 "%lx: final_insn: 49 0f c7 6c 24 40\txsaves64 0x40(%%r12)\n"
		 "%lx: final_insn: 66 90\tnop\n",
		 text, repl, text, text + 6, text + 7, repl, text, text + 6);
	apply_alternatives(world.table, world.table + 2, &env);
	is(log_, want, "one block, and each line of it true");
	ok(writes == 1, "%d write", writes);
}

static void check_none(void)
{
	unsigned long text = (unsigned long)world.text;

	build("\xe8\xfb\xff\xff\xff", 5);
	features[10] = 0;
	snprintf(want, sizeof(want),
		 "feat: none, old: (save_fpregs+0x43/0xa0 (%lx) len: 8), repl: none flags: 0x0\n"
		 "%lx:   old_insn: e8 fb ff ff ff\tcall %lx <save_fpregs+0x43/0xa0>\n"
		 "%lx:   old_insn: 90\tnop\n"
		 "%lx:   old_insn: 90\tnop\n"
		 "%lx:   old_insn: 90\tnop\n"
		 "%lx: final_insn: e8 fb ff ff ff\tcall %lx <save_fpregs+0x43/0xa0>\n"
		 "%lx: final_insn: 0f 1f 00\tnopl (%%rax)\n",
		 text, text, text, text + 5, text + 6, text + 7, text, text, text + 5);
	apply_alternatives(world.table, world.table + 2, &env);
	is(log_, want, "nothing applies: the padding alone changes");
}

/* What the review of 2025 complained of: a block for an instruction that was never the original. */
static void check_old_engine(void)
{
	build(XSAVE, 6);
	features[10] = 1 << 0 | 1 << 3;
	old_apply_alternatives(world.table, world.table + 2, &env);
	ok(writes == 2 && strstr(log_, "old_insn: 49 0f ae 74 24 40\txsaveopt64 0x40(%r12)"),
	   "the old engine: %d writes, an old_insn that was nobody's original", writes);
}

int main(void)
{
	check_winner();
	check_none();
	check_old_engine();
	return done_testing();
}
