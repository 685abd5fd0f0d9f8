/* SPDX-License-Identifier: BSD-2-Clause */
/* debug=entry: what hit whom, a line a CPU. */
#ifndef KERNEL_ENTRY_LOG_H
#define KERNEL_ENTRY_LOG_H

/* Prints what every CPU took since the last call: entries from user mode, NMIs, each vector. */
void entry_log_print(void);

#endif
