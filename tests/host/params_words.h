/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line's sources, and how a line is tried. Include once, in a program of its own. */
#ifndef TESTS_HOST_PARAMS_WORDS_H
#define TESTS_HOST_PARAMS_WORDS_H

#include <stdlib.h>
#include "tap.h"
#include "../../kernel/lib/printf.c"
#include "../../kernel/lib/parse.c"
#include "../../kernel/lib/cpulist.c"
#include "../../kernel/params.c"
#include "../../kernel/params_names.c"
#include "../../entry/protocol/point_names.c"
#include "../../kernel/params_points.c"
#include "../../kernel/params_table.c"

static const char *const registry[] = {"selftest", "pti-audit", "poke", "defer", "selfdestruct"};
static char err[PARAMS_ERR_MAX];

bool test_name_known(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(registry); i++)
		if (strlen(registry[i]) == len && !memcmp(registry[i], name, len))
			return true;
	return false;
}

const char *protocol_name_at(unsigned i)
{
	static const char *const names[] = {"always-ipi", "nested-signal"};

	return i < 2 ? names[i] : NULL;
}

const char *test_name_at(unsigned i)
{
	return i < ARRAY_SIZE(registry) ? registry[i] : NULL;
}

/* Accepted; @holds is what must be true then. */
#define GOOD(line, holds)                                                         \
	do {                                                                      \
		bool parsed_ = params_parse(line, err, sizeof(err));              \
		ok(parsed_ && (holds), "'%s': %s", line, parsed_ ? #holds : err); \
	} while (0)

/* Refused; @word is named, and @why is a piece of what was expected. */
static void bad(const char *line, const char *word, const char *why)
{
	bool parsed = params_parse(line, err, sizeof(err));
	char want[256];

	snprintf(want, sizeof(want), "error: %s: expected ", word);
	ok(!parsed && !strncmp(err, want, strlen(want)) && strstr(err + strlen(want), why) &&
		   !strchr(err, '\n'),
	   "'%s' is refused: %s", line, parsed ? "no" : err);
}

#endif
