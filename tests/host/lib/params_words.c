// SPDX-License-Identifier: BSD-2-Clause
/* The names that the command line asks other parts of the kernel for are these. */
#include <stdio.h>
#include <string.h>
#include <tests/host/lib/params_words.h>

static const char *const registry[] = {"selftest", "pti-audit", "poke", "defer", "selfdestruct"};
char err[PARAMS_ERR_MAX];

bool test_name_known(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(registry); i++)
		if (strlen(registry[i]) == len && !memcmp(registry[i], name, len))
			return true;
	return false;
}

bool test_is_to_come(const char *name, size_t len)
{
	return !strncmp(name, "screen", len);
}

/* "selfdestruct" takes any kind and needs one. */
bool test_kind_known(const char *name, size_t len, const char *kind, size_t kind_len)
{
	return strncmp(name, "selfdestruct", len) ? !kind : kind && kind_len;
}

const char *protocol_name_at(unsigned int i)
{
	static const char *const names[] = {"always-ipi", "nested-signal"};

	return i < 2 ? names[i] : NULL;
}

const char *test_name_at(unsigned int i)
{
	return i < ARRAY_SIZE(registry) ? registry[i] : NULL;
}

void bad(const char *line, const char *word, const char *why)
{
	bool parsed = params_parse(line, err, sizeof(err));
	char want[256];

	snprintf(want, sizeof(want), "error: %s: expected ", word);
	ok(!parsed && !strncmp(err, want, strlen(want)) && strstr(err + strlen(want), why) &&
		   !strchr(err, '\n'),
	   "'%s' is refused: %s", line, parsed ? "no" : err);
}
