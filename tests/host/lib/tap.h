/* SPDX-License-Identifier: BSD-2-Clause */
/* TAP for the host programs: ok() for each check, `return done_testing();` at the end of main. */
#ifndef TESTS_HOST_LIB_TAP_H
#define TESTS_HOST_LIB_TAP_H

#include <stdio.h>
#include <string.h>

/* One check; the text names it. Returns @good. */
__attribute__((format(printf, 2, 3))) int ok(int good, const char *fmt, ...);

/* Two strings must be the same; shows both if not. Returns whether they are. */
int is(const char *got, const char *want, const char *name);

/* The plan, last; the exit status. */
int done_testing(void);

#endif
