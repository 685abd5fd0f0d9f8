// SPDX-License-Identifier: BSD-2-Clause
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <tests/linux/broken.h>
#include <tests/linux/machine.h>

#define CONSOLE_SHOWN 2000
#define MOST_ARGS     64

static pid_t emulator;
static int console;

/* In the child. @stub has to have a number that the command line can name. */
static void become_emulator(const char *const *argv, int stub, pid_t parent)
{
	const char *all[MOST_ARGS + 8];
	char chardev[64];
	int n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	for (n = 0; argv[n] && n < MOST_ARGS; n++)
		all[n] = argv[n];
	snprintf(chardev, sizeof(chardev), "socket,id=stub,fd=%d", stub);
	all[n++] = "-chardev";
	all[n++] = chardev;
	all[n++] = "-gdb";
	all[n++] = "chardev:stub";
	all[n++] = "-S";
	all[n] = NULL;
	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(console, 1);
	dup2(console, 2);
	execvp(all[0], (char *const *)all);
	perror(all[0]);
	_exit(127);
}

int machine_start(const char *const *argv)
{
	pid_t parent = getpid();
	int pair[2];

	console = memfd_create("console", MFD_CLOEXEC);
	if (console < 0 || fcntl(console, F_SETFL, O_APPEND) ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || fcntl(pair[0], F_SETFD, FD_CLOEXEC))
		broken(BROKEN_HARNESS, "no socket for the emulator");
	signal(SIGPIPE, SIG_IGN);
	emulator = fork();
	if (!emulator)
		become_emulator(argv, pair[1], parent);
	close(pair[1]);
	if (emulator < 0)
		broken(BROKEN_START, "the emulator could not be started");
	return pair[0];
}

void machine_stop(void)
{
	if (emulator <= 0)
		return;
	kill(emulator, SIGKILL);
	waitpid(emulator, NULL, 0);
	emulator = 0;
}

void machine_show_console(void)
{
	char text[CONSOLE_SHOWN + 1];
	char *line, *save;
	off_t len;
	ssize_t n;

	if (!console)
		return;
	len = lseek(console, 0, SEEK_END);
	n = pread(console, text, CONSOLE_SHOWN, len > CONSOLE_SHOWN ? len - CONSOLE_SHOWN : 0);
	if (n <= 0)
		return;
	text[n] = 0;
	for (line = strtok_r(text, "\r\n", &save); line; line = strtok_r(NULL, "\r\n", &save))
		fprintf(stderr, "# console: %s\n", line);
}
