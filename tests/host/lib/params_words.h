/* SPDX-License-Identifier: BSD-2-Clause */
/* How a command line is tried. */
#ifndef TESTS_HOST_LIB_PARAMS_WORDS_H
#define TESTS_HOST_LIB_PARAMS_WORDS_H

#include <kernel/config.h>
#include <kernel/params.h>
#include <tests/host/lib/tap.h>

/* What was said of the last line that was refused. */
extern char err[PARAMS_ERR_MAX];

/* Accepted; @holds is what must be true then. */
#define GOOD(line, holds)                                                         \
	do {                                                                      \
		bool parsed_ = params_parse(line, err, sizeof(err));              \
		ok(parsed_ && (holds), "'%s': %s", line, parsed_ ? #holds : err); \
	} while (0)

/* Refused; @word is named, and @why is a piece of what was expected. */
void bad(const char *line, const char *word, const char *why);

#endif
