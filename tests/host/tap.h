/* SPDX-License-Identifier: BSD-2-Clause */
/* TAP for the host programs: ok() for each check, `return done_testing();` at the end of main. */
#ifndef TESTS_HOST_TAP_H
#define TESTS_HOST_TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int tap_run, tap_failed;

/* One check; the text names it. Returns @good. */
__attribute__((format(printf, 2, 3), unused)) static int ok(int good, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (char *c = text; *c; c++)
		if (*c == '\n' || *c == '#') /* either would end the description */
			*c = ' ';
	tap_failed += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", ++tap_run, text);
	fflush(stdout); /* what died next must not take this line with it */
	return good;
}

/* Two strings must be the same; shows both if not. */
__attribute__((unused)) static int is(const char *got, const char *want, const char *name)
{
	int good = !strcmp(got, want);

	ok(good, "%s", name);
	if (!good)
		printf("#      got: '%s'\n# expected: '%s'\n", got, want);
	return good;
}

/* The plan, last; the exit status. */
__attribute__((unused)) static int done_testing(void)
{
	printf("1..%d\n", tap_run);
	return tap_failed ? 1 : 0;
}

#endif
