/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends of a run that are not the report's: each says what it knows, then ends with its verdict. */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include <kernel/lib/types.h>

struct pt_regs;

/* The kernel cannot go on: registers, backtrace, test and step; verdict CRASH. Any context. */
__noreturn __printf(1, 2) void panic(const char *fmt, ...);
__noreturn __printf(2, 3) void die(const struct pt_regs *regs, const char *fmt, ...);

/* A test makes no progress: every CPU's backtrace; verdict HANG. Any context. */
__noreturn __printf(1, 2) void hang(const char *fmt, ...);

/* The harness failed in the middle of a test: every CPU's backtrace; verdict ERROR. */
__noreturn __printf(1, 2) void harness_error(const char *fmt, ...);

/* Prints this CPU's registers (of the interrupted context) and backtrace. Any context. */
void show_regs(const struct pt_regs *regs);

/* Prints the calls that led to frame pointer @bp. Any context. */
void backtrace(u64 ip, u64 bp);

#endif
