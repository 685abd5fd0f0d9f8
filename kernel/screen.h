/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report on the screen: a window on its last lines. What is written goes to a copy in memory;
 * drawing compares that with what the screen shows, so that nothing is drawn twice and the screen
 * is never read. While tests run CPU 0 draws, a little with each tick.
 */
#ifndef KERNEL_SCREEN_H
#define KERNEL_SCREEN_H

#include <kernel/lib/types.h>

/* Takes the loader's screen, if there is one and console= wants it; says why not. Start-up. */
bool screen_init(void);

/* How wide it is, in characters; 0: there is none. */
unsigned int screen_columns(void);

/* Nothing more is written there. */
void screen_off(void);

/* After pgtable_init(): the final mapping. */
void screen_map(void);

/* A part of the report, whole lines. Under the report's lock. */
void screen_write(const char *s, size_t len);

/* CPU 0, with each tick: draws a part of what has changed. IRQ context. */
void screen_tick(void);

/* Draws all that has changed. Any context. */
void screen_flush(void);

/* From now on screen_tick() draws, and screen_write() does not. */
void screen_leave_to_tick(void);

/* How many lines it has. */
unsigned int screen_rows(void);

/* Nothing stands on it any more, and the next character goes to its upper left corner. */
void screen_clear(void);

/* Draws all of it, also what it showed already: something else has been drawn over it. */
void screen_redraw(void);

/*
 * @text in letters of @scale, with the upper left corner at pixel (@x, @y) of a frame buffer; what would be
 * beyond its right or lower border is left out. Colours are 0xRRGGBB. Any context.
 */
void screen_label(u32 x, u32 y, u32 scale, const char *text, u32 front, u32 back);

/* The verdict in large letters. The end of the run, any context. */
void screen_verdict(int status);

#endif
