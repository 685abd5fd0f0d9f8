// SPDX-License-Identifier: BSD-2-Clause
/* See walk.h for the rules. The state is part of a node: a place is visited once in each. */
#include <stdio.h>
#include <string.h>
#include <entry/protocol/features.h>
#include <patching/alternative.h>
#include <tests/check_text/flow.h>
#include <tests/check_text/walk.h>

bool in_range(const struct walk_range *range, u64 addr)
{
	return addr >= range->start && addr < range->end;
}

/* Once for each: the upper 33 bits of an address of the kernel are always the same. */
static bool first_visit(struct walk *w, const struct walk_node *n)
{
	u64 key = (n->addr & 0x7fffffff) | (u64)n->state << 31 | n->ret << 33;
	unsigned int i = (key ^ key >> 33) * 0x9e3779b97f4a7c15 >> 48;

	for (; w->seen[i]; i = (i + 1) % WALK_NODES)
		if (w->seen[i] == key)
			return false;
	w->seen[i] = key;
	w->nr_seen++;
	return true;
}

void walk_from(struct walk *w, u64 addr, enum walk_state state, u64 ret)
{
	if (w->nr_todo == WALK_NODES || w->nr_seen > WALK_NODES / 2) {
		w->breach(addr, "is more than this check can follow", 0);
		w->nr_todo = 0;
		return;
	}
	w->todo[w->nr_todo++] = (struct walk_node){addr, ret, state};
}

const struct walk_alt *replacement_at(const struct walk *w, u64 addr)
{
	const struct walk_alt *alt;

	for (alt = w->alts; alt < w->alts + w->nr_alts; alt++)
		if (addr >= alt->repl && addr < alt->repl + alt->repl_len)
			return alt;
	return NULL;
}

bool splits_alternative(const struct walk *w, u64 from, u64 target)
{
	const struct walk_alt *alt;

	for (alt = w->alts; alt < w->alts + w->nr_alts; alt++)
		if (target > alt->site && target < alt->site + alt->site_len &&
		    !(from >= alt->site && from < alt->site + alt->site_len))
			return true;
	return false;
}

static void breach(const struct walk *w, const struct walk_node *n, const char *does, u64 target)
{
	char why[128];

	snprintf(why, sizeof(why), "%s %s", does,
		 n->state == BEFORE_CR3 ? "before the CR3 write" : "after S:=0 or the user's CR3");
	w->breach(n->addr, why, target);
}

static bool restricted(enum walk_state state)
{
	return state == BEFORE_CR3 || state == LEAVING;
}

/* Where the path goes on after @addr, which may be the end of a replacement. */
static u64 settle(const struct walk_alt *alt, u64 addr)
{
	return alt && addr == alt->repl + alt->repl_len ? alt->site + alt->site_len : addr;
}

/* A branch that is taken, to a known place. True: that lies in entry text. */
static bool follow(struct walk *w, const struct walk_node *n, const struct walk_alt *alt,
		   u64 target, u64 ret, bool call)
{
	bool own = alt && target >= alt->repl && target <= alt->repl + alt->repl_len;

	if (!own && in_range(&w->repl, target)) {
		w->breach(n->addr, "branches into a replacement, which is never executed", target);
		return true;
	}
	if (!own && !in_range(&w->text, target)) {
		if (restricted(n->state))
			breach(w, n, call ? "calls out of entry text" : "jumps out of entry text",
			       target);
		return false;
	}
	if (splits_alternative(w, n->addr, target))
		w->breach(n->addr, "branches into the middle of an alternative", target);
	else
		walk_from(w, settle(own ? alt : NULL, target), n->state, ret);
	return true;
}

static void follow_call(struct walk *w, const struct walk_node *n, const struct walk_alt *alt,
			u64 target, u64 next)
{
	if (alt && alt->flags & ALT_FLAG_DIRECT_CALL) {
		if (restricted(n->state))
			breach(w, n, "calls what a pointer pointed to", 0);
	} else if (in_range(&w->text, target) && n->ret) {
		w->breach(n->addr, "calls from a call: deeper than this check follows", target);
	} else if (follow(w, n, alt, target, next, true)) {
		return; /* the way after it begins at the callee's RET */
	}
	walk_from(w, next, n->state, n->ret);
}

/* The ways that an alternative opens, besides the original. False: the original is none. */
static bool follow_alternatives(struct walk *w, const struct walk_node *n)
{
	const struct walk_alt *alt, *of_protocol = NULL;
	bool original = true;

	for (alt = w->alts; alt < w->alts + w->nr_alts; alt++)
		if (alt->site == n->addr && alt->feature / 32 == CPUFEATURE_WORD_PROTOCOL &&
		    w->protocol >> alt->feature % 32 & 1)
			of_protocol = alt; /* the last one wins */
	if (of_protocol) {
		walk_from(w,
			  of_protocol->repl_len ? of_protocol->repl
						: n->addr + of_protocol->site_len,
			  n->state, n->ret);
		original = false;
	}
	for (alt = w->alts; alt < w->alts + w->nr_alts; alt++) {
		bool no_pti = alt->flags & ALT_FLAG_NOT && alt->feature == X86_FEATURE_PTI;
		u64 to = alt->repl_len ? alt->repl : alt->site + alt->site_len;

		if (alt->site != n->addr || alt->feature / 32 == CPUFEATURE_WORD_PROTOCOL)
			continue;
		walk_from(w, to, no_pti ? NO_PTI : n->state, n->ret);
		if (no_pti && n->state == NO_PTI)
			original = false;
	}
	return original;
}

/* test r13d, 1 << 12: was it the user's page table? */
static const u8 test_cr3[] = {0x41, 0xf7, 0xc5, 0x00, 0x10, 0x00, 0x00};
/* and rax, ~(3 << 11): table and PCID */
static const u8 clear_user_bit[] = {0x48, 0x25, 0xff, 0xe7, 0xff, 0xff};

/* Do these bytes stand in front of @addr? */
static bool follows(const struct walk_range *range, u64 addr, const u8 *bytes, size_t len)
{
	u64 offset = addr - range->start;

	return offset >= len && !memcmp(range->bytes + offset - len, bytes, len);
}

#define JZ  0x74
#define JNZ 0x75

static void walk_one(struct walk *w, struct walk_node n)
{
	bool replaced = in_range(&w->repl, n.addr);
	const struct walk_range *range = replaced ? &w->repl : &w->text;
	const struct walk_alt *alt = replaced ? replacement_at(w, n.addr) : NULL;
	u64 end = alt ? alt->repl + alt->repl_len : range->end, next, target;
	struct walk_node taken;
	const u8 *at;
	struct flow flow;
	bool tests_cr3;
	unsigned int i;

	if (n.state == BEFORE_CR3 && w->in_kernel(n.addr))
		n.state = IN_KERNEL;
	if (!in_range(range, n.addr) || (replaced && !alt)) {
		w->breach(n.addr, "is where entry text ends, and execution does not", 0);
		return;
	}
	if (!replaced) {
		w->reached[n.addr - range->start] = 1;
		if (!follow_alternatives(w, &n))
			return;
	}
	for (i = 0; i < w->nr_jumps; i++)
		if (w->jumps[i].site == n.addr)
			follow(w, &n, NULL, w->jumps[i].target, n.ret, false);

	flow_decode(&flow, range->bytes + (n.addr - range->start), end - n.addr, w->signal);
	next = settle(alt, n.addr + flow.length);
	target = n.addr + flow.length + flow.rel;
	switch (flow.kind) {
	case FLOW_WRITE_CR3:
		if (n.state == IN_KERNEL &&
		    follows(range, n.addr, clear_user_bit, sizeof(clear_user_bit)))
			break; /* the kernel's once more */
		if (n.state != NO_PTI)
			n.state = n.state == BEFORE_CR3 ? IN_KERNEL : LEAVING;
		break;
	case FLOW_WRITE_S: /* a register: S as it was saved */
		if (n.state == IN_KERNEL)
			n.state = LEAVING;
		break;
	case FLOW_UNKNOWN_S:
		w->breach(n.addr, "writes S in a way that this check does not know", 0);
		break;
	case FLOW_BRANCH:
		at = range->bytes + (n.addr - range->start);
		tests_cr3 = follows(range, n.addr, test_cr3, sizeof(test_cr3));
		taken = n;
		if (tests_cr3 && n.state == BEFORE_CR3 && *at == JZ)
			taken.state = IN_KERNEL;
		follow(w, &taken, alt, target, n.ret, false);
		if (tests_cr3 && n.state == BEFORE_CR3 && *at == JNZ)
			n.state = IN_KERNEL;
		break;
	case FLOW_JUMP:
		follow(w, &n, alt, target, n.ret, false);
		return;
	case FLOW_CALL:
		follow_call(w, &n, alt, target, next);
		return;
	case FLOW_CALL_POINTER:
		if (restricted(n.state))
			breach(w, &n, "calls through a pointer", 0);
		break;
	case FLOW_JUMP_POINTER:
		if (restricted(n.state))
			breach(w, &n, "jumps through a pointer", 0);
		return;
	case FLOW_RET:
		if (n.ret)
			walk_from(w, n.ret, n.state, 0);
		else if (n.state == BEFORE_CR3)
			breach(w, &n, "returns out of entry text", 0);
		return;
	case FLOW_END:
		return;
	case FLOW_UNKNOWN:
		w->breach(n.addr, "is no instruction that this check knows", 0);
		return;
	case FLOW_NEXT:
		break;
	}
	walk_from(w, next, n.state, n.ret);
}

void walk_run(struct walk *w)
{
	while (w->nr_todo) {
		struct walk_node n = w->todo[--w->nr_todo];

		if (first_visit(w, &n))
			walk_one(w, n);
	}
}
