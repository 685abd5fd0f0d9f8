// SPDX-License-Identifier: BSD-2-Clause
/* A line is out before the next check begins, as that one may end the program. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <tests/host/lib/tap.h>

static int tap_run, tap_failed;

int ok(int good, const char *fmt, ...)
{
	char text[1024];
	va_list args;
	char *c;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (c = text; *c; c++)
		if (*c == '\n' || *c == '#') /* either would end the description */
			*c = ' ';
	tap_failed += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", ++tap_run, text);
	fflush(stdout); /* what died next must not take this line with it */
	return good;
}

int is(const char *got, const char *want, const char *name)
{
	int good = !strcmp(got, want);

	ok(good, "%s", name);
	if (!good)
		printf("#      got: '%s'\n# expected: '%s'\n", got, want);
	return good;
}

int done_testing(void)
{
	printf("1..%d\n", tap_run);
	return tap_failed ? 1 : 0;
}
