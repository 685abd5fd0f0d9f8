// SPDX-License-Identifier: BSD-2-Clause
/*
 * What stands on screens of every size, with the live view, after a run and after a panic: read back from
 * what was drawn, none of it outside of the screen. Cells are drawn a few with each tick, on a clock that
 * the test moves.
 */
#include <stdlib.h>
#include <arch/x86_64/percpu.h>
#include <tests/host/lib/tap.h>

static struct cpu_entry_area areas[NR_CPUS];
#define cpu_entry_area(cpu) (&areas[cpu])
#include "../../kernel/lib/printf.c"
#include "../../kernel/live.c"
#include "../../kernel/screen.c"

#define TICKS_A_SECOND TICK_HZ

static struct drawn {
	char c;
	u32 front, back;
	u8 glyph[GLYPH_HEIGHT];
} grid[ROWS_MAX][COLUMNS_MAX];

static unsigned int outside, drawn_in_tick, most_in_tick;
static bool expected;
static u64 clock_ns = 5000000000, violations, batches;

struct boot_info boot_info;
struct cpu cpus[NR_CPUS];
unsigned int nr_cpus;
u8 cpu_online[NR_CPUS], cpu_isolated[NR_CPUS];

const char *framebuffer_init(const struct boot_framebuffer *fb)
{
	return NULL;
}

void framebuffer_map(void)
{
}

void framebuffer_glyph(u32 px, u32 py, const u8 glyph[GLYPH_HEIGHT], u32 by, u32 front, u32 back)
{
	struct drawn *at =
		&grid[py / GLYPH_HEIGHT / by % ROWS_MAX][px / GLYPH_WIDTH / by % COLUMNS_MAX];

	drawn_in_tick++;
	outside += px + GLYPH_WIDTH * by > boot_info.framebuffer.width ||
		   py + GLYPH_HEIGHT * by > boot_info.framebuffer.height;
	*at = (struct drawn){'~', front, back, {}};
	memcpy(at->glyph, glyph, GLYPH_HEIGHT);
	if (glyph >= screen_font[0] && glyph <= screen_font[ARRAY_SIZE(screen_font) - 1])
		at->c = (char)(FIRST_GLYPH + (glyph - screen_font[0]) / GLYPH_HEIGHT);
}

void framebuffer_fill(u32 px, u32 py, u32 width, u32 height, u32 rgb)
{
}

void vga_text_put(u32 column, u32 row, char c, u8 attribute)
{
	drawn_in_tick++;
	outside += column >= boot_info.framebuffer.width || row >= boot_info.framebuffer.height;
	grid[row % ROWS_MAX][column % COLUMNS_MAX] =
		(struct drawn){c, attribute & 15, attribute >> 4, {}};
}

u64 ns_to_tsc(u64 ns)
{
	return 0; /* each tick has taken too long at once */
}

u64 tsc_to_ns(u64 cycles)
{
	return cycles;
}

u64 now_ns(void)
{
	return clock_ns;
}

u64 tests_left_ns(void)
{
	return 3725000000000;
}

bool report_violations_wanted(void)
{
	return expected;
}

u64 report_violations(void)
{
	return violations;
}

static u64 bad_on_3; /* of violations */

u64 report_violations_of(unsigned int cpu)
{
	return cpu == 3 ? bad_on_3 : 0;
}

size_t report_where(char *buf, size_t size)
{
	return (size_t)scnprintf(buf, size, "test defer, step patching");
}

const char *report_status_name(int status)
{
	return status == 0 ? "PASS" : status == 1 ? "FAIL" : status == 3 ? "ERROR" : "CRASH";
}

void report_info(const char *fmt, ...)
{
}

struct text_poke_counts text_poke_counts(void)
{
	return (struct text_poke_counts){batches, 0};
}

struct sync_counts sync_counts(unsigned int cpu)
{
	return (struct sync_counts){cpu * 1000003ul, 0, 0};
}

unsigned int nr_isolated(void)
{
	return nr_cpus / 2;
}

const struct protocol *protocol_selected(void)
{
	return NULL;
}

bool protocol_keeps_signal(const struct protocol *protocol)
{
	return true;
}

/* A row as it stands on the screen. */
static const char *row_at(unsigned int row)
{
	static char text[COLUMNS_MAX + 1];
	unsigned int column;

	for (column = 0; column < columns; column++)
		text[column] = grid[row][column].c;
	while (column && text[column - 1] == ' ')
		column--;
	text[column] = '\0';
	return text;
}

/* The first row that begins with @head; -1: none. */
static int row_with(const char *head)
{
	unsigned int row;

	for (row = 0; row < rows; row++)
		if (!strncmp(row_at(row), head, strlen(head)))
			return (int)row;
	return -1;
}

static void say(const char *fmt, unsigned int n)
{
	char text[200];
	int len = scnprintf(text, sizeof(text), fmt, n);

	if (!live_takes(text, (size_t)len))
		screen_write(text, (size_t)len);
}

static void ticks(unsigned int n)
{
	while (n--) {
		clock_ns += 1000000000 / TICKS_A_SECOND;
		drawn_in_tick = 0;
		live_tick();
		screen_tick();
		most_in_tick = max(most_in_tick, drawn_in_tick);
	}
}

static bool red(const struct drawn *at)
{
	return text_mode ? at->back == 4 : (at->back >> 16) > 0x80 && !(at->back & 0xffff);
}

/* The colour that @what has in the upper row. */
static bool bar_is_red(const char *what)
{
	const char *found = strstr(row_at(0), what);

	return found && red(&grid[0][found - row_at(0)]);
}

/* The letters of @word, six rows high, at the upper left. */
static bool large(const char *word)
{
	unsigned int i, row, column, x, y;
	const struct drawn *at;
	bool bit, lit;

	for (i = 0; word[i]; i++)
		for (row = 0; row < 12; row++)
			for (column = 0; column < GLYPH_WIDTH; column++) {
				bit = screen_font[word[i] - FIRST_GLYPH][row + 2] >> (7 - column) &
				      1;
				x = ((i * GLYPH_WIDTH + column) * 6 + 3);
				y = (row + 2) * 6 + 3;
				at = text_mode ? &grid[row / 2][i * GLYPH_WIDTH + column]
					       : &grid[y / GLYPH_HEIGHT][x / GLYPH_WIDTH];
				lit = text_mode ? (u8)at->c == 0xdb ||
							  (u8)at->c == (row % 2 ? 0xdc : 0xdf)
						: at->glyph[y % GLYPH_HEIGHT] >> (7 - x % 8) & 1;
				if (bit != lit)
					return false;
			}
	return true;
}

/* Where CPU 3 is said to be, on a screen with room for the long words. */
static bool place_is(const char *place, u32 tick_on, u32 idle, u32 s)
{
	cpus[3].tick_on = tick_on;
	cpus[3].idle = idle;
	areas[3].kernel_cr3_loaded = s;
	ticks(TICKS_A_SECOND);
	screen_flush();
	return !!strstr(row_at(HEAD_ROWS + 3), place);
}

static void row_of_cpu_3(void)
{
	ok(place_is(" user ", 0, 0, 0) && place_is(" kernel ", 0, 0, 1) &&
		   place_is(" idle ", 1, 1, 1) && place_is(" kernel ", 1, 0, 1),
	   "where a CPU is: %s", row_at(HEAD_ROWS + 3));
	areas[3].entries += 123456789;
	cpus[3].nmi_count += 42;
	place_is("", 1, 0, 1);
	ok(!!strstr(row_at(HEAD_ROWS + 3), "  123456789            0           42 "),
	   "what it counted since the test began: %s", row_at(HEAD_ROWS + 3));
}

/* At once, whatever page is being shown. */
static void show_cpu_3(void)
{
	unsigned int row;

	page = 0;
	for (row = 0; row < view_rows; row++)
		put_cpus(row);
	screen_flush();
}

static unsigned int red_cells(unsigned int row)
{
	unsigned int column, n = 0;

	for (column = 0; column < columns; column++)
		n += red(&grid[HEAD_ROWS + row][column]);
	return n;
}

static void row_with_violations(void)
{
	bad_on_3 = violations = 4711;
	show_cpu_3();
	ok(strstr(row_at(HEAD_ROWS + 3), "  4711") && red_cells(3) == BAD_WIDTH && !red_cells(0),
	   "violations of a CPU are red in its row, and in no other: %s", row_at(HEAD_ROWS + 3));
	expected = true;
	show_cpu_3();
	ok(strstr(row_at(HEAD_ROWS + 3), "  4711") && !red_cells(3),
	   "those that a test wants are not: %s", row_at(HEAD_ROWS + 3));
	expected = false;
	bad_on_3 = violations = 0;
}

/* How many CPUs have had a row of the view, once all pages were turned. */
static unsigned int cpus_seen(void)
{
	u8 seen[NR_CPUS] = {};
	unsigned int second, row, block, cpu, sum = 0;
	const char *text;
	char *end;

	for (second = 0; second <= nr_pages() * PAGE_SECONDS; second++) {
		ticks(TICKS_A_SECOND);
		screen_flush();
		for (row = 0; row < view_rows; row++)
			for (block = 0; block < blocks; block++) {
				text = row_at(HEAD_ROWS + row) + block * NARROW_COLUMNS;
				cpu = (unsigned int)strtoul(text, &end, 10);
				if (end != text && cpu < nr_cpus &&
				    strstr(end, cpu_isolated[cpu] ? " iso" : " h") == end)
					seen[cpu] = 1;
			}
	}
	for (cpu = 0; cpu < NR_CPUS; cpu++)
		sum += seen[cpu];
	return sum;
}

static const struct size {
	u32 width, height;
	u8 type;
} sizes[] = {
	{40, 25, BOOT_FB_TEXT},	   {80, 25, BOOT_FB_TEXT},    {132, 60, BOOT_FB_TEXT},
	{320, 200, BOOT_FB_RGB},   {640, 480, BOOT_FB_RGB},   {800, 600, BOOT_FB_RGB},
	{1920, 1080, BOOT_FB_RGB}, {3840, 2160, BOOT_FB_RGB}, {16384, 16384, BOOT_FB_RGB},
};

static void start(const struct size *size, unsigned int count)
{
	unsigned int cpu;

	boot_info.framebuffer = (struct boot_framebuffer){
		.width = size->width, .height = size->height, .type = size->type, .bits = 32};
	nr_cpus = count;
	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		cpu_online[cpu] = cpu < count;
		cpu_isolated[cpu] = cpu >= count / 2;
	}
	view_rows = nr_bad_lines = page = 0;
	lost = on_page = tick_draws = false;
	violations = outside = most_in_tick = 0;
	memset(grid, 0, sizeof(grid));
	screen_init();
	say("KTAP version 1\n", 0);
	screen_leave_to_tick();
	live_start();
}

static void view(const struct size *size, unsigned int count)
{
	unsigned int seen, i;
	bool has_view = size->width >= (size->type == BOOT_FB_TEXT ? 80 : 640);

	start(size, count);
	ok(!!view_rows == has_view, "%u x %u, %u CPUs: %s", size->width, size->height, count,
	   has_view ? "there is a view" : "too small for a view");
	for (i = 0; i < 300; i++)
		say("line %u\n", i);
	say("# test defer\n", 0);
	say("# progress test=defer pokes=%u\n", 77);
	ticks(3 * TICKS_A_SECOND);
	screen_flush();
	ok(row_with("line 299") > 0 && row_with("line 299") >= (int)(rows * 2 / 5),
	   "the report goes on below it: %d", row_with("line 299"));
	ok((row_with("pokes=77") == 1) == has_view && (row_with("# progress") > 0) == !has_view,
	   "what a test says of its progress stands in the view, or else in the report");
	if (has_view) {
		ok(strstr(row_at(0), "test defer, step patching") &&
			   strstr(row_at(0), "left 1:02:05"),
		   "the bar: %s", row_at(0));
		ok(!bar_is_red("violations 0"), "no violation: nothing is red");
		violations = 3;
		ticks(TICKS_A_SECOND);
		screen_flush();
		ok(bar_is_red("violations 3") && !bar_is_red("left"), "violations are red");
		expected = true;
		ticks(2 * TICKS_A_SECOND);
		screen_flush();
		ok(strstr(row_at(0), "violations 3, expected") && !bar_is_red("violations"),
		   "those that a test wants are not");
		expected = false;
		seen = cpus_seen();
		ok(seen == count, "each CPU has its row: %u", seen);
		if (count == 4)
			row_of_cpu_3();
		if (count > 3 && view_rows > 3)
			row_with_violations();
		ok(most_in_tick <= TICK_DRAWN, "no tick draws more than it may: %u", most_in_tick);
	}
	say("not ok 1 defer # FAIL %u\n", 5);
	say("# verdict FAIL pass=0 fail=1\n", 0);
	live_end(1);
	screen_flush();
	ok(has_view && rows >= MIN_ROWS ? large("FAIL") : !!strstr(row_at(0), "FAIL"),
	   "the verdict stands above it");
	ok(row_with("# verdict FAIL") > 0, "the report's end is below");
	ok(!has_view || strstr(row_at(2), "not ok 1 defer"), "and beside it what failed: %s",
	   row_at(2));
	ok(!outside, "nothing is drawn outside: %u", outside);
}

/* @printed lines beside the first one and the last. */
static void panic_page(const struct size *size, unsigned int printed)
{
	unsigned int i, room, shown = 0;
	char text[32];

	start(size, 4);
	say("line %u\n", 0);
	live_lost("panic");
	room = screen_report_rows() - 3; /* a line before, one after, and the next one's place */
	say("# panic: the reason\n", 0);
	for (i = 1; i <= printed; i++)
		say("frame %u\n", i);
	say("# verdict CRASH\n", 0);
	ticks(20 * TICKS_A_SECOND);
	drawn_in_tick = 0;
	screen_flush();
	ok(!drawn_in_tick, "ticks draw all of it: %u cells are left", drawn_in_tick);
	screen_panel_put(0, 0, SCREEN_BAD, "once more");
	ticks(TICKS_A_SECOND);
	ok(!strcmp(row_at(0), "once more"), "and what comes to the panel alone");
	live_end(4);
	screen_flush();
	for (i = 1; i <= printed; i++) {
		scnprintf(text, sizeof(text), "frame %u", i);
		shown += row_with(text) > 0;
	}
	ok(row_with("# panic: the reason") > 0 && row_with("# verdict CRASH") > 0 &&
		   row_with("line 0") < 0,
	   "%u x %u: a panic's page with its first and its last line", size->width, size->height);
	ok(printed > room ? row_with("...") > 0 && shown + 2 >= room : shown == printed,
	   "%u of %u lines between", shown, printed);
	ok(rows >= ROOMY && columns >= MIN_COLUMNS ? large("CRASH") : !!strstr(row_at(0), "CRASH"),
	   "its verdict stands above it");
	ok(!outside, "nothing is drawn outside");
}

int main(void)
{
	static const unsigned int counts[] = {1, 4, 24, 256};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (j = 0; j < ARRAY_SIZE(counts); j++)
			view(&sizes[i], counts[j]);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (j = 1; j < 400; j *= 3)
			panic_page(&sizes[i], j);
	return done_testing();
}
