// SPDX-License-Identifier: BSD-2-Clause
/* The console of the child is the array out, which goes to its parent through a pipe. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <kernel/console.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <tests/host/lib/report_child.h>
#include <tests/host/lib/tap.h>

long strscpy(char *dst, const char *src, size_t size)
{
	return snprintf(dst, size, "%s", src);
}

char out[REPORT_OUT_MAX];
static size_t out_len;

void console_write(const char *s, size_t len)
{
	memcpy(out + out_len, s, len);
	out_len += len;
}

int run(void (*body)(void))
{
	int pipes[2], status;
	size_t done;
	ssize_t n;
	pid_t pid;

	fflush(stdout);
	if (pipe(pipes) || (pid = fork()) < 0)
		abort();
	if (!pid) {
		body();
		status = report_verdict();
		for (done = 0; done < out_len; done += (size_t)n)
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

void expect(const char *name, void (*body)(void), int status, const char *text)
{
	int got = run(body);

	ok(got == status, "%s: status %d, expected %d", name, got, status);
	is(out, text, name);
}

void one(const char *name, void (*say)(void))
{
	report_test_start(name);
	if (say)
		say();
	report_test_end();
}
