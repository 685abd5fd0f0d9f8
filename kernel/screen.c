// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/framebuffer.h>
#include <boot/bootinfo.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <kernel/screen.h>

#define COLUMNS_MAX 256
#define ROWS_MAX    160
#define TICK_CELLS  160 /* drawn with one tick: some 50 us */
#define FIRST_GLYPH ' '

static const u8 font[][GLYPH_HEIGHT] = {
#include <font.inc>
};

enum colour {
	PLAIN,
	QUIET,
	GOOD,
	BAD,
	WARN,
};

static const struct {
	u32 rgb;
	u8 vga;
} colours[] = {
	[PLAIN] = {0xd0d0d0, 0x07}, [QUIET] = {0x8090a0, 0x03}, [GOOD] = {0x50d050, 0x0a},
	[BAD] = {0xff5050, 0x0c},   [WARN] = {0xe0c040, 0x0e},
};

struct cell {
	char c;
	u8 colour;
};

static struct cell lines[ROWS_MAX][COLUMNS_MAX], shown[ROWS_MAX][COLUMNS_MAX];
static u32 columns, rows, scale;
static u32 top;	 /* which of lines[] is the uppermost on the screen */
static u32 x, y; /* where the next character goes; y counts from top */
static u32 next; /* the cell that screen_tick() looks at next */
static bool text_mode, tick_draws, dirty;

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

void screen_off(void)
{
	columns = rows = 0;
}

void screen_map(void)
{
	if (columns)
		framebuffer_map();
}

/* By how a line of the report begins. */
static enum colour colour_of(const char *s, size_t len)
{
	static const struct {
		const char *head;
		enum colour colour;
	} heads[] = {
		{"not ok ", BAD},	  {"ok ", GOOD},	{"error: ", BAD},
		{"# violation ", BAD},	  {"# panic", BAD},	{"# hang", BAD},
		{"# error", BAD},	  {"# warning", WARN},	{"# expected ", QUIET},
		{"# progress ", QUIET},	  {"# config ", QUIET}, {"# verdict PASS", GOOD},
		{"# verdict SKIP", WARN}, {"# verdict ", BAD},
	};
	unsigned int i;
	size_t n;

	for (i = 0; i < ARRAY_SIZE(heads); i++) {
		n = strlen(heads[i].head);
		if (len >= n && !memcmp(s, heads[i].head, n))
			return heads[i].colour;
	}
	return PLAIN;
}

static void new_line(void)
{
	x = 0;
	if (y < rows - 1) {
		y++;
		return;
	}
	memset(lines[top], 0, sizeof(lines[top]));
	top = (top + 1) % rows;
}

void screen_write(const char *s, size_t len)
{
	enum colour colour = colour_of(s, len);

	if (!columns)
		return;
	for (; len--; s++) {
		if (*s == '\n') {
			new_line();
			continue;
		}
		if (x == columns)
			new_line();
		lines[(top + y) % rows][x++] = (struct cell){*s, colour};
	}
	dirty = true;
	if (!tick_draws)
		screen_flush();
}

/* True if it had to be drawn. */
static bool draw_cell(u32 row, u32 column)
{
	struct cell cell = lines[(top + row) % rows][column];
	struct cell *on = &shown[row][column];
	unsigned char c = cell.c;

	if (on->c == cell.c && on->colour == cell.colour)
		return false;
	*on = cell;
	if (c < FIRST_GLYPH || c >= FIRST_GLYPH + ARRAY_SIZE(font))
		c = c ? '?' : ' ';
	if (text_mode)
		vga_text_put(column, row, c, colours[cell.colour].vga);
	else
		framebuffer_glyph(column * GLYPH_WIDTH * scale, row * GLYPH_HEIGHT * scale,
				  font[c - FIRST_GLYPH], scale, colours[cell.colour].rgb, 0);
	return true;
}

void screen_flush(void)
{
	u32 row, column;

	for (row = 0; row < rows; row++)
		for (column = 0; column < columns; column++)
			draw_cell(row, column);
}

void screen_leave_to_tick(void)
{
	tick_draws = true;
}

void screen_tick(void)
{
	u32 looked, drawn = 0;

	if (!columns || !READ_ONCE(dirty))
		return;
	if (!next)
		WRITE_ONCE(dirty, false); /* what is written from now on sets it again */
	for (looked = 0; looked < 16 * TICK_CELLS && drawn < TICK_CELLS; looked++) {
		drawn += draw_cell(next / columns, next % columns);
		if (++next == rows * columns) {
			next = 0;
			return;
		}
	}
	WRITE_ONCE(dirty, true);
}

void screen_clear(void)
{
	memset(lines, 0, sizeof(lines));
	top = x = y = 0;
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
			framebuffer_glyph(x, y, font[*text - FIRST_GLYPH], scale, front, back);
}

void screen_verdict(int status)
{
	static const struct {
		int status;
		const char *word;
		enum colour colour;
	} verdicts[] = {
		{0, "PASS", GOOD}, {1, "FAIL", BAD}, {2, "USAGE", BAD},	 {3, "ERROR", BAD},
		{4, "CRASH", BAD}, {5, "HANG", BAD}, {77, "SKIP", WARN},
	};
	u32 large = min(8u, 6 * scale), left, i, v, rgb;
	const char *word;

	for (v = 0; v < ARRAY_SIZE(verdicts) && verdicts[v].status != status; v++)
		;
	if (!columns || v == ARRAY_SIZE(verdicts))
		return;
	word = verdicts[v].word;
	rgb = colours[verdicts[v].colour].rgb;
	/* In the upper right corner, with a blank at each side. */
	left = strlen(word) + 2;
	for (i = 0; i < left; i++) {
		char c = i && i < left - 1 ? word[i - 1] : ' ';

		if (text_mode)
			vga_text_put(columns - left + i, 0, c,
				     colours[verdicts[v].colour].vga << 4);
		else
			framebuffer_glyph(boot_info.framebuffer.width -
						  (left - i) * GLYPH_WIDTH * large,
					  0, font[c - FIRST_GLYPH], large, 0, rgb);
	}
}
