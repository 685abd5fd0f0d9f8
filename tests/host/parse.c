// SPDX-License-Identifier: BSD-2-Clause
/* Numbers, times, lists, escapes and edit distance. */
#include <tests/host/lib/tap.h>
#include "../../kernel/lib/printf.c"
#include "../../kernel/lib/parse.c"

static struct span span(const char *s)
{
	return (struct span){s, strlen(s)};
}

static void number(const char *text, enum parse_result result, u64 value)
{
	u64 v = 0;

	ok(parse_number(span(text), &v) == result && (result || v == value), "number '%s'", text);
}

static void duration(const char *text, enum parse_result result, u64 ns)
{
	u64 v = 0;

	ok(parse_duration(span(text), &v) == result && (result || v == ns), "duration '%s'", text);
}

static void test_numbers(void)
{
	number("0", PARSE_OK, 0);
	number("007", PARSE_OK, 7);
	number("42", PARSE_OK, 42);
	number("0x0", PARSE_OK, 0);
	number("0xdeadBEEF", PARSE_OK, 0xdeadbeef);
	number("0Xff", PARSE_OK, 255);
	number("18446744073709551615", PARSE_OK, UINT64_MAX);
	number("0xffffffffffffffff", PARSE_OK, UINT64_MAX);
	number("18446744073709551616", PARSE_OVERFLOW, 0);
	number("99999999999999999999999999", PARSE_OVERFLOW, 0);
	number("0x10000000000000000", PARSE_OVERFLOW, 0);
	number("", PARSE_BAD, 0);
	number("0x", PARSE_BAD, 0);
	number("x10", PARSE_BAD, 0);
	number("-1", PARSE_BAD, 0);
	number("+1", PARSE_BAD, 0);
	number(" 1", PARSE_BAD, 0);
	number("1 ", PARSE_BAD, 0);
	number("12a", PARSE_BAD, 0);
	number("99999999999999999999999999z", PARSE_BAD, 0);
	number("0xg", PARSE_BAD, 0);
	number("1e3", PARSE_BAD, 0);
}

static void test_durations(void)
{
	char buf[32];

	duration("100ms", PARSE_OK, 100000000);
	duration("2s", PARSE_OK, 2000000000);
	duration("5m", PARSE_OK, 300000000000);
	duration("24h", PARSE_OK, 86400000000000);
	duration("0s", PARSE_OK, 0);
	duration("5", PARSE_BAD, 0);
	duration("s", PARSE_BAD, 0);
	duration("", PARSE_BAD, 0);
	duration("1.5s", PARSE_BAD, 0);
	duration("5 s", PARSE_BAD, 0);
	duration("5S", PARSE_BAD, 0);
	duration("5sec", PARSE_BAD, 0);
	duration("5us", PARSE_BAD, 0);
	duration("5d", PARSE_BAD, 0);
	duration("-5s", PARSE_BAD, 0);
	duration("0x5s", PARSE_BAD, 0);
	duration("18446744073709551615s", PARSE_OVERFLOW, 0);
	duration("99999999999999999999s", PARSE_OVERFLOW, 0);
	format_duration(buf, sizeof(buf), 100 * NSEC_PER_MSEC);
	is(buf, "100ms", "100ms formatted");
	format_duration(buf, sizeof(buf), 1500 * NSEC_PER_MSEC);
	is(buf, "1500ms", "1500ms formatted");
	format_duration(buf, sizeof(buf), 90 * NSEC_PER_SEC);
	is(buf, "90s", "90s formatted");
	format_duration(buf, sizeof(buf), 7200 * NSEC_PER_SEC);
	is(buf, "2h", "2h formatted");
	format_duration(buf, sizeof(buf), 0);
	is(buf, "0ms", "0 formatted");
}

static void items(const char *list, const char *want)
{
	const char *cursor = list;
	struct span item;
	char got[64] = "";

	while (next_item(&cursor, ',', &item))
		scnprintf(got + strlen(got), sizeof(got) - strlen(got), "[%.*s]", (int)item.len,
			  item.s);
	is(got, want, list);
}

static void decode(const char *text, size_t size, const char *want)
{
	char got[64];
	bool good = percent_decode(got, size, text);

	ok(want ? good && !strcmp(got, want) : !good, "decode '%s' into %zu", text, size);
}

static void test_escapes(void)
{
	char buf[16];

	decode("abc", 64, "abc");
	decode("--smp%204", 64, "--smp 4");
	decode("100%25", 64, "100%");
	decode("%7e%7E", 64, "~~");
	decode("", 64, "");
	decode("%", 64, NULL);
	decode("%2", 64, NULL);
	decode("%zz", 64, NULL);
	decode("%2z", 64, NULL);
	decode("a%00b", 64, NULL);
	decode("a%0ab", 64, NULL);
	decode("a%7f", 64, NULL);
	decode("abc", 4, "abc");
	decode("abcd", 4, NULL);
	percent_encode(buf, sizeof(buf), "a b%c");
	is(buf, "a%20b%25c", "encode");
	ok(percent_encode(buf, 4, "ab cd") == 2 && !strcmp(buf, "ab"), "encode cuts no escape");
}

static void distance(const char *a, const char *b, unsigned int want)
{
	ok(edit_distance(span(a), span(b)) == want && edit_distance(span(b), span(a)) == want,
	   "distance of '%s' and '%s' is %u", a, b, want);
}

int main(void)
{
	struct nearest n = {.word = span("isolcpu")};
	char big[200];

	test_numbers();
	test_durations();
	items("a", "[a]");
	items("a,b", "[a][b]");
	items("", "[]");
	items(",", "[][]");
	items("a,,b,", "[a][][b][]");
	test_escapes();
	distance("", "", 0);
	distance("test", "test", 0);
	distance("tset", "test", 1);
	distance("tets", "test", 1);
	distance("tst", "test", 1);
	distance("testt", "test", 1);
	distance("kitten", "sitting", 3);
	distance("", "abc", 3);
	memset(big, 'a', sizeof(big));
	ok(edit_distance((struct span){big, sizeof(big)}, span("")) == EDIT_MAX, "long words");
	nearest_offer(&n, "cpus");
	nearest_offer(&n, "isolcpus");
	nearest_offer(&n, "console");
	is(n.name, "isolcpus", "nearest");
	return done_testing();
}
