/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of text that is put together piece by piece, cut off where its buffer ends. */
#ifndef PATCHING_LINE_H
#define PATCHING_LINE_H

#include <kernel/lib/types.h>

struct line {
	char *at, *end; /* one byte is kept for the NUL, which is always there */
};

/* An empty line in the size (at least 1) bytes of buf. Any context, as all of these. */
static inline struct line line_start(char *buf, size_t size)
{
	*buf = 0;
	return (struct line){buf, buf + size - 1};
}

static inline void line_char(struct line *l, char c)
{
	if (l->at < l->end) {
		*l->at++ = c;
		*l->at = 0;
	}
}

static inline void line_str(struct line *l, const char *s)
{
	while (*s)
		line_char(l, *s++);
}

/* At least digits of them, in the given base up to 16. */
static inline void line_number(struct line *l, unsigned long n, unsigned int base,
			       unsigned int digits)
{
	char text[64];
	unsigned int i = 0;

	do {
		text[i++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n || i < digits);
	while (i)
		line_char(l, text[--i]);
}

static inline void line_hex(struct line *l, unsigned long n)
{
	line_str(l, "0x");
	line_number(l, n, 16, 1);
}

/* As in an assembler's displacement: -0x8. */
static inline void line_signed_hex(struct line *l, long n)
{
	if (n < 0)
		line_char(l, '-');
	line_hex(l, n < 0 ? -(unsigned long)n : (unsigned long)n);
}

#endif
