/* SPDX-License-Identifier: BSD-2-Clause */
/* How the sweep ends where it cannot go on: the exit status is the project's (README.md). */
#ifndef TESTS_LINUX_BROKEN_H
#define TESTS_LINUX_BROKEN_H

enum broken {
	BROKEN_USAGE = 2,   /* what was given is not what it should be */
	BROKEN_HARNESS = 3, /* this program, or the emulator, cannot do its job */
	BROKEN_ENDED = 4,   /* the emulator ended: the kernel under test did it */
	BROKEN_START = 6,   /* the emulator never started */
	BROKEN_SKIP = 77,   /* nothing to sweep in this kernel */
};

/* Says why, and where the sweep was, shows the end of the console, stops the emulator and ends. */
__attribute__((noreturn, format(printf, 2, 3))) void broken(enum broken how, const char *form, ...);

#endif
