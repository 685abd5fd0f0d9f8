/* SPDX-License-Identifier: BSD-2-Clause */
/* Heat during a run: a processor that slows down makes gaps and times longer, and says so in its logs only. */
#ifndef KERNEL_THERMAL_H
#define KERNEL_THERMAL_H

/* Clears the logs of every CPU that has any. CPU 0, all idle, before the first test. */
void thermal_start(void);

/* Says what they hold now, of every CPU: one line for each kind of event. CPU 0, all idle. */
void thermal_report(void);

#endif
