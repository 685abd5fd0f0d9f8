// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/tsc.h>
#include <entry/protocol/protocol.h>
#include <entry/user_abi.h>
#include <kernel/isolation.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/live.h>
#include <kernel/report.h>
#include <kernel/report_line.h>
#include <kernel/screen.h>
#include <kernel/test.h>
#include <kernel/tick.h>

#define MIN_COLUMNS   80 /* smaller screens have the report alone, and the verdict in one row */
#define MIN_ROWS      24
#define ROOMY	      40 /* rows that hold large letters beside a panic */
#define HEAD_ROWS     3	 /* of the view, above the CPUs; one more parts it from the report */
#define PAGE_SECONDS  2
#define TEXT_MAX      200
#define BAD_LINES_MAX 4

/* How a CPU's row looks: one below the other, or in columns where there are too many. */
static const struct form {
	const char *roles[2]; /* housekeeping, isolated */
	const char *places[3];
	u8 role, place, count, few, time;
	u8 bad; /* where violations stand: behind the gap, or in its place */
} wide = {{"housekeeping", "isolated"}, {"idle", "user", "kernel"}, 12, 6, 14, 12, 8, 74},
  narrow = {{"hk", "iso"}, {"idle", "user", "kern"}, 3, 4, 7, 5, 6, 33};
#define BAD_WIDTH      6
#define NARROW_COLUMNS 40

enum place {
	IDLE,
	USER,
	KERNEL,
};

static struct counts {
	u64 entries, ipis, nmis;
} before[NR_CPUS]; /* as the test began */

static const struct form *form;
static unsigned int view_rows; /* with CPUs; 0: there is no view */
static unsigned int blocks, page;
static u64 start_ns, bar_ns, bar_pokes; /* and when the bar was made, after so many pokes */
static char progress[TEXT_MAX];

/* For the end. */
static char bad_lines[BAD_LINES_MAX][TEXT_MAX], verdict_line[TEXT_MAX];
static unsigned int nr_bad_lines;
static bool lost;

static struct counts counts_of(unsigned int cpu)
{
	return (struct counts){READ_ONCE(cpu_entry_area(cpu)->entries), sync_counts(cpu).sent,
			       READ_ONCE(cpus[cpu].nmi_count)};
}

/* By S where the protocol keeps it; else a program counts as in user mode all the while. */
static enum place place_of(unsigned int cpu)
{
	if (READ_ONCE(cpus[cpu].tick_on))
		return READ_ONCE(cpus[cpu].idle) ? IDLE : KERNEL;
	return protocol_keeps_signal(protocol_selected()) &&
			       READ_ONCE(cpu_entry_area(cpu)->kernel_cr3_loaded)
		       ? KERNEL
		       : USER;
}

/* Right-aligned, in thousands or more where it does not fit. */
static void put_count(char *buf, size_t size, u64 value, unsigned int width)
{
	static const char units[] = " kMGTPE";
	unsigned int unit = 0, digits = 1;
	u64 v;

	for (v = value; v >= 10; v /= 10)
		digits++;
	while (digits + (unit > 0) > width && unit < sizeof(units) - 2) {
		value /= 1000;
		digits = digits > 3 ? digits - 3 : 1;
		unit++;
	}
	if (unit)
		scnprintf(buf, size, "%*lu%c", (int)width - 1, value, units[unit]);
	else
		scnprintf(buf, size, "%*lu", (int)width, value);
}

static void put_time(char *buf, size_t size, u64 ns)
{
	static const char *const units[] = {"ns", "us", "ms", "s"};
	unsigned int unit = 0;
	u64 rest = 0;

	for (; ns >= 1000 && unit < ARRAY_SIZE(units) - 1; ns /= 1000) {
		rest = ns % 1000;
		unit++;
	}
	if (ns < 100 && unit)
		scnprintf(buf, size, "%lu.%lu%s", ns, rest / 100, units[unit]);
	else
		scnprintf(buf, size, "%lu%s", ns, units[unit]);
}

/* Of this CPU in this test, if there are any; red, unless the test wants them. */
static void put_bad(unsigned int row, unsigned int column, unsigned int cpu)
{
	u64 bad = report_violations_of(cpu);
	char text[24];

	if (!bad)
		return;
	put_count(text, sizeof(text), bad, BAD_WIDTH);
	screen_panel_put(row, column + form->bad,
			 report_violations_wanted() ? SCREEN_BAR
						    : SCREEN_RED_BAR, /* @live.cpu-red */
			 text);
	screen_panel_put(row, column + form->bad + BAD_WIDTH, SCREEN_PLAIN, "");
}

static void put_cpu(unsigned int row, unsigned int column, unsigned int cpu)
{
	char entries[24] = "-", ipis[24], nmis[24], gap[24] = "-", text[96];
	const struct user_page *program = cpus[cpu].user_page;
	struct counts now = counts_of(cpu); /* @live.quiet */
	bool isolated = cpu_isolated[cpu];
	u64 cycles = program ? READ_ONCE(program->gap_max) : 0;

	if (isolated)
		put_count(entries, sizeof(entries), now.entries - before[cpu].entries, form->count);
	put_count(ipis, sizeof(ipis), now.ipis - before[cpu].ipis, form->few);
	put_count(nmis, sizeof(nmis), now.nmis - before[cpu].nmis, form->few);
	if (cycles)
		put_time(gap, sizeof(gap), tsc_to_ns(cycles));
	scnprintf(text, sizeof(text), "%3u %-*s %-*s %*s %s %s %*s", cpu, form->role,
		  form->roles[isolated], form->place, form->places[place_of(cpu)], form->count,
		  entries, ipis, nmis, form->time, gap);
	screen_panel_put(row, column, isolated ? SCREEN_PLAIN : SCREEN_QUIET, text);
	put_bad(row, column, cpu);
}

static void put_cpus(unsigned int row)
{
	unsigned int block, cpu;

	screen_panel_put(HEAD_ROWS + row, 0, SCREEN_PLAIN, "");
	for (block = 0; block < blocks; block++) {
		cpu = (page * blocks + block) * view_rows + row;
		if (cpu < nr_cpus && READ_ONCE(cpu_online[cpu]))
			put_cpu(HEAD_ROWS + row, block * NARROW_COLUMNS, cpu);
	}
}

static void put_head(void)
{
	unsigned int block;
	char text[96];

	scnprintf(text, sizeof(text), "%3s %-*s %-*s %*s %*s %*s %*s%s", "CPU", form->role,
		  form == &wide ? "role" : "", form->place, "in", form->count, "entries", form->few,
		  "IPIs", form->few, "NMIs", form->time, "gap", form == &wide ? "  viol." : "");
	for (block = 0; block < blocks; block++)
		screen_panel_put(2, block * NARROW_COLUMNS, SCREEN_BAR, text);
}

static unsigned int nr_pages(void)
{
	return (nr_cpus + blocks * view_rows - 1) / (blocks * view_rows);
}

/* The uppermost two rows. Once a second. */
static void put_bar(void)
{
	u64 now = now_ns(), pokes = text_poke_counts().batches, violations = report_violations();
	bool wanted = report_violations_wanted(), red = violations && !wanted; /* @live.red */
	u64 left = (tests_left_ns() + 999999999) / 1000000000;
	char text[TEXT_MAX], rates[80];
	unsigned int column;

	report_where(text, sizeof(text));
	screen_panel_put(0, 0, SCREEN_BAR, text);
	scnprintf(text, sizeof(text), wanted ? " violations %lu, expected " : " violations %lu ",
		  violations);
	scnprintf(rates, sizeof(rates), " pokes/s %lu  left %lu:%02lu:%02lu  page %u/%u",
		  (pokes - bar_pokes) * 1000000000 / (now - bar_ns + 1), left / 3600,
		  left / 60 % 60, left % 60, page + 1, nr_pages());
	column = screen_columns() - (unsigned int)(strlen(text) + strlen(rates));
	screen_panel_put(0, column, red ? SCREEN_RED_BAR : SCREEN_BAR, text);
	column += (unsigned int)strlen(text);
	screen_panel_put(0, column, SCREEN_BAR, rates);
	screen_panel_put(1, 0, SCREEN_QUIET, progress);
	bar_pokes = pokes;
	bar_ns = now;
}

void live_start(void)
{
	unsigned int columns = screen_columns(), most = screen_rows() / 2 - HEAD_ROWS - 1;
	unsigned int row;

	start_ns = bar_ns = now_ns();
	bar_pokes = text_poke_counts().batches; /* start-up patches, too */
	if (columns < MIN_COLUMNS || screen_rows() < MIN_ROWS)
		return;
	form = nr_cpus <= most ? &wide : &narrow;
	blocks = form == &wide ? 1 : min(columns / NARROW_COLUMNS, (nr_cpus + most - 1) / most);
	screen_panel(HEAD_ROWS + min(most, (nr_cpus + blocks - 1) / blocks) + 1);
	view_rows = min(most, (nr_cpus + blocks - 1) / blocks);
	put_bar();
	put_head();
	for (row = 0; row < view_rows; row++)
		put_cpus(row);
	screen_flush();
}

void live_tick(void)
{
	static unsigned int row, seconds;

	if (!READ_ONCE(view_rows))
		return;
	if (now_ns() - bar_ns >= 1000000000) {
		put_bar();
		if (++seconds % PAGE_SECONDS == 0)
			page = (page + 1) % nr_pages(); /* @live.turn */
	}
	if (row < view_rows)
		put_cpus(row);
	row = (row + 1) % max((unsigned int)TICK_HZ, view_rows);
}

static bool begins(const char *s, size_t len, const char *head)
{
	return len >= strlen(head) && !memcmp(s, head, strlen(head));
}

/* Without @skip bytes of its head and the line's end. */
static void keep(char buf[TEXT_MAX], const char *s, size_t len, size_t skip)
{
	size_t n = min(len - skip, (size_t)TEXT_MAX - 1);

	memcpy(buf, s + skip, n);
	buf[n] = '\0';
	if (n && buf[n - 1] == '\n')
		buf[n - 1] = '\0';
}

/* How long the first @n words are, with their blanks. */
static size_t words(const char *s, size_t len, unsigned int n)
{
	size_t i;

	for (i = 0; i < len && n; i++)
		n -= s[i] == ' ';
	return i;
}

bool live_takes(const char *s, size_t len)
{
	unsigned int cpu;

	if (view_rows && begins(s, len, "# progress ")) {
		keep(progress, s, len, words(s, len, 3)); /* the test's name stands above it */
		return true;				  /* @live.progress */
	}
	if (view_rows && begins(s, len, "# test ")) {
		for_each_online_cpu(cpu)
			before[cpu] = counts_of(cpu); /* @live.since */
		progress[0] = '\0';
	}
	if (begins(s, len, "not ok ") && nr_bad_lines < BAD_LINES_MAX)
		keep(bad_lines[nr_bad_lines++], s, len, 0);
	if (begins(s, len, "# verdict "))
		keep(verdict_line, s, len, 2);
	return false;
}

static bool roomy(void)
{
	return screen_rows() >= ROOMY && screen_columns() >= MIN_COLUMNS;
}

void live_lost(const char *word)
{
	WRITE_ONCE(view_rows, 0);
	lost = true;
	screen_panel(roomy() ? SCREEN_LARGE + 1 : 1);
	screen_panel_put(0, 0, SCREEN_RED_BAR, word);
	screen_page();
}

static void put_summary(unsigned int column)
{
	unsigned int row = 0, i;
	char text[TEXT_MAX];

	screen_panel_put(row++, column, SCREEN_PLAIN, verdict_line);
	if (start_ns) {
		scnprintf(text, sizeof(text), "%u CPUs, %u isolated, %lu s", nr_cpus, nr_isolated(),
			  (now_ns() - start_ns) / 1000000000);
		screen_panel_put(row++, column, SCREEN_QUIET, text);
	}
	for (i = 0; i < nr_bad_lines; i++)
		screen_panel_put(row++, column, SCREEN_BAD, bad_lines[i]);
}

void live_end(int status)
{
	const char *word = report_status_name(status);
	enum screen_colour colour = status == 0	   ? SCREEN_GOOD
				    : status == 77 ? SCREEN_WARN
						   : SCREEN_BAD;
	bool large = screen_columns() >= MIN_COLUMNS && screen_rows() >= MIN_ROWS;
	char text[TEXT_MAX];

	WRITE_ONCE(view_rows, 0);
	if (lost && !roomy())
		large &= screen_page_rows() + SCREEN_LARGE + 1 <= screen_rows();
	if (large) {
		screen_panel(SCREEN_LARGE + 1);
		put_summary(screen_panel_large(colour, word) + 2);
		return;
	}
	screen_panel(1);
	scnprintf(text, sizeof(text), "%s  %s", word, verdict_line);
	screen_panel_put(0, 0, status == 0 ? SCREEN_BAR : SCREEN_RED_BAR, text);
}
