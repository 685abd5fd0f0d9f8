// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every instruction that insn_emulate() knows is also executed by the processor, from the same
 * registers, and both must end alike. The code lies in a field of int3: wherever it goes, it
 * traps at once and the registers can be seen.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <tests/host/lib/tap.h>
#include "../../patching/insn.c"
#include "../../patching/emulate.c"

#define FIELD_SIZE  (256 * 1024)
#define STACK_WORDS 8
#define STATUS	    0x8d5ul /* OF SF ZF AF PF CF */

struct cpu {
	unsigned long gpr[16]; /* by number in the encoding; 4 is sp */
	unsigned long ip, flags;
	unsigned long stack[STACK_WORDS];
};

static const int greg[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
			     REG_RSI, REG_RDI, REG_R8,	REG_R9,	 REG_R10, REG_R11,
			     REG_R12, REG_R13, REG_R14, REG_R15};

static unsigned long target_stack[STACK_WORDS];
static struct cpu state; /* loaded into the processor, and what came out of it */
static ucontext_t harness;
static bool running;
static u8 *field;

/* The first int3 leaves the harness for the code under test, the second comes back. */
static void on_trap(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	int i;

	if (!running) {
		harness = *uc;
		for (i = 0; i < 16; i++)
			uc->uc_mcontext.gregs[greg[i]] = state.gpr[i];
		uc->uc_mcontext.gregs[REG_RIP] = state.ip;
		uc->uc_mcontext.gregs[REG_EFL] = state.flags;
		running = true;
		return;
	}
	for (i = 0; i < 16; i++)
		state.gpr[i] = uc->uc_mcontext.gregs[greg[i]];
	state.ip = uc->uc_mcontext.gregs[REG_RIP] - 1;
	state.flags = uc->uc_mcontext.gregs[REG_EFL];
	for (i = 0; i < NGREG; i++)
		uc->uc_mcontext.gregs[i] = harness.uc_mcontext.gregs[i];
	running = false;
}

static void execute(struct cpu *cpu)
{
	memcpy(target_stack, cpu->stack, sizeof(target_stack));
	state = *cpu;
	asm volatile("int3" ::: "memory");
	*cpu = state;
	memcpy(cpu->stack, target_stack, sizeof(target_stack));
}

static void set_gpr(void *ctx, unsigned int reg, unsigned long value)
{
	((struct cpu *)ctx)->gpr[reg] = value;
}

static bool emulate(struct cpu *cpu, size_t avail)
{
	struct emu_regs regs = {
		.ip = cpu->ip,
		.sp = cpu->gpr[4],
		.flags = cpu->flags,
		.set_gpr = set_gpr,
		.ctx = cpu,
	};
	struct insn insn;

	memcpy(target_stack, cpu->stack, sizeof(target_stack));
	if (!insn_decode(&insn, (u8 *)cpu->ip, avail) || !insn_emulate(&insn, cpu->ip, &regs))
		return false;
	cpu->ip = regs.ip;
	cpu->gpr[4] = regs.sp;
	memcpy(cpu->stack, target_stack, sizeof(target_stack));
	return true;
}

static unsigned long rnd(void)
{
	static u64 x = 88172645463325252ull;

	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

/* Both ways through the len bytes of code at offset in the field. True if they end alike. */
static bool alike(const u8 *code, size_t len, size_t offset, unsigned long flags)
{
	struct cpu real = {.ip = (unsigned long)field + offset, .flags = flags | 0x202}, soft;
	bool same;
	int i;

	memcpy(field + offset, code, len);
	for (i = 0; i < 16; i++)
		real.gpr[i] = rnd();
	for (i = 0; i < STACK_WORDS; i++)
		real.stack[i] = (unsigned long)field + rnd() % FIELD_SIZE;
	if (real.stack[STACK_WORDS / 2] - (unsigned long)field - offset < len)
		real.stack[STACK_WORDS / 2] = (unsigned long)field;
	real.gpr[4] = (unsigned long)&target_stack[STACK_WORDS / 2];
	soft = real;
	execute(&real);
	real.flags = (real.flags & STATUS) | (soft.flags & ~STATUS);
	same = emulate(&soft, len) && !memcmp(&real, &soft, sizeof(real));
	memset(field + offset, 0xcc, len);
	return same;
}

/* op and a displacement; the target must lie in the field and not in the instruction itself. */
static bool branch_alike(const u8 *op, size_t op_len, size_t rel_len, long rel, unsigned long flags)
{
	size_t len = op_len + rel_len, offset = FIELD_SIZE / 2 - rnd() % 64;
	u8 code[8];

	if (rel < 0 && rel >= -(long)len)
		return true;
	memcpy(code, op, op_len);
	memcpy(code + op_len, &rel, rel_len);
	return alike(code, len, offset, flags);
}

static unsigned long status_flags(int n)
{
	static const int bit[] = {0, 2, 4, 6, 7, 11};
	unsigned long flags = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(bit); i++)
		flags |= (unsigned long)(n >> i & 1) << bit[i];
	return flags;
}

static long far_rel(void)
{
	long rel = (long)(rnd() % (FIELD_SIZE - 256)) - FIELD_SIZE / 2 + 128;

	return rel;
}

static void check_jcc(void)
{
	unsigned int runs = 0, bad = 0;
	int cc, n;

	for (cc = 0; cc < 16; cc++) {
		const u8 near_op[] = {0x0f, 0x80 + cc}, short_op[] = {0x70 + cc};

		for (n = 0; n < 64; n++, runs += 2) {
			bad += !branch_alike(short_op, 1, 1, (s8)rnd(), status_flags(n));
			bad += !branch_alike(near_op, 2, 4, far_rel(), status_flags(n));
		}
	}
	ok(!bad, "jcc: 16 conditions, 64 states of the flags, both lengths: %u runs, %u differ",
	   runs, bad);
}

static void check_jumps(void)
{
	static const u8 jmp8 = 0xeb, jmp32 = 0xe9, call = 0xe8, ret = 0xc3;
	unsigned int bad = 0;
	int rel, n;

	for (rel = -128; rel < 128; rel++)
		bad += !branch_alike(&jmp8, 1, 1, rel, status_flags(rnd() % 64));
	ok(!bad, "jmp rel8: every displacement, %u differ", bad);
	for (bad = 0, n = 0; n < 1000; n++)
		bad += !branch_alike(&jmp32, 1, 4, far_rel(), status_flags(rnd() % 64));
	ok(!bad, "jmp rel32: 1000 runs, %u differ", bad);
	for (bad = 0, n = 0; n < 1000; n++)
		bad += !branch_alike(&call, 1, 4, far_rel(), status_flags(rnd() % 64));
	ok(!bad, "call rel32: 1000 runs, %u differ", bad);
	for (bad = 0, n = 0; n < 1000; n++)
		bad += !alike(&ret, 1, rnd() % FIELD_SIZE, status_flags(rnd() % 64));
	ok(!bad, "ret: 1000 runs, %u differ", bad);
}

static void check_moves(void)
{
	static const u32 special[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff};
	unsigned int runs = 0, bad = 0;
	u8 code[5];
	int reg, n;
	u32 imm;

	for (reg = 0; reg < 8; reg++) {
		for (n = 0; n < 100; n++, runs++) {
			imm = n < ARRAY_SIZE(special) ? special[n] : rnd();
			code[0] = 0xb8 + reg;
			memcpy(code + 1, &imm, 4);
			bad += !alike(code, 5, rnd() % (FIELD_SIZE - 8), status_flags(n % 64));
		}
	}
	ok(!bad, "mov r32, imm32: 8 registers, %u runs, %u differ", runs, bad);
}

static void check_nops(void)
{
	static const u8 nops[][9] = {
		{1, 0x90},
		{2, 0x66, 0x90},
		{3, 0x0f, 0x1f, 0x00},
		{4, 0x0f, 0x1f, 0x40, 0x00},
		{5, 0x0f, 0x1f, 0x44, 0x00, 0x00},
		{6, 0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00},
		{7, 0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00},
		{8, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
	};
	unsigned int bad = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(nops); i++)
		bad += !alike(nops[i] + 1, nops[i][0], rnd() % (FIELD_SIZE - 16), rnd() & STATUS);
	ok(!bad, "nop: 1 to 8 bytes, %u differ", bad);
}

static void check_refusals(void)
{
	static const u8 refused[][6] = {{0xcc}, {0xf4}, {0xf3, 0xc3}, {0x48, 0x90}};
	struct emu_regs regs = {.ip = 1, .sp = 2, .flags = 3};
	unsigned int bad = 0;
	struct insn insn;
	u8 mov[5] = {0xb8};
	int i;

	for (i = 0; i < ARRAY_SIZE(refused); i++)
		bad += !insn_decode(&insn, refused[i], 6) || insn_emulate(&insn, 100, &regs);
	bad += !insn_decode(&insn, mov, 5) || insn_emulate(&insn, 100, &regs);
	ok(!bad && regs.ip == 1 && regs.sp == 2, "what cannot be emulated is refused unchanged");
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	stack_t stack = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16};

	field = mmap(NULL, FIELD_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (field == MAP_FAILED || sigaltstack(&stack, NULL) || sigaction(SIGTRAP, &action, NULL)) {
		ok(true, "emulation # SKIP no writable and executable memory here");
		return done_testing();
	}
	memset(field, 0xcc, FIELD_SIZE);
	check_jcc();
	check_jumps();
	check_moves();
	check_nops();
	check_refusals();
	return done_testing();
}
