// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/framebuffer.h>
#include <arch/x86_64/tsc.h>
#include <boot/bootinfo.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <kernel/screen.h>

#define COLUMNS_MAX SCREEN_COLUMNS_MAX
#define ROWS_MAX    160
#define PANEL_MAX   (ROWS_MAX / 2)
#define LAST_ROWS   4	  /* of a page that is full: its end scrolls in these */
#define TICK_NS	    50000 /* for drawing with one tick: 0.25 % of CPU 0's time */
#define TICK_DRAWN  32	  /* small letters, drawn with one tick even where that is slower */
#define FIRST_GLYPH ' '
#define PARTS_A_ROW GLYPH_WIDTH

const u8 screen_font[][GLYPH_HEIGHT] = {
#include <font.inc>
};

static const struct {
	u32 front, back;
	u8 vga;
} colours[] = {
	[SCREEN_PLAIN] = {0xd0d0d0, 0, 0x07},	       [SCREEN_QUIET] = {0x8090a0, 0, 0x03},
	[SCREEN_GOOD] = {0x50d050, 0, 0x0a},	       [SCREEN_BAD] = {0xff5050, 0, 0x0c},
	[SCREEN_WARN] = {0xe0c040, 0, 0x0e},	       [SCREEN_BAR] = {0x000000, 0x8090a0, 0x30},
	[SCREEN_RED_BAR] = {0xffffff, 0xb00000, 0x4f},
};

struct cell {
	char c;
	u8 colour;
	u8 part; /* of a large letter, from 1 on; 0: all of a small one */
	u8 unused;
};

static struct cell lines[ROWS_MAX][COLUMNS_MAX], shown[ROWS_MAX][COLUMNS_MAX];
static struct cell panel[PANEL_MAX][COLUMNS_MAX];
static u32 columns, rows, scale, panel_rows;
static u32 top;		     /* which of lines[] is the uppermost on the screen */
static u32 x, y;	     /* where the next character goes; y counts from top */
static u32 next;	     /* the row that screen_tick() looks at next */
static bool stale[ROWS_MAX]; /* rows that may have to be drawn */
static bool text_mode, tick_draws, on_page;

bool screen_init(void)
{
	const struct boot_framebuffer *fb = &boot_info.framebuffer;
	const char *why;

	columns = 0;
	if (!fb->width)
		return false;
	why = framebuffer_init(fb);
	if (why) {
		report_info("screen: not used, the loader gives %s (%u x %u, %u bits, type %u)",
			    why, fb->width, fb->height, fb->bits, fb->type);
		return false;
	}
	text_mode = fb->type == BOOT_FB_TEXT;
	/* Letters of 8 x 16 pixels on 1080 lines and below; twice as large on more. */
	scale = text_mode ? 1 : 1 + (fb->height > 1200);
	columns = text_mode ? fb->width : fb->width / (GLYPH_WIDTH * scale);
	rows = text_mode ? fb->height : fb->height / (GLYPH_HEIGHT * scale);
	columns = min(columns, (u32)COLUMNS_MAX);
	rows = min(rows, (u32)ROWS_MAX);
	panel_rows = next = 0;
	screen_clear();
	screen_redraw();
	return true;
}

unsigned int screen_columns(void)
{
	return columns;
}

unsigned int screen_rows(void)
{
	return rows;
}

unsigned int screen_report_rows(void)
{
	return rows - panel_rows;
}

void screen_off(void)
{
	columns = rows = panel_rows = 0;
}

void screen_map(void)
{
	if (columns)
		framebuffer_map();
}

/* By how a line of the report begins. */
static enum screen_colour colour_of(const char *s, size_t len)
{
	static const struct {
		const char *head;
		enum screen_colour colour;
	} heads[] = {
		{"not ok ", SCREEN_BAD},	 {"ok ", SCREEN_GOOD},
		{"error: ", SCREEN_BAD},	 {"# violation ", SCREEN_BAD},
		{"# panic", SCREEN_BAD},	 {"# hang", SCREEN_BAD},
		{"# error", SCREEN_BAD},	 {"# warning", SCREEN_WARN},
		{"# expected ", SCREEN_QUIET},	 {"# progress ", SCREEN_QUIET},
		{"# config ", SCREEN_QUIET},	 {"# verdict PASS", SCREEN_GOOD},
		{"# verdict SKIP", SCREEN_WARN}, {"# verdict ", SCREEN_BAD},
	};
	unsigned int i;
	size_t n;

	for (i = 0; i < ARRAY_SIZE(heads); i++) {
		n = strlen(heads[i].head);
		if (len >= n && !memcmp(s, heads[i].head, n))
			return heads[i].colour;
	}
	return SCREEN_PLAIN;
}

/* A page keeps its beginning: what does not fit is left out before its last rows. */
static void scroll_page(void)
{
	u32 have = screen_report_rows(), i;
	u32 from = have > 2 * LAST_ROWS ? have - LAST_ROWS : 0; /* @screen.page */

	memmove(lines[from], lines[from + 1], (have - 1 - from) * sizeof(lines[0]));
	memset(lines[have - 1], 0, sizeof(lines[0]));
	for (i = 0; from && i < columns; i++)
		lines[from - 1][i] = (struct cell){i < 3 ? '.' : ' ', SCREEN_QUIET};
}

static void new_line(void)
{
	x = 0;
	if (y < (on_page ? screen_report_rows() : rows) - 1) {
		y++;
	} else if (on_page) {
		scroll_page();
	} else {
		memset(lines[top], 0, sizeof(lines[top]));
		top = (top + 1) % rows;
	}
}

void screen_page(void)
{
	screen_clear();
	on_page = true;
}

unsigned int screen_page_rows(void)
{
	return on_page ? y + 1 : 0;
}

static void stale_from(u32 row)
{
	for (; row < rows; row++)
		WRITE_ONCE(stale[row], true);
}

void screen_write(const char *s, size_t len)
{
	enum screen_colour colour;

	if (!columns)
		return;
	colour = colour_of(s, len);
	for (; len--; s++) {
		if (*s == '\n') {
			new_line();
			continue;
		}
		if (x >= columns)
			new_line();
		lines[(top + y) % rows][x++] = (struct cell){*s, colour};
	}
	stale_from(panel_rows); /* it may have scrolled */
	if (!tick_draws)
		screen_flush();
}

/* What is to stand in a row. The panel hides what has scrolled up under it. */
static const struct cell *cells_at(u32 row)
{
	u32 have = screen_report_rows();
	u32 hidden = y + 1 > have ? y + 1 - have : 0; /* @screen.hidden */

	return row < panel_rows ? panel[row] : lines[(top + row - panel_rows + hidden) % rows];
}

/* What there is no letter for is a question mark. */
static char letter_of(char c)
{
	return (u8)c >= FIRST_GLYPH && (u8)c < FIRST_GLYPH + ARRAY_SIZE(screen_font) ? c
	       : c								     ? '?'
										     : ' ';
}

static const u8 *glyph_of(char c)
{
	return screen_font[letter_of(c) - FIRST_GLYPH];
}

/* A part of a large letter. In pixels it is a glyph of its own. */
static void draw_part(u32 row, u32 column, struct cell cell)
{
	u32 part_row = (cell.part - 1) / PARTS_A_ROW, part_column = (cell.part - 1) % PARTS_A_ROW;
	u8 glyph[GLYPH_HEIGHT] = {}, of;
	u32 i, j, bit;

	for (j = 0; j < GLYPH_HEIGHT; j++)
		for (i = 0; i < GLYPH_WIDTH; i++) {
			of = glyph_of(cell.c)[(part_row * GLYPH_HEIGHT + j) / SCREEN_LARGE];
			bit = 7 - (part_column * GLYPH_WIDTH + i) / SCREEN_LARGE;
			glyph[j] |= (of >> bit & 1) << (7 - i);
		}
	framebuffer_glyph(column * GLYPH_WIDTH * scale, row * GLYPH_HEIGHT * scale, glyph, scale,
			  colours[cell.colour].front, colours[cell.colour].back);
}

/*
 * VGA's text has blocks for the lower and the upper half of a cell. The first and last two rows of a glyph
 * are between lines: a large letter does without.
 */
static char text_part(struct cell cell)
{
	static const u8 blocks[] = {' ', 0xdc, 0xdf, 0xdb};
	const u8 *rows_of = glyph_of(cell.c) + 2 + 2 * ((cell.part - 1) / PARTS_A_ROW);
	u32 bit = 7 - (cell.part - 1) % PARTS_A_ROW;

	return (char)blocks[(rows_of[0] >> bit & 1) << 1 | (rows_of[1] >> bit & 1)];
}

/* True if it had to be drawn. */
static bool draw_cell(u32 row, u32 column, struct cell cell)
{
	struct cell *on = &shown[row][column];

	if (!__builtin_memcmp(on, &cell, sizeof(cell)))
		return false;
	*on = cell;
	if (text_mode)
		vga_text_put(column, row, cell.part ? text_part(cell) : letter_of(cell.c),
			     colours[cell.colour].vga);
	else if (cell.part)
		draw_part(row, column, cell);
	else
		framebuffer_glyph(column * GLYPH_WIDTH * scale, row * GLYPH_HEIGHT * scale,
				  glyph_of(cell.c), scale, colours[cell.colour].front,
				  colours[cell.colour].back);
	return true;
}

void screen_flush(void)
{
	u32 row, column;

	for (row = 0; row < rows; row++)
		for (column = 0; column < columns; column++)
			draw_cell(row, column, cells_at(row)[column]);
}

void screen_leave_to_tick(void)
{
	tick_draws = true;
}

/* False: it has taken long enough for one tick. Reading the clock is slow in some machines. */
static bool draw_row(u32 row, u64 end, u32 *drawn)
{
	const struct cell *cells = cells_at(row);
	u32 column;

	for (column = 0; column < columns; column++)
		if (draw_cell(row, column, cells[column]) &&
		    ++*drawn * scale * scale >= TICK_DRAWN && rdtsc() > end)
			return false; /* @screen.bound */
	return true;
}

static bool draw_stale(u32 row, u64 end, u32 *drawn)
{
	if (!READ_ONCE(stale[row]))
		return true;
	WRITE_ONCE(stale[row], false); /* what is written from now on sets it again */
	if (draw_row(row, end, drawn))
		return rdtsc() <= end;
	WRITE_ONCE(stale[row], true);
	return false;
}

void screen_tick(void)
{
	u64 end = rdtsc() + ns_to_tsc(TICK_NS);
	u32 i, drawn = 0;

	/* The uppermost row, which is looked at first, need not wait for its turn. */
	if (!rows || !draw_stale(0, end, &drawn))
		return;
	for (i = 0; i < rows; i++, next = (next + 1) % rows)
		if (!draw_stale(next, end, &drawn))
			return;
}

void screen_clear(void)
{
	memset(lines, 0, sizeof(lines));
	top = x = y = 0;
	on_page = false;
}

void screen_redraw(void)
{
	const struct boot_framebuffer *fb = &boot_info.framebuffer;

	memset(shown, 0xff, sizeof(shown));
	if (columns && !text_mode) /* the letters end before the border */
		framebuffer_fill(0, 0, fb->width, fb->height, 0);
	screen_flush();
}

void screen_label(u32 x, u32 y, u32 scale, const char *text, u32 front, u32 back)
{
	const struct boot_framebuffer *fb = &boot_info.framebuffer;

	for (; *text; text++, x += GLYPH_WIDTH * scale)
		if (x + GLYPH_WIDTH * scale <= fb->width && y + GLYPH_HEIGHT * scale <= fb->height)
			framebuffer_glyph(x, y, screen_font[*text - FIRST_GLYPH], scale, front,
					  back);
}

void screen_panel(unsigned int wanted)
{
	wanted = min(wanted, min(rows / 2, (u32)PANEL_MAX));
	memset(panel, 0, wanted * sizeof(panel[0]));
	panel_rows = wanted;
	stale_from(0);
}

/* The rest of the row after column @at. */
static void blank_rest(u32 row, u32 at, enum screen_colour colour)
{
	for (; at < columns; at++)
		panel[row][at] = (struct cell){' ', colour};
}

void screen_panel_put(unsigned int row, unsigned int column, enum screen_colour colour,
		      const char *text)
{
	if (row >= panel_rows)
		return;
	for (; *text && column < columns; text++)
		panel[row][column++] = (struct cell){*text, colour};
	blank_rest(row, column, colour);
	WRITE_ONCE(stale[row], true); /* @screen.stale */
}

unsigned int screen_panel_large(enum screen_colour colour, const char *text)
{
	u32 width = text_mode ? GLYPH_WIDTH : SCREEN_LARGE, row, column;

	for (row = 0; row < min(panel_rows, (u32)SCREEN_LARGE); row++) {
		for (column = 0; column < min(strlen(text) * width, (size_t)columns); column++)
			panel[row][column] = (struct cell){text[column / width], colour,
							   1 + row * PARTS_A_ROW + column % width};
		blank_rest(row, column, SCREEN_PLAIN);
	}
	stale_from(0);
	return strlen(text) * width;
}
