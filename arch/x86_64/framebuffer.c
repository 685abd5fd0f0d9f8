// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/framebuffer.h>
#include <arch/x86_64/pgtable.h>
#include <kernel/lib/string.h>

#define SCALE_MAX	  8
#define BYTES_MAX	  (256ul << 20)
/* VGA's CRT controller: its cursor would blink in the midst of what others draw. */
#define CRTC_INDEX	  0x3d4
#define CRTC_DATA	  0x3d5
#define CRTC_CURSOR_START 0x0a
#define CRTC_CURSOR_OFF	  0x20

#define BOOT_MAP_END (4ul << 30) /* boot/boot.asm maps that much */

static struct boot_framebuffer fb;
static volatile u8 *pixels;
static unsigned int bytes; /* a pixel */

/* Loaders and firmware are believed only as far as nothing outside of the screen can be written. */
static const char *check(void)
{
	unsigned int i;

	if (fb.type == BOOT_FB_TEXT) {
		if (fb.width < 40 || fb.width > 256 || fb.height < 10 || fb.height > 128 ||
		    fb.pitch < fb.width * 2 || fb.addr != 0xb8000)
			return "a text mode other than VGA's at 0xb8000";
		return NULL;
	}
	if (fb.type != BOOT_FB_RGB)
		return "neither RGB pixels nor VGA text";
	if (fb.bits != 15 && fb.bits != 16 && fb.bits != 24 && fb.bits != 32)
		return "pixels of other than 15, 16, 24 or 32 bits";
	if (fb.width < 320 || fb.height < 200 || fb.width > 16384 || fb.height > 16384)
		return "a size other than 320 x 200 to 16384 x 16384";
	if (fb.pitch < fb.width * ((fb.bits + 7) / 8) || (u64)fb.pitch * fb.height > BYTES_MAX)
		return "lines shorter than their pixels, or more than 256 MiB";
	if (!fb.addr || fb.addr + (u64)fb.pitch * fb.height < fb.addr)
		return "an address that cannot be";
	for (i = 0; i < 3; i++)
		if (!fb.colour[i].size || fb.colour[i].size > 8 ||
		    fb.colour[i].position + fb.colour[i].size > fb.bits)
			return "colours outside of their pixel";
	return NULL;
}

const char *framebuffer_init(const struct boot_framebuffer *from)
{
	const char *why;

	fb = *from;
	bytes = (fb.bits + 7) / 8;
	why = check();
	if (why)
		return why;
	/* One that lies higher shows nothing until framebuffer_map(). */
	if (fb.addr + (u64)fb.pitch * fb.height <= BOOT_MAP_END)
		pixels = phys_to_virt(fb.addr);
	if (fb.type == BOOT_FB_TEXT) {
		outb(CRTC_INDEX, CRTC_CURSOR_START);
		outb(CRTC_DATA, CRTC_CURSOR_OFF);
	}
	return NULL;
}

void framebuffer_map(void)
{
	pixels = map_write_combining(fb.addr, (u64)fb.pitch * fb.height);
}

static u32 pixel_of(u32 rgb)
{
	u32 value = 0, part;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		part = rgb >> (16 - 8 * i) & 0xff;
		value |= part >> (8 - fb.colour[i].size) << fb.colour[i].position;
	}
	return value;
}

/*
 * A line is made in memory and stored in words: reads from a framebuffer are slow, stores combine. What a
 * pixel of fewer than four bytes has too much the next one overwrites.
 */
void framebuffer_glyph(u32 x, u32 y, const u8 rows[GLYPH_HEIGHT], u32 scale, u32 front, u32 back)
{
	u8 line[GLYPH_WIDTH * SCALE_MAX * 4 + 4] __aligned(8), *at;
	u32 colours[2] = {pixel_of(back), pixel_of(front)};
	u32 row, column, bit, i, size = GLYPH_WIDTH * scale * bytes;
	volatile u8 *to;

	if (!pixels || scale > SCALE_MAX)
		return;
	for (row = 0; row < GLYPH_HEIGHT; row++) {
		/* Most rows of a letter are as the one above. */
		bit = row && rows[row] == rows[row - 1] ? 0 : 0x80;
		for (at = line; bit; bit >>= 1)
			for (i = 0; i < scale; i++, at += bytes)
				__builtin_memcpy(at, &colours[!!(rows[row] & bit)], 4);
		for (i = 0; i < scale; i++) {
			to = pixels + (u64)(y + row * scale + i) * fb.pitch + (u64)x * bytes;
			for (column = 0; column + 8 <= size; column += 8)
				*(volatile u64 *)(to + column) = *(u64 *)(line + column);
			for (; column < size; column++)
				to[column] = line[column];
		}
	}
}

void framebuffer_fill(u32 x, u32 y, u32 width, u32 height, u32 rgb)
{
	u32 colour = pixel_of(rgb), row, column, i;
	volatile u8 *to;

	for (row = 0; pixels && row < height; row++) {
		to = pixels + (u64)(y + row) * fb.pitch + (u64)x * bytes;
		for (column = 0; column < width; column++)
			for (i = 0; i < bytes; i++)
				*to++ = colour >> 8 * i;
	}
}

void vga_text_put(u32 column, u32 row, char c, u8 attribute)
{
	if (pixels)
		*(volatile u16 *)(pixels + row * fb.pitch + column * 2) = attribute << 8 | (u8)c;
}
