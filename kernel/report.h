/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report on the console, KTAP version 1: each line written in one piece, the outcome of each
 * test, and the verdict. Everything but report_violation() takes a lock with IRQs off: any CPU, IRQ
 * context allowed, NMI context not (there it waits out a bound, then goes on without the lock).
 * Line breaks in the texts become blanks; no text ends in one.
 */
#ifndef KERNEL_REPORT_H
#define KERNEL_REPORT_H

#include <kernel/lib/types.h>

#define REPORT_LINE_MAX	    4096 /* bytes of a line with its end; longer ones are cut */
#define REPORT_PLAN_AT_END  (-1)
#define REPORT_STATUS_USAGE 2 /* no outcome of a test: the command line was refused */

/* In order of severity: the worst that was said about a test counts. */
enum report_outcome {
	REPORT_NONE,
	REPORT_SKIP,
	REPORT_PASS,
	REPORT_FAIL,
	REPORT_ERROR,
	REPORT_HANG,
	REPORT_CRASH,
	REPORT_OUTCOMES,
};

/* Hook: write to wherever the output goes. Called under the lock with whole lines. */
void console_write(const char *s, size_t len);

/* `KTAP version 1`, and the line that says who speaks. First of all. */
void report_start(const char *version, const char *commit);

/*
 * `1..@tests`. REPORT_PLAN_AT_END where the number shows only later (until=fail): printed before
 * the verdict then. Fewer tests than planned are an ERROR; 0 planned (list, help) is a PASS.
 */
void report_plan(int tests);

/*
 * A test begins. @name is copied; its first word is test=NAME in other lines, what follows
 * ("defer sync=ipi") tells runs of one test apart. Ends a test that is still open.
 */
void report_test_start(const char *name);

/* What came out of the open test; said several times and from several CPUs, the worst wins. */
void report_pass(void);
__printf(1, 2) void report_fail(const char *reason, ...);
__printf(1, 2) void report_skip(const char *reason, ...);

/* What the open test passed was not what had been asked for: its PASS becomes a SKIP. */
__printf(1, 2) void report_vain(const char *reason, ...);

/* The harness could not do its job. Outside of a test it counts for the verdict by itself. */
__printf(1, 2) void report_error(const char *reason, ...);

/*
 * The test ends: prints its one `ok` or `not ok` line. No outcome is an ERROR; a PASS with
 * violations that nobody expected is a FAIL. Returns the outcome, REPORT_NONE if no test was open.
 */
enum report_outcome report_test_end(void);

/* What the exit status @status is called. */
const char *report_status_name(int status);

/* A hook: what report_where() says is another now. Does nothing unless there is one. */
void report_where_changed(void);

/* Where the test is, for a crash or hang; @step must stay valid (a literal). Any context. */
void report_step(const char *step);

/* Write "test NAME, step STEP" (or less) into a buffer. Any context. Returns the length. */
size_t report_where(char *buf, size_t size);

/* `# ...` */
__printf(1, 2) void report_info(const char *fmt, ...);

/* `# result test=@test ...`; NULL means the open test. */
__printf(2, 3) void report_result(const char *test, const char *fmt, ...);

/* `# progress test=NAME ...`, once a second in timed tests. */
__printf(1, 2) void report_progress(const char *fmt, ...);

/*
 * Called once a second: a test that has been silent for two says in which step it is, @test_s seconds old, and
 * again with each call until it says something else. One CPU's tick.
 */
void report_silence(u64 test_s);

/*
 * The run is lost: the open test ends at once with this reason and the verdict is CRASH or HANG.
 * From here on the lock is waited for only briefly, then written without. Any context.
 */
__printf(1, 2) void report_crash(const char *reason, ...);
__printf(1, 2) void report_hang(const char *reason, ...);

/* Last of all: ends an open test, prints a late plan and the verdict; returns the exit status. */
int report_verdict(void);

/* The name of protocol= in violations; must stay valid. NULL: none. Any context. */
void report_protocol(const char *name);

/*
 * A promise was broken on @cpu. Any context, NMI included: never waits, only notes. @kind and
 * @point are literals (@point may be NULL). The first witness of each kind, protocol, point and CPU
 * is kept and printed by report_flush(); the others are counted.
 */
__printf(4, 5) void report_violation(const char *kind, const char *point, unsigned int cpu,
				     const char *fmt, ...);

/*
 * What was violated since report_violation_mark(): the @nth kind, in the order in which they were
 * first seen, and the point where it was; NULL if there were not so many. Housekeeping context.
 */
void report_violation_mark(void);
const char *report_violation_kind(unsigned int nth, const char **point);

/* Print the violations noted so far. Housekeeping context, often; does nothing if one is at it. */
void report_flush(void);

/* Violations since the last test ended. Any context. */
u64 report_violations(void);

/* Of these, on @cpu: those that had room to be kept. Any context. */
u64 report_violations_of(unsigned int cpu);

/* The open test wants violations (a broken protocol, a self-test): they do not fail it. */
void report_expect_violations(void);

#endif
