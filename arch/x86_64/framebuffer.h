/* SPDX-License-Identifier: BSD-2-Clause */
/* The screen that the loader left: a linear framebuffer, or VGA text. No locks, no IRQs: NMI-safe. */
#ifndef ARCH_FRAMEBUFFER_H
#define ARCH_FRAMEBUFFER_H

#include <boot/bootinfo.h>
#include <kernel/lib/types.h>

#define GLYPH_WIDTH  8
#define GLYPH_HEIGHT 16

/* Takes over @fb, on the boot page tables. Returns why it cannot be drawn on, or NULL. */
const char *framebuffer_init(const struct boot_framebuffer *fb);

/* Maps it again, write-combining, in init_mm. Once, after pgtable_init(), before other CPUs run. */
void framebuffer_map(void);

/*
 * Draws a glyph, @rows from top to bottom with the leftmost pixel in bit 7, each pixel @scale by
 * @scale, with its upper left corner at pixel (@x, @y). Colours are 0xRRGGBB. Inside the screen.
 */
void framebuffer_glyph(u32 x, u32 y, const u8 rows[GLYPH_HEIGHT], u32 scale, u32 front, u32 back);

/* Fills @width by @height pixels from (@x, @y) with colour @rgb. Inside the screen. */
void framebuffer_fill(u32 x, u32 y, u32 width, u32 height, u32 rgb);

/* VGA text: @c at @column, @row; @attribute: background in bits 7:4, foreground in 3:0. */
void vga_text_put(u32 column, u32 row, char c, u8 attribute);

#endif
