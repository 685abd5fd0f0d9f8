// SPDX-License-Identifier: BSD-2-Clause
/* The report in memory: what is kept of it, and that a run too long for it still has its end. */
#define _GNU_SOURCE /* memmem() */
#include <tests/host/lib/tap.h>
#include "../../kernel/kept.c"

static void write_line(const char *line)
{
	kept_write(line, strlen(line));
}

static void forget(void)
{
	text_len = 0;
	left_out = false;
	at_start = true;
}

static void kept(const char *want, const char *name)
{
	size_t len;
	const char *got = kept_text(&len);
	char copy[512] = "too long";

	if (len < sizeof(copy)) {
		memcpy(copy, got, len);
		copy[len] = '\0';
	}
	is(copy, want, name);
}

static unsigned int count(const char *what)
{
	const char *p = text, *end = text + text_len;
	unsigned int n = 0;

	for (; (p = memmem(p, (size_t)(end - p), what, strlen(what))); p++)
		n++;
	return n;
}

int main(void)
{
	char result[200];
	unsigned int i;

	write_line("KTAP version 1\n");
	write_line("# progress test=defer t_s=1\n");
	write_line("# result test=defer pokes=1\n");
	kept("KTAP version 1\n# result test=defer pokes=1\n", "all lines but progress");

	forget();
	write_line("error: a: expected ");
	write_line("# progress ");
	write_line("\n");
	kept("error: a: expected # progress \n", "a line that comes in parts");

	forget();
	for (i = 0; i < 5000; i++) {
		snprintf(result, sizeof(result), "# result test=defer number=%04u\n", i);
		write_line(result);
	}
	write_line("not ok 1 defer\n");
	write_line("# config test=defer\n");
	write_line("# verdict FAIL\n");
	ok(text_len <= TEXT_MAX, "no more than there is room for: %zu", text_len);
	ok(count("number=0000\n") == 1 && !count("number=4999\n"), "the first lines of many");
	ok(count("# no room for all lines") == 1, "it says once that lines are missing");
	ok(count("not ok 1 defer\n# config test=defer\n# verdict FAIL\n") == 1, "the end of it");

	for (i = 0; i < 5000; i++)
		write_line("not ok 1 defer\n");
	ok(text_len <= TEXT_MAX && text_len > TEXT_MAX - 100, "an end without end: %zu", text_len);
	return done_testing();
}
