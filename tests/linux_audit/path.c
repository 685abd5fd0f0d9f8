// SPDX-License-Identifier: BSD-2-Clause
/*
 * Nodes are visited once in each state; a call keeps where it returns to, three deep: a deeper one
 * forgets the outermost, which a less deep one has returned to.
 */
#include <stdlib.h>
#include <string.h>
#include <tests/check_text/flow.h>
#include <tests/linux_audit/path.h>
#include <tests/linux_audit/symbols.h>

#define NODES	  (1u << 20)
#define DEPTH	  3
#define NO_SIGNAL ((s64)1 << 40) /* flow.h: no displacement is that long */

struct node {
	u64 addr, ret[DEPTH];
	unsigned int state; /* one of PATH_* */
};

static struct range text;
static struct linux_alt *alts; /* those of entry text */
static unsigned int nr_alts;
static u8 *reached; /* a byte for each of text: PATH_* */
static u64 return_thunk;
static struct path_counts counts;

static struct node todo[NODES];
static u64 seen[NODES];
static unsigned int nr_todo, nr_seen;

static bool in_text(u64 addr)
{
	return addr >= text.start && addr < text.end;
}

/* Two nodes in 2^64 look the same. */
static u64 key_of(const struct node *n)
{
	u64 key = n->addr * 4 + n->state;
	unsigned int i;

	for (i = 0; i < DEPTH; i++)
		key = (key ^ key >> 29) * 0x9e3779b97f4a7c15 + n->ret[i];
	return (key ^ key >> 32) * 0x9e3779b97f4a7c15 | 1;
}

static void go(const struct node *from, u64 addr, unsigned int state)
{
	struct node n = *from;
	u64 key;
	unsigned int i;

	n.addr = addr;
	n.state = state;
	key = key_of(&n);
	for (i = key >> 44; seen[i]; i = (i + 1) % NODES)
		if (seen[i] == key)
			return;
	if (nr_todo == NODES || nr_seen == NODES / 2) {
		counts.unknown++;
		return;
	}
	seen[i] = key;
	nr_seen++;
	todo[nr_todo++] = n;
}

/* The alternative in whose replacement @addr lies, or NULL. */
static const struct linux_alt *replacement_at(u64 addr)
{
	unsigned int i;

	for (i = 0; i < nr_alts; i++)
		if (addr >= alts[i].repl && addr < alts[i].repl + alts[i].repl_len)
			return &alts[i];
	return NULL;
}

/* The ways that alternatives open at @n, besides the original. False: the original is none. */
static bool follow_alternatives(const struct node *n)
{
	const struct linux_alt *alt;
	bool original = true;

	for (alt = alts; alt < alts + nr_alts; alt++) {
		if (alt->site != n->addr || alt->feature == LINUX_FEATURE_XENPV)
			continue;
		if (alt->feature == LINUX_FEATURE_PTI)
			original = false;
		go(n, alt->repl_len ? alt->repl : alt->site + alt->site_len, n->state);
	}
	return original;
}

/* bt $12, %reg before a JNC (arch/x86/entry/calling.h): was it the user's page table? */
static bool tests_cr3(const u8 *branch, u64 before)
{
	return before >= 5 && (branch[-5] & 0xfe) == 0x48 && branch[-4] == 0x0f &&
	       branch[-3] == 0xba && (branch[-2] & 0xf8) == 0xe0 && branch[-1] == 12;
}

static bool is_jnc(const u8 *p)
{
	return p[0] == 0x73 || (p[0] == 0x0f && p[1] == 0x83);
}

static void pop(struct node n)
{
	u64 to = n.ret[0];

	memmove(n.ret, n.ret + 1, sizeof(n.ret) - sizeof(n.ret[0]));
	n.ret[DEPTH - 1] = 0;
	if (to)
		go(&n, to, n.state);
}

static void call(struct node n, u64 target, u64 next)
{
	if (!in_text(target)) {
		go(&n, next, PATH_KERNEL);
		return;
	}
	memmove(n.ret + 1, n.ret, sizeof(n.ret) - sizeof(n.ret[0]));
	n.ret[0] = next;
	go(&n, target, n.state);
}

static void jump(const struct node *n, const struct linux_alt *alt, u64 target)
{
	if (target == return_thunk)
		pop(*n);
	else if (alt && target == alt->repl + alt->repl_len)
		go(n, alt->site + alt->site_len, n->state);
	else if (in_text(target) ||
		 (alt && target >= alt->repl && target < alt->repl + alt->repl_len))
		go(n, target, n->state);
	/* else it leaves entry text for good: C code, whose way back is another way in */
}

static void step(const struct node *n)
{
	const struct linux_alt *alt = in_text(n->addr) ? NULL : replacement_at(n->addr);
	u64 start = alt ? alt->repl : text.start, end = alt ? alt->repl + alt->repl_len : text.end;
	const u8 *p = image_at(n->addr, end - n->addr);
	struct flow flow = {FLOW_UNKNOWN};
	u64 next, target;

	if (p && (alt || in_text(n->addr)))
		flow_decode(&flow, p, end - n->addr, NO_SIGNAL);
	next = n->addr + flow.length;
	target = next + flow.rel;
	if (alt && next == end)
		next = alt->site + alt->site_len;
	switch (flow.kind) {
	case FLOW_NEXT:
	case FLOW_WRITE_S:
	case FLOW_UNKNOWN_S:
		go(n, next, n->state);
		break;
	case FLOW_WRITE_CR3:
		go(n, next, n->state == PATH_KERNEL ? PATH_LEAVING : PATH_KERNEL);
		break;
	case FLOW_BRANCH:
		if (n->state == PATH_BEFORE_CR3 && is_jnc(p) && tests_cr3(p, n->addr - start))
			go(n, target, PATH_KERNEL);
		else
			jump(n, alt, target);
		go(n, next, n->state);
		break;
	case FLOW_JUMP:
		jump(n, alt, target);
		break;
	case FLOW_CALL:
		call(*n, target, next);
		break;
	case FLOW_CALL_POINTER:
		go(n, next, PATH_KERNEL);
		break;
	case FLOW_RET:
		pop(*n);
		break;
	case FLOW_END:
	case FLOW_JUMP_POINTER:
		break;
	case FLOW_UNKNOWN: /* int3 behind what does not return */
		counts.unknown += !p || *p != 0xcc;
		break;
	}
}

static void walk(void)
{
	struct node n;

	while (nr_todo) {
		n = todo[--nr_todo];
		if (in_text(n.addr)) {
			counts.instructions += !reached[n.addr - text.start];
			reached[n.addr - text.start] |= n.state;
		}
		if (!in_text(n.addr) || follow_alternatives(&n))
			step(&n);
	}
}

static void enter(u64 addr)
{
	go(&(struct node){0}, addr, PATH_BEFORE_CR3);
	counts.entries++;
}

/* Stubs behind each other: each ends in a JMP, and the next begins behind padding. */
static void enter_stubs(u64 addr, u64 end)
{
	const u8 *p = image_at(addr, end - addr);
	bool jumped = true;
	struct flow flow;

	for (; p && addr < end; addr += flow.length, p += flow.length) {
		flow_decode(&flow, p, end - addr, NO_SIGNAL);
		if (!flow.length && *p != 0xcc)
			return;
		if (jumped && (*p == 0xcc || *p == 0x90)) {
			flow.length = 1;
			continue;
		}
		if (jumped)
			enter(addr);
		jumped = flow.kind == FLOW_JUMP;
	}
}

/* By the names that arch/x86/entry/ gives them. FRED's have no CR3 switch: such processors need none. */
static bool is_way_in(const char *name)
{
	if (strstr(name, "xen") || strstr(name, "fred") || strstr(name, "kvm_vmx") ||
	    strstr(name, "_after_hwframe") || strstr(name, "_stack") || strstr(name, "_end") ||
	    !strcmp(name, "asm_load_gs_index"))
		return false;
	return !strncmp(name, "entry_SYS", 9) || !strncmp(name, "entry_INT80", 11) ||
	       !strncmp(name, "asm_", 4);
}

static u64 next_name_after(unsigned int i)
{
	u64 addr = ksyms.all[i].addr;

	while (i < ksyms.n && ksyms.all[i].addr == addr)
		i++;
	return i < ksyms.n ? ksyms.all[i].addr : addr;
}

struct path_counts path_follow(struct range entry_text, const struct linux_alt *table,
			       unsigned int nr)
{
	unsigned int i;

	text = entry_text;
	alts = calloc(nr + 1, sizeof(*alts));
	reached = calloc(text.end - text.start, 1);
	if (!reached || !alts)
		abort();
	for (i = 0; i < nr; i++)
		if (in_text(table[i].site))
			alts[nr_alts++] = table[i];
	if (!symbol_find("__x86_return_thunk", &return_thunk))
		return_thunk = 0;
	for (i = 0; i < ksyms.n; i++) {
		if (!in_text(ksyms.all[i].addr))
			continue;
		if (is_way_in(ksyms.all[i].name))
			enter(ksyms.all[i].addr);
		else if (!strcmp(ksyms.all[i].name, "irq_entries_start") ||
			 !strcmp(ksyms.all[i].name, "spurious_entries_start"))
			enter_stubs(ksyms.all[i].addr, next_name_after(i));
	}
	walk();
	return counts;
}

unsigned int path_at(u64 addr)
{
	return in_text(addr) ? reached[addr - text.start] : 0;
}
