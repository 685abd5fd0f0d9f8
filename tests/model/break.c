// SPDX-License-Identifier: BSD-2-Clause
/* A step that is dropped leaves a branch that goes the same way twice, so no step moves. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <kernel/lib/types.h>
#include <tests/model/break.h>

/* Of the reads of the mark the first stays: a copy for the whole batch. */
static const struct {
	const char *name;
	enum sender_op op;
} sender_breaks[] = {
	{"barrier", P_BARRIER}, {"wait", P_WAIT},      {"int3", P_INT3},
	{"read", P_READ_S},	{"mark", P_READ_MARK},
};

__attribute__((noreturn)) static void bad_break(const char *what)
{
	fprintf(stderr,
		"error: --break %s: expected drop=PATH.STEP or swap=PATH, with PATH enter, leave, "
		"nmi-enter, nmi-leave or sender, and STEP signal or cr3, or of the sender barrier, "
		"wait, int3, read or mark\n",
		what);
	exit(2);
}

static void break_sender(struct protocol_steps *steps, const char *what, const char *name)
{
	unsigned int c, i, b;

	for (b = 0; b < ARRAY_SIZE(sender_breaks); b++)
		if (!strcmp(sender_breaks[b].name, name))
			break;
	if (b == ARRAY_SIZE(sender_breaks))
		bad_break(what);
	for (c = 0; c < NR_CHANGES; c++) {
		struct sender_step *t = steps->sender[c];
		bool keep = sender_breaks[b].op == P_READ_MARK;

		for (i = 0; t[i].op != P_COMMIT;)
			if (t[i].op == sender_breaks[b].op && !keep)
				memmove(t + i, t + i + 1, (STEPS_MAX - i - 1) * sizeof(*t));
			else
				keep &= t[i++].op != P_READ_MARK;
	}
}

/* The next step from @i that writes S (or CR3); after the body if @leave, before it if not. */
static int find_write(const struct victim_step *v, int i, bool leave, bool cr3)
{
	bool after = false;

	for (; v[i].op != V_IRET && v[i].op != V_SYSRET && v[i].op != V_RET; i = v[i].next) {
		if (v[i].op == V_BODY) {
			if (!leave)
				return -1;
			after = true;
		}
		if (after == leave &&
		    (cr3 ? v[i].op == V_CR3 : v[i].op == V_STORE_S || v[i].op == V_XCHG_S))
			return i;
	}
	return -1;
}

static void break_path(struct protocol_steps *steps, int start, bool leave, const char *drop)
{
	struct victim_step *v = steps->victim, s, c;
	int signal = find_write(v, start, leave, false), cr3 = find_write(v, start, leave, true);
	int i = drop && !strcmp(drop, "cr3") ? cr3 : signal;

	if (i < 0 || (!drop && cr3 < 0))
		return; /* this protocol has no such step */
	if (drop) {	/* a branch that goes the same way twice */
		v[i].op = V_BRANCH;
		v[i].arg = A_EITHER;
		v[i].other = v[i].next;
		return;
	}
	s = v[signal];
	c = v[cr3];
	v[signal] = (struct victim_step){c.op, c.arg, c.gs, s.next, s.other};
	v[cr3] = (struct victim_step){s.op, s.arg, s.gs, c.next, c.other};
}

void break_steps(struct protocol_steps *steps, const char *what)
{
	static const char *const paths[] = {"enter", "leave", "nmi-enter", "nmi-leave"};
	const char *path = what + 5, *dot = strchr(what, '.');
	size_t len = dot ? (size_t)(dot - path) : strlen(what) - 5;
	bool drop = !strncmp(what, "drop=", 5);
	int p, s;

	if (strlen(what) < 6 || (!drop && strncmp(what, "swap=", 5)) || drop != !!dot)
		bad_break(what);
	if (drop && len == 6 && !strncmp(path, "sender", 6)) {
		break_sender(steps, what, dot + 1);
		return;
	}
	for (p = 0; p < 4; p++)
		if (strlen(paths[p]) == len && !strncmp(paths[p], path, len))
			break;
	if (p == 4 || (drop && strcmp(dot + 1, "signal") && strcmp(dot + 1, "cr3")))
		bad_break(what);
	for (s = p < 2 ? START_IDT : START_NMI; s <= (p < 2 ? START_FAULT : START_NMI); s++)
		break_path(steps, steps->start[s], p & 1, drop ? dot + 1 : NULL);
}
