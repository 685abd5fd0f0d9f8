/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the report only: one line in one piece, under the console's lock. */
#ifndef KERNEL_REPORT_LINE_H
#define KERNEL_REPORT_LINE_H

#include <stdarg.h>
#include <kernel/lib/types.h>

/* What report_lock() found out, for the others. */
struct report_lock {
	unsigned long flags;
	bool held;
	bool nested; /* in the middle of a line of this CPU's own */
};

/* Hook: which CPU this is. -1: never mind. Any context. */
int report_cpu(void);

/* Hook: how long the host had stopped the machine during this test, in milliseconds. */
u64 report_stopped_ms(void);

/*
 * IRQs off and the lock taken; without the lock if it cannot be had within a bound, or if the CPU
 * holds it already and this is an NMI. Any context.
 */
struct report_lock report_lock(void);
void report_unlock(struct report_lock l);

/* One line: @head as it is, then the formatted rest. Between the two above. */
__printf(3, 0) void report_vline(struct report_lock l, const char *head, const char *fmt,
				 va_list args);
__printf(3, 4) void report_line(struct report_lock l, const char *head, const char *fmt, ...);

/* How many there were. Any context. */
u64 report_lines(void);

/* All is lost: wait for the lock only briefly from now on. Any context. */
void report_emergency(void);

/* test=NAME of the open or last test. */
const char *report_test_word(void);

/* The test ends: print what is left of its violations and the counts, and forget them. */
void report_violations_end(void);

/* Did the open test ask for violations? They are told as `# expected` then. */
bool report_violations_wanted(void);

#endif
