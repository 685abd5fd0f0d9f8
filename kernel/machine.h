/* SPDX-License-Identifier: BSD-2-Clause */
/* The ends of the machine. */
#ifndef KERNEL_MACHINE_H
#define KERNEL_MACHINE_H

#include <kernel/config.h>
#include <kernel/lib/types.h>

/* What runs this kernel: as the command line says, else as the hypervisor leaf does. Any context. */
enum accel_kind machine_accel(void);

/* After the ACPI tables have been read; says so where end= asks for what they do not tell. Start-up. */
void machine_prepare(void);

/* Ends the run as end= says, with exit status @status. Any context, on the boot page tables too. */
__noreturn void machine_end(int status);

/* This CPU has nothing more to do. */
__noreturn void machine_stop_cpu(void);

/*
 * Resets, whatever end= says: by the register that the FADT names, the keyboard controller, a triple
 * fault, in turn. Any context.
 */
__noreturn void machine_reset(void);

/*
 * Prints what closes every run (config, replay, verdict); returns the exit status. Implemented by
 * kernel/main.c.
 */
int report_finish(void);

#endif
