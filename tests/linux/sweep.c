// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <tests/linux/broken.h>
#include <tests/linux/gdb.h>
#include <tests/linux/insns.h>
#include <tests/linux/kernel.h>
#include <tests/linux/sweep.h>

#define WAIT_MS 5000

static const char *const event_names[] = {"nmi", "nmi+nmi"};
enum {
	NR_EVENTS = 2
};

static char where[256] = "before the first path";

const char *sweep_where(void)
{
	return where;
}

/* Where handlers of NMIs first run text that may change, from user mode and from the kernel. */
static void break_at_handlers(void)
{
	gdb_break(paths[PATH_NMI].trace[paths[PATH_NMI].first]);
	gdb_break(paths[PATH_NMI_IN_KERNEL].trace[paths[PATH_NMI_IN_KERNEL].first]);
}

/* At the first instruction of an NMI's entry: what it interrupted, from the processor's frame. */
static bool look_at_entry(struct run *r, struct state *found)
{
	u64 frame[4]; /* RIP, CS, RFLAGS, RSP */

	if (!gdb_read(gdb_reg(REG_RSP), frame, sizeof(frame)))
		return false;
	r->taken_at = frame[0];
	r->taken_rsp = frame[3];
	*found = kernel_state();
	return true;
}

/* One NMI, from its first instruction to the one that it interrupted, or to the next NMI there. */
static const char *follow_nmi(struct run *r, bool another)
{
	bool handled = false;
	u64 rip;

	gdb_unbreak_all();
	break_at_handlers();
	gdb_break(r->taken_at);
	while (gdb_continue(WAIT_MS)) {
		rip = gdb_reg(REG_RIP);
		if (rip == path_nmi_entry())
			return NULL;
		if (rip == r->taken_at && gdb_reg(REG_RSP) == r->taken_rsp)
			return handled ? NULL : "handler not seen";
		if (rip != r->taken_at && !handled) {
			handled = true;
			r->handler = kernel_state();
			judge_handler(r);
			if (another)
				gdb_monitor("nmi");
			gdb_break(path_nmi_entry());
		}
		gdb_unbreak(rip);
		gdb_step(STEP_ALONE);
		gdb_break(rip);
		if (gdb_reg(REG_RIP) == r->taken_at && gdb_reg(REG_RSP) == r->taken_rsp)
			return "handler not followed";
	}
	return "it did not return";
}

/* With an NMI raised: follows it, and those after it, back to what it interrupted. */
static const char *follow_event(struct run *r, unsigned int event)
{
	const char *why;
	unsigned int i;
	struct state found;

	for (i = 0; i <= event; i++) {
		gdb_unbreak_all();
		gdb_break(path_nmi_entry());
		if (gdb_reg(REG_RIP) != path_nmi_entry() && !gdb_continue(WAIT_MS))
			return "no NMI was taken";
		if (!look_at_entry(r, &found))
			return "the processor's frame cannot be read";
		if (!i)
			r->found = found;
		r->after = found;
		judge_return(r); /* of the NMI before */
		why = follow_nmi(r, i < event);
		if (why)
			return why;
	}
	r->after = kernel_state();
	judge_return(r);
	return NULL;
}

/* From the interrupted instruction to what shows that the path is still right. */
static const char *follow_path(struct run *r, const struct path *p)
{
	u64 end = r->way_in ? p->trace[p->first] : p->back;

	gdb_unbreak_all();
	if (gdb_reg(REG_RIP) != end) {
		gdb_break(end);
		if (!gdb_continue(WAIT_MS) || gdb_reg(REG_RIP) != end)
			return "the path did not go on";
	}
	r->end = kernel_state();
	judge_end(r);
	return NULL;
}

static void run_event(struct run *r, const struct path *p, size_t i, unsigned int event)
{
	if (!path_reach(p, i)) {
		r->missed = "instruction not reached";
		return;
	}
	gdb_unbreak_all();
	gdb_monitor("nmi");
	r->missed = follow_event(r, event);
	if (!r->missed && r->taken_at == r->raised_at)
		r->missed = follow_path(r, p);
	judge_place(r);
}

static char cr3_letter(const struct state *s)
{
	return !s->seen ? '-' : judge_user_cr3(s->cr3) ? 'U' : 'K';
}

static char signal_letter(const struct state *s)
{
	return !s->seen || s->signal < 0 ? '-' : '0' + s->signal;
}

static void print_row(const struct path *p, size_t i, unsigned int event, const struct run *r)
{
	const struct state *s[] = {&r->found, &r->handler, &r->after, &r->end};
	bool waited = !r->broken_by && !r->missed && r->taken_at != r->raised_at;
	unsigned int k;

	printf("%-14s %-3s %-52s %-34s %-7s ", p->name, r->way_in ? "in" : "out",
	       symbols_describe(&kernel_symbols, p->trace[i]), insns_at(p->trace[i]),
	       event_names[event]);
	for (k = 0; k < 4; k++)
		putchar(cr3_letter(s[k]));
	putchar(' ');
	for (k = 0; k < 4; k++)
		putchar(signal_letter(s[k]));
	printf(" %s%s%s%s\n",
	       r->broken_by ? "BROKEN "
	       : r->missed  ? "missed: "
			    : "",
	       judge_words(r), waited ? " " : "",
	       waited ? symbols_describe(&kernel_symbols, r->taken_at) : "");
	if (r->broken_by)
		printf("# violation test=linux-sweep kind=%s path=%s point=%s event=%s S=%c cr3=%llx\n",
		       r->broken_by, p->name, symbols_describe(&kernel_symbols, p->trace[i]),
		       event_names[event], signal_letter(&r->witness),
		       (unsigned long long)r->witness.cr3);
}

static void sweep_one(const struct path *p, size_t i, struct sweep_count *count)
{
	unsigned int event;

	for (event = 0; event < NR_EVENTS; event++) {
		struct run r = {
			.raised_at = p->trace[i],
			.may_wait = p->kind == TAKES_NMI || p->kind == TAKES_NMI_IN_KERNEL,
			.way_in = i <= p->first,
		};

		snprintf(where, sizeof(where), "%s, %s at %s", p->name, event_names[event],
			 symbols_describe(&kernel_symbols, p->trace[i]));
		run_event(&r, p, i, event);
		path_finish();
		judge_count(count, &r);
		print_row(p, i, event, &r);
	}
	count->instructions++;
}

static void progress(const struct path *p, const struct sweep_count *count)
{
	static time_t last;

	if (time(NULL) - last < 5)
		return;
	last = time(NULL);
	printf("# progress path=%s instructions=%zu/%zu events=%zu violations=%zu\n", p->name,
	       count->instructions, count->of, count->events, count->violations);
	fflush(stdout);
}

void sweep_path(const struct path *p, size_t limit, struct sweep_count *count)
{
	size_t way_in = p->first, way_out = p->n - 1 - p->last, k, i;
	size_t step;

	*count = (struct sweep_count){.of = way_in + way_out};
	step = limit && limit < count->of ? (count->of + limit - 1) / limit : 1;
	for (k = 0; k < count->of; k += step) {
		i = k < way_in ? k : p->last + 1 + (k - way_in);
		sweep_one(p, i, count);
		progress(p, count);
	}
}
