/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the report goes. console_write() is the report's hook (report.h). */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

/* The first serial port, for errors in the command line itself. */
void console_early_init(void);

/* The loader's screen, once it is known. */
void console_early_screen(void);

/*
 * The ports that console= names, those without a UART left out. Without the word: every ttyS that answers,
 * until console_settle().
 */
void console_init(void);

/* After pgtable_init(): the ports that are memory. */
void console_map(void);

/*
 * Once the ACPI tables are read, without console=: the port that the firmware names (SPCR) alone, or else
 * UARTs on PCI as well. A port that is new gets what was printed so far.
 */
void console_settle(void);

/* Waits until all of it has left the machine: what comes next may end it. Any context. */
void console_drain(void);

#endif
