// SPDX-License-Identifier: BSD-2-Clause
/*
 * Follows the machine code of each path with the alternatives of one protocol applied, knows what
 * registers hold of CR3 and S, and keeps the instructions that matter.
 */
#include <string.h>
#include <arch/x86_64/cpu_entry_area.h>
#include <patching/insn.h>
#include <tests/check_text/elf.h>
#include <tests/check_text/flow.h>
#include <tests/model/entry_steps.h>
#include <tests/model/known.h>
#include <tests/model/places.h>

#define NODES	4096
#define NO_STEP 0xff

static struct victim_step *table;
static const char **labels;
static u8 nr_steps;
static struct {
	struct place place;
	u8 step;
} visited[NODES];
static unsigned int nr_visited;

static u8 steps_from(struct place at);

static u8 emit(u64 addr, enum victim_op op, u8 arg, bool gs)
{
	if (nr_steps == STEPS_MAX)
		not_followed(addr, "more steps than the model holds");
	table[nr_steps] = (struct victim_step){op, arg, gs};
	labels[nr_steps] = strdup(where_is(addr));
	return nr_steps++;
}

/* The step that an instruction on S makes; NO_STEP: none. */
static u8 step_on_signal(struct place *at, const struct bare *b, const u8 *end, u64 addr)
{
	u8 reg = (b->modrm >> 3 & 7) | (b->rex & 4) << 1;
	s32 imm;

	switch (b->op) {
	case 0xc7:
		memcpy(&imm, end - 4, 4);
		if (imm == 0 || imm == 1)
			return emit(addr, V_STORE_S, imm, b->gs);
		break;
	case 0x89:
		if (at->reg[reg] == K_SIGNAL || at->reg[reg] == K_ZERO || at->reg[reg] == K_ONE)
			return emit(addr, V_STORE_S,
				    at->reg[reg] == K_SIGNAL ? A_SAVED : at->reg[reg] == K_ONE,
				    b->gs);
		break;
	case 0x87:
		if (at->reg[reg] == K_ZERO || at->reg[reg] == K_ONE) {
			u8 step = emit(addr, V_XCHG_S, at->reg[reg] == K_ONE, b->gs);

			at->reg[reg] = K_NOTHING;
			return step;
		}
		break;
	case 0x8b:
		at->reg[reg] = K_SIGNAL;
		return emit(addr, V_SAVE_S, 0, b->gs);
	default:
		if (only_reads(b))
			return NO_STEP;
	}
	not_followed(addr, "does something to S that the model does not know");
}

static u8 step_on_cr3(struct place *at, const struct bare *b, u64 addr)
{
	u8 rm = (b->modrm & 7) | (b->rex & 1) << 3, arg;

	if (b->op == 0x20) {
		at->reg[rm] = kept(rm) ? K_CR3 : K_CR3_NOW;
		at->noflush[rm] = false;
		return kept(rm) ? emit(addr, V_SAVE_CR3, 0, false) : NO_STEP;
	}
	arg = at->noflush[rm] ? A_NOFLUSH : 0;
	switch (at->reg[rm]) {
	case K_CR3_KERNEL:
		return emit(addr, V_CR3, A_ZERO | arg, false);
	case K_CR3_USER:
		return emit(addr, V_CR3, A_ONE | arg, false);
	case K_CR3:
		return emit(addr, V_CR3, A_SAVED | arg, false);
	}
	not_followed(addr, "writes a CR3 that the model does not know");
}

/* A conditional branch: both ways, or the one that is ever taken. */
static u8 step_on_branch(struct place at, struct place taken, const u8 *bytes, size_t avail)
{
	struct insn insn;
	u8 arg = A_EITHER, step, next, other;
	bool if_zero;

	insn_decode(&insn, bytes, avail);
	if_zero = insn.cc == 4;
	if (insn.kind == INSN_JCC && (insn.cc == 4 || insn.cc == 5)) {
		if (at.flags == K_FROM_USER || at.flags == K_DIFFER)
			return steps_from(if_zero ? at : taken);
		if (at.flags == K_CR3_IS_USER)
			arg = if_zero ? A_CR3_KERNEL : A_CR3_USER;
		else if (at.flags == K_S_IS_SET)
			arg = if_zero ? A_S_CLEAR : A_S_SET;
		else if (at.flags == K_KEPT)
			arg = if_zero ? A_NOT_KEPT : A_KEPT;
	}
	step = emit(at.addr, V_BRANCH, arg, false);
	at.flags = taken.flags = K_NOTHING;
	next = steps_from(at);
	other = steps_from(taken);
	table[step].next = next;
	table[step].other = other;
	return step;
}

/* The first step at or after @at; those that follow are linked to it. */
static u8 one_step(struct place at)
{
	bool in_text, swapgs, wrmsr;
	const struct place_alt *alt;
	const u8 *bytes;
	struct flow flow;
	struct bare b;
	u64 avail, target;
	u8 step = NO_STEP, i;

	for (;;) {
		at.addr = settle(at.addr);
		alt = applied(at.addr);
		if (alt && !alt->entry->replacementlen) {
			at.addr += alt->entry->instrlen;
			continue;
		}
		if (alt)
			at.addr = alt->repl;
		for (avail = 15; avail && !(bytes = bytes_at(at.addr, avail)); avail--)
			;
		flow_decode(&flow, bytes, avail,
			    offsetof(struct cpu_entry_area, kernel_cr3_loaded));
		if (!flow.length)
			not_followed(at.addr, "is no instruction that the model knows");
		b = strip(bytes);
		target = at.addr + flow.length + flow.rel;
		if (mutable_site(at.addr)) {
			struct place jumped = at;

			step = emit(at.addr, V_SITE, 0, false);
			jumped.addr = mutable_site(at.addr);
			at.addr += flow.length;
			table[step].next = steps_from(at);
			table[step].other = steps_from(jumped);
			return step;
		}
		in_text = target >= address_of("__entry_text_start") &&
			  target < address_of("__entry_text_end");
		at.addr += flow.length;
		switch (flow.kind) {
		case FLOW_BRANCH: {
			struct place taken = at;

			taken.addr = target;
			return step_on_branch(at, taken, bytes, avail);
		}
		case FLOW_JUMP:
			at.addr = target;
			continue;
		case FLOW_CALL:
			if (in_text) {
				if (at.ret)
					not_followed(at.addr, "calls from a call");
				at.ret = at.addr;
				at.addr = target;
				continue;
			}
			step = emit(at.addr - flow.length, V_BODY, 0, false);
			at.body_seen = true;
			for (i = 0; i < 16; i++)
				if (!kept(i))
					at.reg[i] = K_NOTHING;
			table[step].next = steps_from(at);
			return step;
		case FLOW_RET:
			if (at.ret) {
				at.addr = at.ret;
				at.ret = 0;
				continue;
			}
			return emit(at.addr - flow.length, V_RET, 0, false);
		case FLOW_END:
			return emit(at.addr - flow.length, b.op == 0xcf ? V_IRET : V_SYSRET, 0,
				    false);
		case FLOW_CALL_POINTER:
		case FLOW_JUMP_POINTER:
		case FLOW_UNKNOWN:
			not_followed(at.addr - flow.length, "leads where the model cannot follow");
		case FLOW_NEXT:
		case FLOW_WRITE_S:
		case FLOW_UNKNOWN_S:
		case FLOW_WRITE_CR3:
			break;
		}
		swapgs = b.two_byte && b.op == 0x01 && b.modrm == 0xf8;
		wrmsr = b.two_byte && b.op == 0x30;
		if (touches_signal(&b, offsetof(struct cpu_entry_area, kernel_cr3_loaded)))
			step = step_on_signal(&at, &b, bytes + flow.length, at.addr - flow.length);
		else if (touches_signal(&b, offsetof(struct cpu_entry_area, credit)) &&
			 b.op == 0x89)
			step = emit(at.addr - flow.length, V_CREDIT, 0, b.gs);
		else if (b.two_byte && (b.op == 0x20 || b.op == 0x22) &&
			 ((b.modrm >> 3 & 7) | (b.rex & 4) << 1) == 3)
			step = step_on_cr3(&at, &b, at.addr - flow.length);
		else if (swapgs)
			step = emit(at.addr - flow.length, V_SWAPGS, 0, false);
		else if (wrmsr) /* entry text writes the GS base, and no other */
			step = emit(at.addr - flow.length, at.body_seen ? V_RESTORE_GS : V_SET_GS,
				    0, false);
		else {
			at.flags = b.op == 0x89 || b.op == 0x8b ? at.flags : K_NOTHING;
			follow_registers(&at, &b, bytes + flow.length);
		}
		if (step != NO_STEP) {
			at.flags = K_NOTHING;
			table[step].next = steps_from(at);
			return step;
		}
	}
}

static u8 steps_from(struct place at)
{
	unsigned int i;
	u8 step;

	for (i = 0; i < nr_visited; i++)
		if (!memcmp(&visited[i].place, &at, sizeof(at)))
			return visited[i].step;
	if (nr_visited == NODES)
		not_followed(at.addr, "more paths than this program holds");
	step = one_step(at);
	visited[nr_visited].place = at;
	visited[nr_visited++].step = step;
	return step;
}

/* One path from its first instruction; returns its first step. */
static u8 path_from(u64 addr)
{
	struct place at;

	memset(&at, 0, sizeof(at));
	at.addr = addr;
	nr_visited = 0;
	return steps_from(at);
}

/* Step @step's number when @gone has become @kept_one. */
static u8 moved(u8 step, unsigned int kept_one, unsigned int gone)
{
	return step == gone ? kept_one : step - (step > gone);
}

/* Steps of the same instruction that go on alike, reached with something else in a register. */
static void merge_steps(struct protocol_steps *steps)
{
	bool again = true;
	unsigned int i, j, k;

	while (again) {
		again = false;
		for (i = 0; i < nr_steps; i++)
			for (j = i + 1; j < nr_steps; j++) {
				if (memcmp(&table[i], &table[j], sizeof(table[i])) ||
				    strcmp(labels[i], labels[j]))
					continue;
				for (k = 0; k < NR_STARTS; k++)
					steps->start[k] = moved(steps->start[k], i, j);
				memmove(table + j, table + j + 1,
					(nr_steps - j - 1) * sizeof(*table));
				memmove(labels + j, labels + j + 1,
					(nr_steps - j - 1) * sizeof(*labels));
				nr_steps--;
				for (k = 0; k < nr_steps; k++) {
					table[k].next = moved(table[k].next, i, j);
					table[k].other = moved(table[k].other, i, j);
				}
				again = true;
			}
	}
}

unsigned int entry_steps(struct protocol_steps *steps, u32 bits, const char **names)
{
	u64 stubs = address_of("entry_stubs");

	entry_bits = bits;
	table = steps->victim;
	labels = names;
	nr_steps = 0;
	labels[nr_steps] = "user mode";
	table[nr_steps++] = (struct victim_step){V_USER};
	steps->start[START_IDT] = path_from(stubs + 0x80 * 16);
	steps->start[START_SYSCALL] = path_from(address_of("entry_SYSCALL_64"));
	steps->start[START_FAULT] = path_from(address_of("idtentry.fault_on_iret"));
	steps->start[START_NMI] = path_from(address_of("nmi_like"));
	merge_steps(steps);
	return nr_steps;
}
