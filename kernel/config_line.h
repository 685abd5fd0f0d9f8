/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines that say what ran where, and how to run it again. */
#ifndef KERNEL_CONFIG_LINE_H
#define KERNEL_CONFIG_LINE_H

/* `# config ...`: every parameter with its effective value, and the machine. */
void config_line_print(void);

/* `# replay: ./run-qemu.sh ...` */
void replay_line_print(void);

#endif
