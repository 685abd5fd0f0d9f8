// SPDX-License-Identifier: BSD-2-Clause
/*
 * tests/linux/judge.c: which states after an NMI are a broken promise, which are an event that was
 * missed, and what either does to the exit status.
 */
#include <tests/host/lib/tap.h>
#include "../linux/judge.c"

/* CR3 of user and kernel, and one more of the kernel. */
#define U     0x3000
#define K     0x2000
#define OTHER 0x4000
#define AT    0x1000

#define STATE(cr3, signal)        \
	{                         \
		true, cr3, signal \
	}
#define NOT_SEEN            \
	{                   \
		false, U, 0 \
	}

static const struct row {
	const char *name, *words;
	struct run run;
	bool broken;
} rows[] = {
	{"all as found",
	 "ok",
	 {STATE(U, 0), STATE(K, 1), STATE(U, 0), STATE(K, 1), .way_in = true}},
	{"no signal",
	 "ok, neutral",
	 {STATE(U, -1), STATE(K, -1), STATE(U, -1), STATE(K, -1), .way_in = true}},
	{"signal left set",
	 "ok, signal left set",
	 {STATE(U, 0), STATE(K, 1), STATE(U, 1), STATE(K, 1), .way_in = true}},
	{"way out", "ok", {STATE(K, 0), STATE(K, 1), STATE(K, 0), STATE(U, 0)}},
	{"handler and end not looked at", "ok", {STATE(U, 0), NOT_SEEN, STATE(U, 0), NOT_SEEN}},
	{"handler on U",
	 "handler-on-user-cr3",
	 {STATE(U, 0), STATE(U, 1), STATE(U, 0), STATE(K, 1), .way_in = true},
	 true},
	{"handler without signal",
	 "handler-without-signal",
	 {STATE(U, 0), STATE(K, 0), STATE(U, 0), STATE(K, 1), .way_in = true},
	 true},
	{"no signal, handler on U",
	 "handler-on-user-cr3",
	 {STATE(U, -1), STATE(U, -1), STATE(U, -1), STATE(K, -1), .way_in = true},
	 true},
	{"U not restored",
	 "cr3-not-restored",
	 {STATE(U, 0), STATE(K, 1), STATE(K, 0), STATE(K, 1), .way_in = true},
	 true},
	{"another CR3 of the kernel",
	 "cr3-not-restored",
	 {STATE(K, 1), STATE(K, 1), STATE(OTHER, 1), STATE(K, 1), .way_in = true},
	 true},
	{"signal not restored",
	 "signal-not-restored",
	 {STATE(K, 1), STATE(K, 1), STATE(K, 0), STATE(K, 1), .way_in = true},
	 true},
	{"way in on U",
	 "kernel-on-user-cr3",
	 {STATE(U, 0), STATE(K, 1), STATE(U, 0), STATE(U, 1), .way_in = true},
	 true},
	{"way in without signal",
	 "kernel-without-signal",
	 {STATE(U, 0), STATE(K, 1), STATE(U, 0), STATE(K, 0), .way_in = true},
	 true},
	{"way out on K",
	 "user-on-kernel-cr3",
	 {STATE(K, 1), STATE(K, 1), STATE(K, 1), STATE(K, 0)},
	 true},
	{"the first of two",
	 "handler-without-signal",
	 {STATE(U, 0), STATE(K, 0), STATE(K, 0), STATE(U, 0), .way_in = true},
	 true},
	{"missed",
	 "why",
	 {STATE(U, 0), STATE(K, 1), STATE(U, 0), NOT_SEEN, .way_in = true, .missed = "why"}},
	{"missed after it was broken",
	 "handler-without-signal",
	 {STATE(U, 0), STATE(K, 0), STATE(U, 0), NOT_SEEN, .way_in = true, .missed = "why"},
	 true},
	{"waited",
	 "ok, waited until",
	 {STATE(U, 0), STATE(K, 1), STATE(U, 0), NOT_SEEN, .raised_at = AT, .may_wait = true}},
	{"taken elsewhere",
	 "it was taken elsewhere",
	 {STATE(U, 0), STATE(K, 1), STATE(U, 0), NOT_SEEN, .raised_at = AT}},
};

static struct run judged(struct run r)
{
	judge_handler(&r);
	judge_return(&r);
	judge_end(&r);
	judge_place(&r);
	return r;
}

static struct sweep_count counted(const char *name)
{
	struct sweep_count count = {0}, sum = {0};
	const struct row *row;
	struct run r;

	for (row = rows; row < rows + ARRAY_SIZE(rows); row++) {
		if (name && strcmp(row->name, name))
			continue;
		r = judged(row->run);
		judge_count(&count, &r);
	}
	count.instructions = count.of = 2;
	judge_add(&sum, &count);
	judge_add(&sum, &count);
	return sum;
}

int main(void)
{
	struct sweep_count all = counted(NULL), none = {0}, both;
	const struct row *row;
	struct run r;

	for (row = rows; row < rows + ARRAY_SIZE(rows); row++) {
		r = judged(row->run);
		is(judge_words(&r), row->words, row->name);
		ok(!r.broken_by == !row->broken, "%s: %s", row->name,
		   row->broken ? "broken" : "not broken");
	}
	r = judged(rows[5].run);
	ok(r.witness.cr3 == U && r.witness.signal == 1, "the witness is the state that was wrong");
	ok(all.events == 2 * ARRAY_SIZE(rows) && all.violations == 22 && all.missed == 6 &&
		   all.deferred == 2 && all.instructions == 4 && all.of == 4,
	   "counts: %zu events, %zu violations, %zu missed, %zu deferred", all.events,
	   all.violations, all.missed, all.deferred);
	both = counted("all as found");
	ok(judge_status(&both) == 0, "status of what is ok");
	both = counted("waited");
	ok(judge_status(&both) == 0, "status of what waited");
	both = counted("missed");
	ok(judge_status(&both) == 3, "status of what was missed");
	both = counted("handler on U");
	ok(judge_status(&both) == 1, "status of what is broken");
	both = counted("missed after it was broken");
	ok(judge_status(&both) == 1, "status of both");
	ok(judge_status(&none) == 3, "status of nothing");
	return done_testing();
}
