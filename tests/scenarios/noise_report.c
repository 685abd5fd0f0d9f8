// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/tsc.h>
#include <entry/protocol/protocol.h>
#include <kernel/entry_log.h>
#include <kernel/isolation.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <tests/scenarios/interruptions.h>
#include <tests/scenarios/noise_report.h>
#include <tests/scenarios/programs.h>

/* Above a percentile lies one look in so many. */
static const struct {
	const char *key, *head;
	u32 one_in;
} percentiles[] = {
	{"p50_ns", "p50", 2},
	{"p99_ns", "p99", 100},
	{"p999_ns", "p99.9", 1000},
	{"p9999_ns", "p99.99", 10000},
	{"p99999_ns", "p99.999", 100000},
	{"p999999_ns", "p99.9999", 1000000},
};

#define PERCENTILES ARRAY_SIZE(percentiles)

/* Of one CPU. */
struct row {
	u64 runtime_ns, noise_ns, max_ns;
	u64 percentile_ns[PERCENTILES]; /* 0: not enough looks to say */
	u64 gaps[GAP_CAUSES], nr_gaps;	/* without an entry: those that no SMI explains */
	u64 smis, gaps_smi;
	struct interruptions in;
};

static struct floor {
	u64 runtime_ns, noise_ns, max_ns;
} floors[NR_CPUS];

struct user_noise *noise_of(unsigned int cpu)
{
	return user_noise(user_data(cpu));
}

/* The end of the lowest bin above which lies no more than the share; the longest where that is less. */
static u64 percentile(const struct user_noise *noise, u32 one_in, u64 max_ns)
{
	u64 above = noise->all.over, bin = NOISE_BINS;

	if (noise->looks < one_in)
		return 0;
	while (bin && above + noise->all.bins[bin - 1] <= noise->looks / one_in)
		above += noise->all.bins[--bin];
	return min(noise_bin_ns(bin), max_ns);
}

static void take_row(struct row *row, unsigned int cpu)
{
	const struct user_page *page = user_data(cpu);
	const struct user_noise *noise = noise_of(cpu);
	unsigned int i;

	*row = (struct row){
		.runtime_ns = tsc_to_ns(noise->until - noise->since),
		.noise_ns = tsc_to_ns(noise->noise),
		.max_ns = tsc_to_ns(noise->worst[0].cycles),
		.smis = user_smis(cpu),
	};
	for (i = 0; i < PERCENTILES; i++)
		row->percentile_ns[i] = percentile(noise, percentiles[i].one_in, row->max_ns);
	for (i = 0; i < GAP_CAUSES; i++) {
		row->gaps[i] = page->gaps[i];
		row->nr_gaps += page->gaps[i];
	}
	if (row->smis != SMIS_UNKNOWN)
		row->gaps_smi = min(row->smis, row->gaps[GAP_OUTSIDE]);
	row->gaps[GAP_OUTSIDE] -= row->gaps_smi;
	interruptions_add(&row->in, cpu);
}

void noise_keep_floor(void)
{
	struct row row;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (!cpu_isolated[cpu])
			continue;
		take_row(&row, cpu);
		floors[cpu] = (struct floor){row.runtime_ns, row.noise_ns, row.max_ns};
	}
}

static size_t print_causes(char *buf, size_t size, u32 causes)
{
	unsigned int cause;
	size_t len = 0;

	if (!causes)
		return scnprintf(buf, size, "none");
	for (cause = 0; cause < GAP_CAUSES; cause++)
		if (causes & BIT(cause))
			len += scnprintf(buf + len, size - len, "%s%s", len ? "+" : "",
					 gap_cause_name(cause));
	return len;
}

size_t noise_why(char *buf, size_t size, const struct user_gap *gap)
{
	size_t len;

	if (!gap->causes)
		return scnprintf(buf, size, "nothing, its looks at the clock are so far apart");
	if (!gap->entries)
		return scnprintf(buf, size, "hardware or hypervisor, no entry into the kernel");
	len = print_causes(buf, size, gap->causes);
	return len + scnprintf(buf + len, size - len, ", the last of %u by %s (vector 0x%02x)",
			       gap->entries, vector_name(gap->vector), gap->vector);
}

static void print_result(const struct noise_run *run, unsigned int cpu, const struct row *row)
{
	const struct user_noise *noise = noise_of(cpu);
	const struct interruptions *in = &row->in;
	char shares[256], load[64], smi[24] = "unknown";
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < PERCENTILES; i++)
		if (row->percentile_ns[i])
			len += scnprintf(shares + len, sizeof(shares) - len, "%s=%lu ",
					 percentiles[i].key, row->percentile_ns[i]);
		else
			len += scnprintf(shares + len, sizeof(shares) - len, "%s=unknown ",
					 percentiles[i].key);
	/* 0 of what was not asked for would look like a load that failed. */
	len = 0;
	load[0] = '\0';
	if (run->pokes_some)
		len += scnprintf(load, sizeof(load), " pokes=%lu", run->stats.pokes);
	if (run->flushes_some)
		scnprintf(load + len, sizeof(load) - len, " flushes=%lu", run->flushes);
	if (row->smis != SMIS_UNKNOWN)
		scnprintf(smi, sizeof(smi), "%lu", row->smis);
	report_result(NULL,
		      "cpu=%u role=isolated load=%s sync=%s runtime_ns=%lu noise_ns=%lu max_ns=%lu "
		      "%sfloor_ns=%lu interrupts=%lu nmi=%lu ipi=%lu tick=%lu smi=%s foreign=%lu "
		      "entries=%lu looks=%lu look_ns=%lu gaps=%lu gaps_ipi=%lu gaps_nmi=%lu "
		      "gaps_tick=%lu gaps_entry=%lu gaps_smi=%lu gaps_outside=%lu "
		      "floor_noise_ns=%lu floor_runtime_ns=%lu protocol=%s%s",
		      cpu, run->load, run->sync, row->runtime_ns, row->noise_ns, row->max_ns,
		      shares, floors[cpu].max_ns, in->interrupts, in->nmi, in->ipi, in->tick, smi,
		      in->foreign, noise->entries, noise->looks, tsc_to_ns(noise->shortest),
		      row->nr_gaps, row->gaps[GAP_IPI], row->gaps[GAP_NMI], row->gaps[GAP_TICK],
		      row->gaps[GAP_ENTRY], row->gaps_smi, row->gaps[GAP_OUTSIDE],
		      floors[cpu].noise_ns, floors[cpu].runtime_ns, protocol_selected()->name,
		      load);
}

/* Bins two by two. One that is empty is printed where it ends the one before. */
static void print_histogram(const struct noise_run *run, unsigned int cpu, const char *part,
			    const struct noise_histogram *histogram)
{
	static char text[REPORT_LINE_MAX - 256];
	bool before = false;
	size_t len = 0;
	u64 bin, count;

	for (bin = 0; bin < NOISE_BINS; bin += 2) {
		count = histogram->bins[bin] + histogram->bins[bin + 1];
		if (count || before)
			len += scnprintf(text + len, sizeof(text) - len, "%lu:%lu ",
					 noise_bin_ns(bin), count);
		before = count;
	}
	text[len] = '\0';
	report_info("histogram test=noise cpu=%u load=%s sync=%s%s %sover:%lu", cpu, run->load,
		    run->sync, part, text, histogram->over);
}

static void print_outliers(const struct noise_run *run, unsigned int cpu)
{
	const struct user_noise *noise = noise_of(cpu);
	const struct user_gap *gap;
	char causes[64], vector[16];

	for (gap = noise->worst; gap < noise->worst + NOISE_WORST && gap->cycles; gap++) {
		print_causes(causes, sizeof(causes), gap->causes);
		scnprintf(vector, sizeof(vector), gap->entries ? "0x%02x" : "none", gap->vector);
		report_info(
			"outlier test=noise cpu=%u load=%s sync=%s at_ns=%lu gap_ns=%lu cause=%s "
			"entries=%u vector=%s",
			cpu, run->load, run->sync, tsc_to_ns(gap->at - run->since),
			tsc_to_ns(gap->cycles), causes, gap->entries, vector);
	}
}

static size_t print_us(char *buf, size_t size, int width, u64 ns)
{
	return scnprintf(buf, size, " %*lu.%lu", width - 2, ns / 1000, ns % 1000 / 100);
}

static void print_head(const struct noise_run *run)
{
	char line[256];
	size_t len = 0;
	unsigned int i;

	report_info(
		"noise: load=%s (%lu pokes, %lu flushes), sync=%s; times in us, p50 and so on of the "
		"time between two looks",
		run->load, run->stats.pokes, run->flushes, run->sync);
	for (i = 0; i < PERCENTILES; i++)
		len += scnprintf(line + len, sizeof(line) - len, " %9s", percentiles[i].head);
	report_info("%3s %12s %12s %9s %9s %9s%s %6s %6s %6s %6s %6s %7s", "CPU", "Runtime",
		    "Noise", "% Avail", "Floor", "Max", line, "HW", "SMI", "NMI", "IPI", "Tick",
		    "Foreign");
}

static void print_row(unsigned int cpu, const struct row *row)
{
	u64 noise_ppm = row->runtime_ns ? row->noise_ns / (row->runtime_ns / 1000000 + 1) : 0;
	char line[256];
	size_t len;
	unsigned int i;

	noise_ppm = min(noise_ppm, 1000000ul);
	len = print_us(line, sizeof(line), 12, row->runtime_ns);
	len += print_us(line + len, sizeof(line) - len, 12, row->noise_ns);
	len += scnprintf(line + len, sizeof(line) - len, " %4lu.%04lu",
			 (1000000 - noise_ppm) / 10000, (1000000 - noise_ppm) % 10000);
	len += print_us(line + len, sizeof(line) - len, 9, floors[cpu].max_ns);
	len += print_us(line + len, sizeof(line) - len, 9, row->max_ns);
	for (i = 0; i < PERCENTILES; i++)
		if (row->percentile_ns[i])
			len += print_us(line + len, sizeof(line) - len, 9, row->percentile_ns[i]);
		else
			len += scnprintf(line + len, sizeof(line) - len, " %9s", "-");
	report_info("%3u%s %6lu %6lu %6lu %6lu %6lu %7lu", cpu, line, row->gaps[GAP_OUTSIDE],
		    row->gaps_smi, row->in.nmi, row->in.ipi, row->in.tick, row->in.foreign);
}

void noise_print(const struct noise_run *run)
{
	static struct row row;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (!cpu_isolated[cpu])
			continue;
		take_row(&row, cpu);
		print_result(run, cpu, &row);
		print_histogram(run, cpu, "", &noise_of(cpu)->all);
		if (row.nr_gaps > row.gaps[GAP_OUTSIDE] + row.gaps_smi)
			print_histogram(run, cpu, " part=interrupted", &noise_of(cpu)->interrupted);
		print_outliers(run, cpu);
	}
	print_head(run);
	for_each_online_cpu(cpu) {
		if (!cpu_isolated[cpu])
			continue;
		take_row(&row, cpu);
		print_row(cpu, &row);
	}
}
