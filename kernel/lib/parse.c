// SPDX-License-Identifier: BSD-2-Clause
#include <kernel/lib/parse.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>

#define EDIT_MAX 64 /* longer names do not exist, and the tables live on the stack */

bool span_is(struct span a, const char *s)
{
	return strlen(s) == a.len && !memcmp(a.s, s, a.len);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

static enum parse_result parse_base(struct span text, unsigned int base, u64 *value)
{
	bool overflow = false;
	u64 v = 0;
	size_t i;

	if (!text.len)
		return PARSE_BAD;
	for (i = 0; i < text.len; i++) {
		unsigned int d = (unsigned int)digit(text.s[i]);

		if (d >= base)
			return PARSE_BAD;
		overflow |= __builtin_mul_overflow(v, base, &v);
		overflow |= __builtin_add_overflow(v, d, &v);
	}
	if (overflow)
		return PARSE_OVERFLOW;
	*value = v;
	return PARSE_OK;
}

enum parse_result parse_decimal(struct span text, u64 *value)
{
	return parse_base(text, 10, value);
}

enum parse_result parse_number(struct span text, u64 *value)
{
	if (text.len > 1 && text.s[0] == '0' && (text.s[1] == 'x' || text.s[1] == 'X'))
		return parse_base((struct span){text.s + 2, text.len - 2}, 16, value);
	return parse_decimal(text, value);
}

static const struct unit {
	const char *name;
	u64 ns;
} units[] = {
	{"h", 3600 * NSEC_PER_SEC},
	{"m", 60 * NSEC_PER_SEC},
	{"s", NSEC_PER_SEC},
	{"ms", NSEC_PER_MSEC},
};

enum parse_result parse_duration(struct span text, u64 *ns)
{
	struct span number = text, unit;
	enum parse_result result;
	size_t i;
	u64 v;

	while (number.len && digit(number.s[number.len - 1]) > 9)
		number.len--;
	unit = (struct span){text.s + number.len, text.len - number.len};
	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (!span_is(unit, units[i].name))
			continue;
		result = parse_decimal(number, &v);
		if (result == PARSE_OK && __builtin_mul_overflow(v, units[i].ns, ns))
			result = PARSE_OVERFLOW;
		return result;
	}
	return PARSE_BAD;
}

size_t format_duration(char *buf, size_t size, u64 ns)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(units) - 1 && (!ns || ns % units[i].ns))
		i++;
	return (size_t)scnprintf(buf, size, "%llu%s", (unsigned long long)(ns / units[i].ns),
				 units[i].name);
}

bool next_item(const char **cursor, char separator, struct span *item)
{
	const char *s = *cursor;

	if (!s)
		return false;
	item->s = s;
	while (*s && *s != separator)
		s++;
	item->len = (size_t)(s - item->s);
	*cursor = *s ? s + 1 : NULL;
	return true;
}

bool percent_decode(char *dst, size_t size, const char *src)
{
	size_t len = 0;
	int high, low;
	char c;

	while ((c = *src++)) {
		if (c == '%') {
			high = digit(src[0]);
			low = high < 16 ? digit(src[1]) : 99;
			if (low > 15)
				return false;
			c = (char)(high << 4 | low);
			src += 2;
		}
		if ((unsigned char)c < ' ' || c == 0x7f || len + 1 >= size)
			return false;
		dst[len++] = c;
	}
	dst[len] = '\0';
	return true;
}

size_t percent_encode(char *dst, size_t size, const char *src)
{
	size_t len = 0;

	for (; *src; src++) {
		bool escape = *src == ' ' || *src == '%';

		if (len + (escape ? 3 : 1) >= size)
			break;
		if (escape)
			len += (size_t)scnprintf(dst + len, size - len, "%%%02x", *src);
		else
			dst[len++] = *src;
	}
	if (size)
		dst[len] = '\0';
	return len;
}

unsigned int edit_distance(struct span a, struct span b)
{
	size_t n = min(a.len, (size_t)EDIT_MAX), m = min(b.len, (size_t)EDIT_MAX);
	u8 rows[3][EDIT_MAX + 1]; /* the row now and the two before it */
	size_t j, i;

	for (j = 0; j <= m; j++)
		rows[0][j] = (u8)j;
	for (i = 1; i <= n; i++) {
		u8 *now = rows[i % 3], *last = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];
		size_t j;

		now[0] = (u8)i;
		for (j = 1; j <= m; j++) {
			unsigned int best = last[j - 1] + (a.s[i - 1] != b.s[j - 1]);

			best = min(best, last[j] + 1u);
			best = min(best, now[j - 1] + 1u);
			if (i > 1 && j > 1 && a.s[i - 1] == b.s[j - 2] && a.s[i - 2] == b.s[j - 1])
				best = min(best, second[j - 2] + 1u);
			now[j] = (u8)best;
		}
	}
	return rows[n % 3][m];
}

void nearest_offer(struct nearest *n, const char *name)
{
	unsigned int distance = edit_distance(n->word, (struct span){name, strlen(name)});

	if (n->name && distance >= n->distance)
		return;
	n->name = name;
	n->distance = distance;
}
