// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reads a screen back: a screenshot (PPM, as QEMU's screendump writes it) of letters from the
 * kernel's own font, each pixel SCALE by SCALE. Says its lines; what is no letter is a `~`.
 *
 * usage: screen_text SCALE <SCREENSHOT
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH  8
#define HEIGHT 16

static const unsigned char font[][HEIGHT] = {
#include <font.inc>
};

static unsigned int width, height;
static unsigned char *pixels;

/* Not of the colour that the letter at (@x0, @y0) begins with: no letter reaches its corner. */
static bool lit(unsigned int x0, unsigned int y0, unsigned int x, unsigned int y)
{
	const unsigned char *back = pixels + 3 * ((size_t)y0 * width + x0);
	const unsigned char *p = pixels + 3 * ((size_t)(y0 + y) * width + x0 + x);

	return abs(p[0] - back[0]) + abs(p[1] - back[1]) + abs(p[2] - back[2]) > 60;
}

static char letter(unsigned int x, unsigned int y, unsigned int scale)
{
	unsigned char rows[HEIGHT] = {0};
	unsigned int row, column, i;

	for (row = 0; row < HEIGHT; row++)
		for (column = 0; column < WIDTH; column++)
			rows[row] |= lit(x, y, column * scale, row * scale) << (7 - column);
	for (i = 0; i < sizeof(font) / sizeof(font[0]); i++)
		if (!memcmp(rows, font[i], HEIGHT))
			return ' ' + i;
	return '~';
}

int main(int argc, char **argv)
{
	unsigned int scale = argc == 2 ? atoi(argv[1]) : 0, x, y;
	char line[1000];
	size_t len;

	if (!scale || scanf("P6 %u %u 255%*c", &width, &height) != 2 || width > 16384 ||
	    height > 16384) {
		fprintf(stderr, "usage: screen_text SCALE <SCREENSHOT: expected a PPM\n");
		return 2;
	}
	pixels = malloc((size_t)3 * width * height);
	if (fread(pixels, 3 * width, height, stdin) != height) {
		fprintf(stderr, "screen_text: the screenshot ends early\n");
		return 2;
	}
	for (y = 0; y + HEIGHT * scale <= height; y += HEIGHT * scale) {
		len = 0;
		for (x = 0; x + WIDTH * scale <= width && len < sizeof(line) - 1;
		     x += WIDTH * scale)
			line[len++] = letter(x, y, scale);
		while (len && line[len - 1] == ' ')
			len--;
		printf("%.*s\n", (int)len, line);
	}
	return 0;
}
