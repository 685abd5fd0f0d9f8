/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether oracle 3 could call text stale on this machine: measured, and the same whatever its name is. */
#ifndef TESTS_PROBES_STALE_CONTROL_H
#define TESTS_PROBES_STALE_CONTROL_H

#include <kernel/lib/types.h>

struct stale_control {
	u64 versions; /* written */
	u64 stale;    /* executions of text older than the version that was read before */
};

/*
 * One CPU writes text and then its version; another reads the version and then executes the text, with
 * nothing in between that serialises. Once a boot, for some milliseconds, the first time it is asked; CPU
 * 0, with another CPU idle. All zero where there is none.
 */
const struct stale_control *stale_control(void);

#endif
