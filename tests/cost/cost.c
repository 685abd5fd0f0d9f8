// SPDX-License-Identifier: BSD-2-Clause
/*
 * The price list: what serialises, what flushes, what an entry costs with and without each part of
 * kPTI and of deferral.
 *
 * Rule: none; these are numbers to argue with. What deferral costs each entry (a store to S, a
 * read of the epoch) is to be weighed against the IPIs that it spares.
 *
 * Reached: every op is measured in every round, so a host that slows down slows all of them, and
 * each is printed as a multiple of its base in the same rounds.
 *
 * Broken: an op that was measured 0 times is an ERROR; an op that this machine does not have is
 * named with the reason.
 *
 * Enough: minimum, median and 99th percentile of some hundred samples each. Under an emulator they
 * say what its own code costs, and the table says so.
 */
#include <arch/x86_64/tsc.h>
#include <kernel/config.h>
#include <kernel/lib/sort.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <kernel/tick.h>
#include <tests/cost/cost.h>
#include <tests/scenarios/poke_stats.h>

#define OPS_MAX	    48
#define ROUNDS_MAX  32
#define PROGRESS_NS 1000000000ul

static struct row {
	const struct cost_op *op;
	const char *missing;
	unsigned int nr;
	u32 samples[COST_PER_ROUND * ROUNDS_MAX];
} rows[OPS_MAX];
static unsigned int nr_rows;

static void add_ops(const struct cost_op *op)
{
	for (; op->name; op++) {
		if (nr_rows == OPS_MAX) {
			report_error("no room for more than %d ops: %s", OPS_MAX, op->name);
			return;
		}
		rows[nr_rows++] = (struct row){
			.op = op,
			.missing = op->missing ? op->missing(op->arg) : NULL,
		};
	}
}

static bool smaller(u32 a, u32 b)
{
	return a < b;
}

static u32 median(const struct row *row)
{
	return row->samples[row->nr / 2];
}

static const struct row *find(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_rows; i++)
		if (rows[i].nr && !strcmp(rows[i].op->name, name))
			return &rows[i];
	return NULL;
}

/* How many thousandths of its base it costs; 0: its base was not measured. */
static u64 per_mille(const struct row *row)
{
	const struct row *base = find(row->op->base);

	return base && median(base) ? 1000ul * median(row) / median(base) : 0;
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
			      "op=%s min_cycles=%u median_cycles=%u p99_cycles=%u samples=%u "
			      "base=%s per_mille_of_base=%lu",
			      row->op->name, row->samples[0], median(row),
			      row->samples[row->nr * 99 / 100], row->nr, row->op->base,
			      per_mille(row));
	}
}

static void print_table(void)
{
	const struct row *row;
	u64 times;

	report_info("cycles, and how many times its base:");
	if (times_are_the_hosts())
		report_info("  (the emulator's: they say what its own code costs, no processor's)");
	report_info("  %-22s %10s %10s %10s %9s  %s", "op", "min", "median", "p99", "times",
		    "base");
	for (row = rows; row < rows + nr_rows; row++) {
		if (row->missing)
			continue;
		times = per_mille(row);
		if (times)
			report_info("  %-22s %10u %10u %10u %5lu.%03lu  %s", row->op->name,
				    row->samples[0], median(row), row->samples[row->nr * 99 / 100],
				    times / 1000, times % 1000, row->op->base);
		else
			report_info("  %-22s %10u %10u %10u", row->op->name, row->samples[0],
				    median(row), row->samples[row->nr * 99 / 100]);
	}
}

static void run_cost(int variant)
{
	u64 next = now_ns() + PROGRESS_NS, end = now_ns() + config.duration_ns;
	unsigned int i, round, measured = 0;
	struct row *row;

	nr_rows = 0;
	add_ops(cost_insns);
	add_ops(cost_syncs);
	add_ops(cost_entries);
	for (round = 0; round < ROUNDS_MAX && (!round || now_ns() < end); round++) {
		for (row = rows; row < rows + nr_rows; row++) {
			if (row->missing)
				continue;
			report_step(row->op->name);
			row->op->measure(row->op->arg, row->samples + row->nr, row->op->per_round);
			row->nr += row->op->per_round;
			watchdog_touch();
		}
		cost_entries_done();
		if (now_ns() >= next) {
			report_progress("rounds=%u", round + 1);
			next += PROGRESS_NS;
		}
	}
	for (i = 0; i < nr_rows; i++) {
		sort_u32(rows[i].samples, rows[i].nr, smaller);
		measured += rows[i].nr > 0;
		if (!rows[i].nr && !rows[i].missing)
			report_error("%s was measured 0 times", rows[i].op->name);
	}
	print_results();
	print_table();
	report_info("cost: %u of %u ops measured, side by side in %u rounds", measured, nr_rows,
		    round);
	report_pass();
}

DEFINE_TEST(TEST_EXTRA + 50, "cost",
	    "what serialising, flushing, syncs and each kind of kernel entry cost, side by side",
	    "an isolated CPU for entries and syncs", run_cost, .timed = true);
