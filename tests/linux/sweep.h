/* SPDX-License-Identifier: BSD-2-Clause */
/* Events at each instruction of a path, and a row for what comes of each. */
#ifndef TESTS_LINUX_SWEEP_H
#define TESTS_LINUX_SWEEP_H

#include <tests/linux/judge.h>
#include <tests/linux/paths.h>

/*
 * Sweeps @p, at most @limit instructions of it (0: all), spread over its way in and its way out, and
 * prints the rows of the table. From ready to ready.
 */
void sweep_path(const struct path *p, size_t limit, struct sweep_count *count);

/* Where the sweep is, for whoever explains its end. */
const char *sweep_where(void);

#endif
