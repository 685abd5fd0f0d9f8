/* SPDX-License-Identifier: BSD-2-Clause */
/* This run's report, kept in memory for whoever reads it from the screen once the run is over. */
#ifndef KERNEL_KEPT_H
#define KERNEL_KEPT_H

#include <kernel/lib/types.h>

/*
 * A part of the report, whole lines; all are kept but `# progress`. Where there is no room for more, one
 * line tells so, and the last lines of a run still find a place. From console_write(), one at a time.
 */
void kept_write(const char *s, size_t len);

/* What was kept so far; @len: how much. Any context. */
const char *kept_text(size_t *len);

#endif
