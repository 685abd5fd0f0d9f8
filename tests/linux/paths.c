// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tests/linux/broken.h>
#include <tests/linux/gdb.h>
#include <tests/linux/insns.h>
#include <tests/linux/kernel.h>
#include <tests/linux/paths.h>

#define MOST_STEPS  200000
#define MOST_TRIES  20
#define LEARN_TRIES 3
#define MOST_SPINS  3000
#define WAIT_MS	    5000
#define FINISH_MS   60000

struct path paths[] = {
	[PATH_NMI] = {"nmi-user", "at_nmi", 5, TAKES_NMI, "nmi", "iret"},
	[PATH_SYSCALL] = {"syscall-sysret", "at_syscall", 0, TRAPS, "entry_SYSCALL_64", "sysret"},
	[PATH_NMI_IN_KERNEL] = {"nmi-kernel", "at_syscall", 0, TAKES_NMI_IN_KERNEL, "nmi", "iret"},
	{"syscall-iret", "at_sigreturn", 3, TRAPS, "entry_SYSCALL_64", "iret"},
	{"int80", "at_int80", 1, TRAPS, "nt80", "iret"},
	{"page-fault", "at_fault", 2, TRAPS, "page_fault", "iret"},
	{"undefined", "at_undefined", 3, TRAPS, "invalid_op", "iret"},
	{"irq", "at_irq", 4, WAITS_FOR_IRQ, NULL, "iret"},
};
const size_t nr_paths = sizeof(paths) / sizeof(paths[0]);

static struct symbols labels;

void paths_open(const char *path)
{
	unsigned int odd;

	if (!symbols_add_file(&labels, path, &odd))
		broken(BROKEN_HARNESS, "%s cannot be read", path);
}

u64 path_label(const char *name)
{
	u64 addr;

	if (!symbols_find(&labels, name, &addr))
		broken(BROKEN_HARNESS, "init has no label %s", name);
	return addr;
}

u64 path_nmi_entry(void)
{
	return paths[PATH_NMI].trace[0];
}

static bool run_to(u64 addr)
{
	bool there;

	gdb_break(addr);
	there = gdb_continue(WAIT_MS) && gdb_reg(REG_RIP) == addr;
	gdb_unbreak(addr);
	return there;
}

/* From ready to where the path begins, in user mode or, for the last kind, in the kernel. */
static bool go_to_start(const struct path *p)
{
	gdb_set_reg(REG_RAX, p->way);
	if (!run_to(path_label(p->label)))
		return false;
	if (p->kind == TAKES_NMI_IN_KERNEL)
		return run_to(paths[PATH_SYSCALL].trace[paths[PATH_SYSCALL].first]);
	return true;
}

/* The interrupt comes by itself, while init spins; on a busy machine it may have come before. */
static bool step_to_interrupt(const struct path *p)
{
	int tries, i;

	for (tries = 0; tries < MOST_TRIES; tries++) {
		for (i = 0; i < MOST_SPINS; i++) {
			gdb_step(STEP_INTERRUPTIBLE);
			if (!kernel_is_user(gdb_reg(REG_RIP)))
				return true;
		}
		path_finish();
		if (!go_to_start(p))
			return false;
	}
	return false;
}

static bool step_into(const struct path *p)
{
	if (p->kind == WAITS_FOR_IRQ)
		return step_to_interrupt(p);
	if (p->kind == TRAPS) {
		gdb_step(STEP_ALONE);
	} else {
		gdb_monitor("nmi");
		gdb_step(STEP_INTERRUPTIBLE);
	}
	return !kernel_is_user(gdb_reg(REG_RIP));
}

static void note(struct path *p, u64 rip)
{
	if (!p->trace)
		p->trace = malloc(MOST_STEPS * sizeof(*p->trace));
	if (!p->trace)
		broken(BROKEN_HARNESS, "out of memory");
	if (kernel_may_change(rip)) {
		if (!p->last)
			p->first = p->n;
		p->last = p->n;
	}
	p->trace[p->n++] = rip;
}

/* Steps until the path is over: in user mode, or where it interrupted the kernel. */
static bool step_through(struct path *p, u64 from, u64 rsp)
{
	u64 rip = gdb_reg(REG_RIP);

	for (p->n = p->last = 0; p->n < MOST_STEPS;) {
		note(p, rip);
		gdb_step(STEP_ALONE);
		rip = gdb_reg(REG_RIP);
		p->back = rip;
		if (kernel_is_user(rip) || (rip == from && gdb_reg(REG_RSP) == rsp))
			return true;
	}
	return false;
}

static const char *judge_learned(const struct path *p)
{
	const char *entry = symbols_describe(&kernel_symbols, p->trace[0]);
	const char *exit = insns_at(p->trace[p->n - 1]);
	static char why[256];

	/* At the entry itself: elsewhere the symbols are not this kernel's. */
	if (p->enters && (!strstr(entry, p->enters) || strchr(entry, '+')))
		snprintf(why, sizeof(why), "it led to %s", entry);
	else if (!p->last)
		snprintf(why, sizeof(why), "it ran no text that may change");
	else if (exit[0] != '?' && !strstr(exit, p->leaves))
		snprintf(why, sizeof(why), "it left by %s", exit);
	else
		return NULL;
	return why;
}

static const char too_long[] = "it is longer than can be stepped through";

/* From ready. */
static const char *learn_once(struct path *p)
{
	u64 from, rsp;

	if (!go_to_start(p))
		return "init did not come to where it begins";
	from = gdb_reg(REG_RIP);
	rsp = gdb_reg(REG_RSP);
	if (!step_into(p))
		return "the kernel was not entered";
	if (!step_through(p, from, rsp))
		return too_long;
	return judge_learned(p);
}

/* Seen once, beside other work, and not the next time: maybe a handler printed that it took long. */
static const char *learn(struct path *p)
{
	const char *why = too_long;
	int tries;

	for (tries = 0; why == too_long && tries < LEARN_TRIES; tries++) {
		if (tries)
			path_finish();
		why = learn_once(p);
	}
	return why;
}

/*
 * Twice where NMIs take part, as Linux treats one differently that comes where the last one came; it
 * will be so at each that is raised.
 */
const char *path_learn(struct path *p)
{
	const char *why = learn(p);

	if (why || p->kind == TRAPS)
		return why;
	path_finish();
	return learn(p);
}

/* At the first instruction of an interrupt: whether it came from user mode, by the saved CS. */
static bool from_user(void)
{
	u64 cs;

	return gdb_read(gdb_reg(REG_RSP) + 8, &cs, sizeof(cs)) && (cs & 3);
}

/* From init's spinning: at the first instruction of the interrupt, or round again where it was missed. */
static bool await_interrupt(const struct path *p)
{
	int tries;

	for (tries = 0; tries < MOST_TRIES; tries++) {
		gdb_break(path_label("ready"));
		if (run_to(p->trace[0]) && from_user()) {
			gdb_unbreak(path_label("ready"));
			return true;
		}
		path_finish();
		if (!go_to_start(p))
			return false;
	}
	return false;
}

static size_t earlier(const struct path *p, size_t i)
{
	size_t n = 0, k;

	for (k = 0; k < i; k++)
		n += p->trace[k] == p->trace[i];
	return n;
}

bool path_reach(const struct path *p, size_t i)
{
	size_t passes = earlier(p, i);

	if (!go_to_start(p))
		return false;
	if (p->kind == WAITS_FOR_IRQ && !await_interrupt(p))
		return false;
	if (p->kind == WAITS_FOR_IRQ && !i)
		return true;
	if (p->kind == TAKES_NMI || p->kind == TAKES_NMI_IN_KERNEL)
		gdb_monitor("nmi");
	while (run_to(p->trace[i])) {
		if (!passes--)
			return true;
		gdb_step(STEP_ALONE);
	}
	return false;
}

void path_finish(void)
{
	gdb_unbreak_all();
	gdb_break(path_label("ready"));
	if (!gdb_continue_all(FINISH_MS))
		broken(BROKEN_HARNESS, "init does not come back: the kernel hangs");
	gdb_unbreak_all();
}
