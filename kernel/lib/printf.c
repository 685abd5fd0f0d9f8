// SPDX-License-Identifier: BSD-2-Clause
/* See printf.h for what is understood. */
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>

#define HEX_DUMP_MAX 64 /* bytes, as in Linux: a witness, not a memory dump */

struct out {
	char *buf;
	size_t size; /* with the NUL */
	size_t len;
};

struct spec {
	bool left, zero, plus, space, alt;
	int width;
	int precision; /* -1: none given */
	int length;    /* bytes of the integer argument */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len++] = c;
}

/* In one piece: most of a line is text that stands as it is. */
static void put_run(struct out *o, const char *text, size_t len)
{
	size_t room = o->len + 1 < o->size ? o->size - 1 - o->len : 0;

	len = min(len, room);
	memcpy(o->buf + o->len, text, len);
	o->len += len;
}

static void put_many(struct out *o, char c, int n)
{
	while (n-- > 0)
		put(o, c);
}

static void put_text(struct out *o, const struct spec *s, const char *text, size_t len)
{
	int pad = s->width > 0 && (size_t)s->width > len ? s->width - (int)len : 0;

	if (!s->left)
		put_many(o, ' ', pad);
	put_run(o, text, len);
	if (s->left)
		put_many(o, ' ', pad);
}

static void put_number(struct out *o, const struct spec *s, u64 value, unsigned int base,
		       const char *prefix, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	int pad, zeros, n = 0, prefix_len = (int)strlen(prefix);
	char text[24]; /* 22 octal digits are the longest */
	u64 v;

	for (v = value; v; v /= base)
		text[n++] = digits[v % base];
	if (!n && s->precision)
		text[n++] = '0';
	zeros = s->precision > n ? s->precision - n : 0;
	if (base == 8 && s->alt && !zeros && (!n || text[n - 1] != '0'))
		zeros = 1;
	pad = s->width - prefix_len - zeros - n;
	if (s->zero && !s->left && s->precision < 0 && pad > 0) {
		zeros += pad;
		pad = 0;
	}
	if (!s->left)
		put_many(o, ' ', pad);
	while (*prefix)
		put(o, *prefix++);
	put_many(o, '0', zeros);
	while (n)
		put(o, text[--n]);
	if (s->left)
		put_many(o, ' ', pad);
}

static void put_signed(struct out *o, const struct spec *s, s64 value)
{
	const char *sign = value < 0 ? "-" : s->plus ? "+" : s->space ? " " : "";

	put_number(o, s, value < 0 ? -(u64)value : (u64)value, 10, sign, false);
}

static void put_hex_dump(struct out *o, const u8 *bytes, int n, bool blanks)
{
	static const char digits[] = "0123456789abcdef";
	int i;

	if (!bytes) {
		put_text(o, &(struct spec){}, "(null)", 6);
		return;
	}
	for (i = 0; i < n && i < HEX_DUMP_MAX; i++) {
		if (i && blanks)
			put(o, ' ');
		put(o, digits[bytes[i] >> 4]);
		put(o, digits[bytes[i] & 15]);
	}
}

/* What follows %p decides; returns where the format goes on. */
static const char *put_pointer(struct out *o, struct spec *s, const char *fmt, const void *p)
{
	char symbol[128];

	if (*fmt == 'S') {
		put_text(o, s, symbol, symbol_format(symbol, sizeof(symbol), (unsigned long)p));
		return fmt + 1;
	}
	if (*fmt == 'h') {
		put_hex_dump(o, p, s->width, fmt[1] != 'N');
		return fmt + (fmt[1] == 'N' ? 2 : 1);
	}
	put_number(o, s, (unsigned long)p, 16, "0x", false);
	return fmt;
}

static const char *parse_flags(const char *fmt, struct spec *s)
{
	for (;; fmt++) {
		if (*fmt == '-')
			s->left = true;
		else if (*fmt == '0')
			s->zero = true;
		else if (*fmt == '+')
			s->plus = true;
		else if (*fmt == ' ')
			s->space = true;
		else if (*fmt == '#')
			s->alt = true;
		else
			return fmt;
	}
}

static const char *parse_digits(const char *fmt, int *value)
{
	for (*value = 0; *fmt >= '0' && *fmt <= '9'; fmt++)
		if (*value < 100000)
			*value = *value * 10 + (*fmt - '0');
	return fmt;
}

static const char *parse_length(const char *fmt, struct spec *s)
{
	s->length = sizeof(int);
	if (*fmt == 'h') {
		s->length = fmt[1] == 'h' ? sizeof(char) : sizeof(short);
		return fmt + (fmt[1] == 'h' ? 2 : 1);
	}
	if (*fmt == 'l' || *fmt == 'z' || *fmt == 't' || *fmt == 'j') {
		s->length = sizeof(long);
		return fmt + (fmt[0] == 'l' && fmt[1] == 'l' ? 2 : 1);
	}
	return fmt;
}

static s64 narrow_signed(s64 v, int length)
{
	return length == 1 ? (s8)v : length == 2 ? (s16)v : v;
}

static u64 narrow_unsigned(u64 v, int length)
{
	return length == 1 ? (u8)v : length == 2 ? (u16)v : v;
}

int vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = {buf, size, 0};
	const char *text, *start;
	u64 value;
	char c;

	while (*fmt) {
		struct spec s = {.precision = -1};

		if (*fmt != '%') {
			for (start = fmt; *fmt && *fmt != '%'; fmt++)
				;
			put_run(&o, start, (size_t)(fmt - start));
			continue;
		}
		start = fmt;
		fmt = parse_flags(fmt + 1, &s);
		if (*fmt == '*') {
			fmt++;
			s.width = va_arg(args, int);
			if (s.width < 0) {
				s.left = true;
				s.width = s.width == INT32_MIN ? INT32_MAX : -s.width;
			}
		} else {
			fmt = parse_digits(fmt, &s.width);
		}
		if (*fmt == '.') {
			if (*++fmt == '*') {
				fmt++;
				s.precision = va_arg(args, int);
				if (s.precision < 0)
					s.precision = -1;
			} else {
				fmt = parse_digits(fmt, &s.precision);
			}
		}
		fmt = parse_length(fmt, &s);
		c = *fmt;
		if (c)
			fmt++;
		switch (c) {
		case 'd':
		case 'i':
			put_signed(&o, &s,
				   s.length == sizeof(long)
					   ? va_arg(args, long)
					   : narrow_signed(va_arg(args, int), s.length));
			break;
		case 'u':
		case 'o':
		case 'x':
		case 'X':
			value = s.length == sizeof(long)
					? va_arg(args, unsigned long)
					: narrow_unsigned(va_arg(args, unsigned int), s.length);
			text = !s.alt || !value ? "" : c == 'x' ? "0x" : c == 'X' ? "0X" : "";
			put_number(&o, &s, value,
				   c == 'u'   ? 10
				   : c == 'o' ? 8
					      : 16,
				   text, c == 'X');
			break;
		case 'c':
			c = (char)va_arg(args, int);
			put_text(&o, &s, &c, 1);
			break;
		case 's':
			text = va_arg(args, const char *);
			if (!text)
				text = "(null)";
			put_text(&o, &s, text,
				 s.precision < 0 ? strlen(text)
						 : strnlen(text, (size_t)s.precision));
			break;
		case 'p':
			fmt = put_pointer(&o, &s, fmt, va_arg(args, const void *));
			break;
		case '%':
			put(&o, '%');
			break;
		default: /* unknown: show it rather than lose it */
			while (start < fmt)
				put(&o, *start++);
		}
	}
	if (size)
		buf[o.len] = '\0';
	return (int)o.len;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vscnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

__attribute__((weak)) size_t symbol_format(char *buf, size_t size, unsigned long addr)
{
	return (size_t)scnprintf(buf, size, "0x%lx", addr);
}
