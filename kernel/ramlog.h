/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log that survives a warm restart, as Linux's ramoops: where this run is, how it ended and what it
 * printed, with checksums, at a place in RAM that firmware and loaders mostly leave alone.
 */
#ifndef KERNEL_RAMLOG_H
#define KERNEL_RAMLOG_H

#include <kernel/lib/types.h>

#define RAMLOG_SIZE (64 * 1024ul)

/*
 * Takes over what the run before left at @phys, and begins this run's log there. 0: no place, and nothing
 * is kept. Early boot, CPU 0, once.
 */
void ramlog_init(u64 phys);

/* Says how the run before ended, `unknown` where memory tells nothing. */
void ramlog_tell(void);

/* What was printed: from console_write(), one at a time. */
void ramlog_write(const char *s, size_t len);

/* The run ends with this status. Any context. */
void ramlog_end(int status);

/* What the run before printed, NULL if nothing is known; @len: how much. */
const char *ramlog_previous(size_t *len);

/* Is its text what was written? Cut in the middle of a write it is not. */
bool ramlog_previous_is_whole(void);

#endif
