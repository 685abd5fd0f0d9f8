/* SPDX-License-Identifier: BSD-2-Clause */
/* The emulator as a child of this program: it ends with it, however that happens. */
#ifndef TESTS_LINUX_MACHINE_H
#define TESTS_LINUX_MACHINE_H

/* Starts QEMU by @argv, stopped, with its gdb stub behind the descriptor that is returned. */
int machine_start(const char *const *argv);

void machine_stop(void);

/* Prints the last lines of the guest's console and what QEMU said, behind "# ", to stderr. */
void machine_show_console(void);

#endif
