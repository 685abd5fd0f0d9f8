/* SPDX-License-Identifier: BSD-2-Clause */
/* The port that the firmware names as its console: the SPCR table. Reads bytes; any may come. */
#ifndef ARCH_ACPI_SPCR_H
#define ARCH_ACPI_SPCR_H

#include <arch/x86_64/acpi_fields.h>
#include <arch/x86_64/serial.h>

/* Written at start-up; address 0: the firmware names none that this kernel can drive. */
extern struct serial_port acpi_console;

/* Reads a whole SPCR table. */
void acpi_spcr_read(const u8 *table, u32 size);

#endif
