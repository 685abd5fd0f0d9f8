// SPDX-License-Identifier: BSD-2-Clause
/*
 * The price list: what serialises, what flushes, what an entry costs with and without each part of
 * kPTI and of deferral, what it takes to tell 1 to N CPUs, and what a whole poke takes with all of them,
 * or so many, left for later. test=cost:KIND measures one part: insns, syncs, ipis, pokes, partial or
 * entries.
 *
 * Rule: none; these are numbers to argue with. What deferral costs each entry (a store to S, a
 * read of the epoch) is to be weighed against the IPIs that it spares: "break-even" says at which
 * rate of entries the two are equal.
 *
 * Reached: half of the time is for ops of one CPU and half for those where CPUs meet; each op of a
 * half is measured in each of its rounds, so a host that slows down slows all of them, and each is
 * printed as a multiple of its base. Two looks at the clock with nothing between cost something,
 * too: empty_cycles= says what has been taken off.
 *
 * Broken: an op that was measured 0 times is an ERROR; an op that this machine does not have is
 * named with the reason.
 *
 * Enough: minimum, median and 99th percentile of some hundred samples each. Under an emulator they
 * say what its own code costs, and the table says so; under `-icount shift=0` they are instructions,
 * where CPUs meet those of all together (tests/tools/scale counts a poke's). A difference of two ops is
 * taken round by round, and is none where 0 lies within its 95 %.
 */
#include <arch/x86_64/tsc.h>
#include <kernel/config.h>
#include <kernel/lib/sort.h>
#include <kernel/lib/string.h>
#include <kernel/memory.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <kernel/tick.h>
#include <tests/cost/cost.h>
#include <tests/scenarios/poke_stats.h>

#define PROGRESS_NS  1000000000ul
#define ROUNDS_MAX   32
#define OPS_MAX	     192
#define SAMPLES_MAX  (80 * COST_PER_ROUND * ROUNDS_MAX)
#define BIAS	     (1ul << 63) /* differences as unsigned numbers, for sorting */
#define ONE_IN_FORTY 40		 /* what lies beyond each end of an interval of 95 % */

static const struct group {
	const char *name;
	const struct cost_op *(*ops)(void);
} groups[] = {
	{"insns", cost_insns}, {"syncs", cost_syncs},	  {"ipis", cost_ipis},
	{"pokes", cost_pokes}, {"partial", cost_partial}, {"entries", cost_entries},
};

static struct row {
	const struct cost_op *op;
	const char *missing;
	unsigned int nr, rounds;
	u64 *samples;
	u64 medians[ROUNDS_MAX]; /* of each round */
	u64 empty; /* what its empty loop costs: taken off wherever figures are told */
} rows[OPS_MAX];
static unsigned int nr_rows;
static u64 *samples;
static unsigned int nr_samples;

static void add_ops(const struct cost_op *op)
{
	unsigned int wanted;

	for (; op->name; op++) {
		wanted = op->per_round * ROUNDS_MAX;
		if (nr_rows == OPS_MAX || nr_samples + wanted > SAMPLES_MAX) {
			report_error("no room for more than %u ops: %s", nr_rows, op->name);
			return;
		}
		rows[nr_rows++] = (struct row){
			.op = op,
			.missing = op->missing ? op->missing(op->arg) : NULL,
			.samples = samples + nr_samples,
		};
		nr_samples += wanted;
	}
}

static bool smaller(u64 a, u64 b)
{
	return a < b;
}

static const struct row *find(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_rows; i++)
		if (rows[i].nr && !strcmp(rows[i].op->name, name))
			return &rows[i];
	return NULL;
}

/* Its sample that @percent of a hundred are below, without the empty loop. */
static u64 percentile(const struct row *row, unsigned int percent)
{
	u64 sample = row->samples[row->nr * percent / 100];

	return sample > row->empty ? sample - row->empty : 0;
}

u64 cost_median(const char *op)
{
	const struct row *row = find(op);

	return row ? percentile(row, 50) : 0;
}

/*
 * Of @n differences, each as likely above their true median as below it: how many, from either end,
 * may be left out so that the median lies between the others with 95 %. -1: there are too few.
 */
static int outside(unsigned int n)
{
	u64 ways = 1, beyond = 0;
	unsigned int k;

	for (k = 0; k < n; k++) {
		beyond += ways; /* up to k of n on one side */
		if (beyond * ONE_IN_FORTY > 1ul << n)
			break;
		ways = ways * (n - k) / (k + 1);
	}
	return (int)k - 1;
}

bool cost_difference(const char *op, const char *base, struct cost_difference *difference)
{
	const struct row *a = find(op), *b = find(base);
	unsigned int i, n = a ? a->rounds : 0;
	u64 differences[ROUNDS_MAX];
	int out = outside(n);

	if (!b || b->rounds != n || out < 0)
		return false;
	for (i = 0; i < n; i++)
		differences[i] = BIAS + a->medians[i] - b->medians[i];
	sort_u64(differences, n, smaller);
	difference->low = (s64)(differences[out] - BIAS);
	difference->mid = (s64)(differences[n / 2] - BIAS);
	difference->high = (s64)(differences[n - 1 - out] - BIAS);
	return true;
}

/* How many thousandths of its base it costs; 0: its base was not measured, or costs nothing. */
static u64 per_mille(const struct row *row)
{
	u64 base = cost_median(row->op->base);

	return base ? 1000ul * percentile(row, 50) / base : 0;
}

static void print_results(void)
{
	const struct row *row;

	for (row = rows; row < rows + nr_rows; row++) {
		if (row->missing) {
			report_info("cost: op=%s not measured: %s", row->op->name, row->missing);
			continue;
		}
		report_result(NULL,
			      "op=%s min_cycles=%lu median_cycles=%lu p99_cycles=%lu samples=%u "
			      "base=%s per_mille_of_base=%lu empty_cycles=%lu",
			      row->op->name, percentile(row, 0), percentile(row, 50),
			      percentile(row, 99), row->nr, row->op->base, per_mille(row),
			      row->empty);
	}
}

static void print_table(void)
{
	const struct row *row;
	u64 times;

	report_info("cycles without the empty loop, and how many times its base:");
	if (times_are_the_hosts())
		report_info("  (the emulator's: they say what its own code costs, no processor's)");
	report_info("  %-28s %10s %10s %10s %9s  %s", "op", "min", "median", "p99", "times",
		    "base");
	for (row = rows; row < rows + nr_rows; row++) {
		if (row->missing)
			continue;
		times = per_mille(row);
		if (times)
			report_info("  %-28s %10lu %10lu %10lu %5lu.%03lu  %s", row->op->name,
				    percentile(row, 0), percentile(row, 50), percentile(row, 99),
				    times / 1000, times % 1000, row->op->base);
		else
			report_info("  %-28s %10lu %10lu %10lu", row->op->name, percentile(row, 0),
				    percentile(row, 50), percentile(row, 99));
	}
}

static bool meets(const struct cost_op *op)
{
	return op->per_round == COST_PER_ROUND_OF_TWO;
}

/* Between ops: a line that the tick prints would be part of a sample. */
static void progress(const char *op, bool meeting, unsigned int round)
{
	static u64 told;
	u64 now = now_ns();

	if (now - told < PROGRESS_NS)
		return;
	told = now;
	report_progress("rounds=%u cpus=%s op=%s", round, meeting ? "several" : "one", op);
}

static void run_round(bool meeting, unsigned int round)
{
	struct row *row;

	for (row = rows; row < rows + nr_rows; row++) {
		if (row->missing || meets(row->op) != meeting)
			continue;
		report_step(row->op->name);
		row->op->measure(row->op->arg, row->samples + row->nr, row->op->per_round);
		row->nr += row->op->per_round;
		row->rounds++;
		watchdog_touch();
		progress(row->op->name, meeting, round);
	}
	cost_entries_done();
}

/*
 * Rounds of the ops of one CPU, or of those where CPUs meet, which last as long as an emulator's host
 * likes: until @end, and at least one.
 */
static unsigned int run_rounds(bool meeting, u64 end)
{
	unsigned int round = 0;

	do
		run_round(meeting, round++);
	while (round < ROUNDS_MAX && now_ns() < end);
	return round;
}

/* Sorts each round's samples, and then all of them. */
static void sort_row(struct row *row)
{
	unsigned int round, per_round = row->op->per_round;
	u64 *at = row->samples;

	for (round = 0; round < row->rounds; round++, at += per_round) {
		sort_u64(at, per_round, smaller);
		row->medians[round] = at[per_round / 2];
	}
	sort_u64(row->samples, row->nr, smaller);
}

static unsigned int finish(void)
{
	unsigned int measured = 0;
	const struct row *empty;
	struct row *row;

	for (row = rows; row < rows + nr_rows; row++) {
		sort_row(row);
		measured += row->nr > 0;
		if (!row->nr && !row->missing)
			report_error("%s was measured 0 times", row->op->name);
	}
	for (row = rows; row < rows + nr_rows; row++) {
		empty = find(row->op->empty ? row->op->empty : COST_NOTHING);
		row->empty = empty && empty != row ? empty->samples[0] : 0;
	}
	return measured;
}

static bool kind_known(const char *kind, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if (strlen(groups[i].name) == len && !memcmp(groups[i].name, kind, len))
			return true;
	return false;
}

static void run_cost(int variant)
{
	unsigned int i, measured, rounds, meetings;
	u64 start = now_ns();

	if (!samples)
		samples = alloc_zeroed(SAMPLES_MAX * sizeof(*samples));
	nr_rows = nr_samples = 0;
	add_ops(cost_nothing());
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if (!*test_kind() || !strcmp(groups[i].name, test_kind()))
			add_ops(groups[i].ops());
	rounds = run_rounds(false, start + config.duration_ns / 2);
	meetings = run_rounds(true, start + config.duration_ns);
	measured = finish();
	print_results();
	print_table();
	report_info("cost: %u of %u ops measured, side by side in %u rounds, those of several CPUs "
		    "in %u",
		    measured, nr_rows, rounds, meetings);
	cost_break_even();
	report_pass();
}

DEFINE_TEST(TEST_EXTRA + 50, "cost",
	    "what serialising, flushing, syncs, pokes and each kind of kernel entry cost, side by "
	    "side; cost:KIND measures insns, syncs, ipis, pokes, partial or entries alone",
	    "an isolated CPU for entries, syncs and pokes", run_cost, .timed = true,
	    .kind_known = kind_known, .kind_optional = true);
