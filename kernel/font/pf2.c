// SPDX-License-Identifier: BSD-2-Clause
/*
 * Runs on the build machine: takes the printable ASCII of a GRUB font (PF2, which every
 * distribution's GRUB brings along) and writes it as C, 8 x 16 pixels each, for kernel/screen.c.
 *
 * PF2 is a list of sections, a name of four bytes and a big-endian length each (GRUB's manual for
 * developers, "PFF2 Font File Format"); CHIX lists the glyphs with their offsets in the file.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST  ' '
#define LAST   '~'
#define WIDTH  8
#define HEIGHT 16

static const char *name;
static uint8_t *file;
static size_t size;

__attribute__((noreturn, format(printf, 1, 2))) static void refuse(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "%s: ", name);
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "\n");
	exit(1);
}

static uint32_t be(size_t at, unsigned int bytes)
{
	uint32_t value = 0;

	if (at > size || bytes > size - at)
		refuse("it ends at byte %zu, expected more", size);
	while (bytes--)
		value = value << 8 | file[at++];
	return value;
}

/* The contents of section @id, whose length goes to @len. */
static size_t section(const char *id, uint32_t *len)
{
	size_t at = 0;

	while (at < size) {
		*len = be(at + 4, 4);
		if (!memcmp(file + at, id, 4))
			return at + 8;
		at += 8 + (size_t)*len;
	}
	refuse("no section %s: expected a font in GRUB's format (PF2)", id);
}

static size_t glyph_offset(uint32_t code)
{
	uint32_t len;
	size_t at = section("CHIX", &len), end = at + len;

	for (; at + 9 <= end; at += 9)
		if (be(at, 4) == code)
			return be(at + 5, 4);
	refuse("no glyph for character %u", code);
}

/* The bits of a glyph follow each other without a gap, the first one in bit 7. */
static void draw(uint8_t rows[HEIGHT], uint32_t code, int ascent)
{
	size_t at = glyph_offset(code);
	int width = be(at, 2), height = be(at + 2, 2), x0 = (int16_t)be(at + 4, 2);
	int y0 = ascent - height - (int16_t)be(at + 6, 2), x, y, bit;

	for (y = 0; y < height; y++)
		for (x = 0; x < width; x++) {
			bit = y * width + x;
			if (!(be(at + 10 + bit / 8, 1) >> (7 - bit % 8) & 1))
				continue;
			if (y0 + y < 0 || y0 + y >= HEIGHT || x0 + x < 0 || x0 + x >= WIDTH)
				refuse("character %u is larger than 8 x 16", code);
			rows[y0 + y] |= 0x80 >> (x0 + x);
		}
}

int main(int argc, char **argv)
{
	uint8_t rows[HEIGHT];
	uint32_t code, len;
	int ascent, y;
	FILE *f;

	name = argc == 2 ? argv[1] : "usage: pf2 FONT";
	f = fopen(name, "rb");
	if (!f)
		refuse("cannot be opened");
	file = malloc(1 << 23);
	size = fread(file, 1, 1 << 23, f);
	fclose(f);
	ascent = be(section("ASCE", &len), 2);
	for (code = FIRST; code <= LAST; code++) {
		memset(rows, 0, sizeof(rows));
		draw(rows, code, ascent);
		printf("\t{");
		for (y = 0; y < HEIGHT; y++)
			printf("0x%02x%s", rows[y], y < HEIGHT - 1 ? ", " : "},");
		printf(" /* %c */\n", code == '/' || code == '*' ? ' ' : (int)code);
	}
	return 0;
}
