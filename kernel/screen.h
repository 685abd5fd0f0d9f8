/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report on the screen: a window on its last lines, below a panel that others fill. What is written
 * goes to a copy in memory; drawing compares that with what the screen shows, so that nothing is drawn
 * twice and the screen is never read. While tests run CPU 0 draws, a little with each tick.
 */
#ifndef KERNEL_SCREEN_H
#define KERNEL_SCREEN_H

#include <kernel/lib/types.h>

#define SCREEN_COLUMNS_MAX 256
#define SCREEN_LARGE	   6 /* rows of a large letter */

enum screen_colour {
	SCREEN_PLAIN,
	SCREEN_QUIET,
	SCREEN_GOOD,
	SCREEN_BAD,
	SCREEN_WARN,
	SCREEN_BAR,
	SCREEN_RED_BAR,
};

/* Printable ASCII, from the blank on, as framebuffer_glyph() takes it; boot/boot_refuse.asm draws by itself. */
extern const u8 screen_font[][16];

/* Takes the loader's screen, if there is one and console= wants it; says why not. Start-up. */
bool screen_init(void);

/* How wide and high it is, in characters; 0: there is none. */
unsigned int screen_columns(void);
unsigned int screen_rows(void);

/* Of that, how high what it has of the report is: the panel is above it. */
unsigned int screen_report_rows(void);

/* Nothing more is written there. */
void screen_off(void);

/* After pgtable_init(): the final mapping. */
void screen_map(void);

/* A part of the report, whole lines. Under the report's lock. */
void screen_write(const char *s, size_t len);

/*
 * The report goes on at the top of an empty page. Once that is full it keeps its beginning and its last
 * lines. Any context.
 */
void screen_page(void);

/* How many rows of it are written; 0: it is none. */
unsigned int screen_page_rows(void);

/*
 * The upper @rows rows, no more than half of them, are a panel from now on, which is empty; 0: all are the
 * report's. Any context.
 */
void screen_panel(unsigned int rows);

/* Its row @row from @column on: @text, cut at the border, then blanks. What is no row of it is ignored. */
void screen_panel_put(unsigned int row, unsigned int column, enum screen_colour colour,
		      const char *text);

/* @text in letters as high as SCREEN_LARGE rows, at its upper left. Returns how wide that is. */
unsigned int screen_panel_large(enum screen_colour colour, const char *text);

/* CPU 0, with each tick: draws a part of what has changed. IRQ context. */
void screen_tick(void);

/* Draws all that has changed. Any context. */
void screen_flush(void);

/* From now on screen_tick() draws, and screen_write() does not. */
void screen_leave_to_tick(void);

/* Nothing stands on it any more, and the next character goes to its upper left corner. */
void screen_clear(void);

/* Draws all of it, also what it showed already: something else has been drawn over it. */
void screen_redraw(void);

/*
 * @text in letters of @scale, with the upper left corner at pixel (@x, @y) of a frame buffer; what would be
 * beyond its right or lower border is left out. Colours are 0xRRGGBB. Any context.
 */
void screen_label(u32 x, u32 y, u32 scale, const char *text, u32 front, u32 back);

#endif
