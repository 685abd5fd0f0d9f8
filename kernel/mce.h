/* SPDX-License-Identifier: BSD-2-Clause */
/* Machine checks that raised no exception: corrected, deferred, or older than this run. */
#ifndef KERNEL_MCE_H
#define KERNEL_MCE_H

/* Reads every bank of every CPU, and prints a warning for each that holds an error. CPU 0, all idle. */
void mce_report(void);

#endif
