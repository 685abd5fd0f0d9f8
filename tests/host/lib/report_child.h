/* SPDX-License-Identifier: BSD-2-Clause */
/* The report remembers, so each case runs in a child of its own; its output is compared. */
#ifndef TESTS_HOST_LIB_REPORT_CHILD_H
#define TESTS_HOST_LIB_REPORT_CHILD_H

#include <stdlib.h>
#include <kernel/report.h>
#include <tests/host/lib/tap.h>

#define REPORT_OUT_MAX (1 << 20)

/* What the last case printed. */
extern char out[REPORT_OUT_MAX];

/* Runs a case in a child; its output comes back in out, its status is returned. */
int run(void (*body)(void));

/* Runs a case, and checks its status and its whole output. */
void expect(const char *name, void (*body)(void), int status, const char *text);

/* Within a case: a whole test that says this. @say: or NULL. */
void one(const char *name, void (*say)(void));

#endif
