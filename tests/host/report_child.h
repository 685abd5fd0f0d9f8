/* SPDX-License-Identifier: BSD-2-Clause */
/* The report remembers, so each case runs in a child of its own; its output is compared. */
#ifndef TESTS_HOST_REPORT_CHILD_H
#define TESTS_HOST_REPORT_CHILD_H

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tap.h"
#include "../../kernel/lib/printf.c"
#include "../../kernel/lib/string.h"
#include "../../kernel/report_line.c"
#undef PUT
#include "../../kernel/report.c"
#include "../../kernel/report_violation.c"

long strscpy(char *dst, const char *src, size_t size)
{
	return snprintf(dst, size, "%s", src);
}

static char out[1 << 20];
static size_t out_len;

void console_write(const char *s, size_t len)
{
	memcpy(out + out_len, s, len);
	out_len += len;
}

/* Runs a case in a child; its output comes back in out, its status is returned. */
static int run(void (*body)(void))
{
	int pipes[2], status;
	ssize_t n;
	pid_t pid;

	fflush(stdout);
	if (pipe(pipes) || (pid = fork()) < 0)
		abort();
	if (!pid) {
		body();
		status = report_verdict();
		for (size_t done = 0; done < out_len; done += (size_t)n)
			if ((n = write(pipes[1], out + done, out_len - done)) <= 0)
				abort();
		_exit(status);
	}
	close(pipes[1]);
	for (out_len = 0; (n = read(pipes[0], out + out_len, sizeof(out) - 1 - out_len)) > 0;)
		out_len += (size_t)n;
	out[out_len] = 0;
	close(pipes[0]);
	waitpid(pid, &status, 0);
	out_len = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect(const char *name, void (*body)(void), int status, const char *text)
{
	int got = run(body);

	ok(got == status, "%s: status %d, expected %d", name, got, status);
	is(out, text, name);
}

/* A whole test. */
static inline void one(const char *name, void (*say)(void))
{
	report_test_start(name);
	if (say)
		say();
	report_test_end();
}

#endif
