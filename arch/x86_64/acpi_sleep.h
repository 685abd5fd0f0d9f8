/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How firmware wants the machine reset and powered off: what the FADT (ACPI 6.5, 5.2.9) and the \_S5
 * package of the DSDT (7.4.2) say. The readers take bytes and no more, so that they run on the build
 * machine too; any bytes may come.
 */
#ifndef ARCH_ACPI_SLEEP_H
#define ARCH_ACPI_SLEEP_H

#include <arch/x86_64/acpi_fields.h>
#include <kernel/lib/types.h>

struct acpi_sleep {
	struct acpi_register reset;
	u8 reset_value;
	u16 pm1a, pm1b; /* ports of the PM1 control registers; 0: none */
	u16 smi_port;	/* takes acpi_enable to switch to ACPI mode; 0: always in it */
	u8 acpi_enable;
	struct acpi_register sleep_control; /* instead of PM1, on hardware-reduced machines */
	bool s5;			    /* the next two are known */
	u8 slp_typ_a, slp_typ_b;
};

/* Written at start-up, read when the run ends. */
extern struct acpi_sleep acpi_sleep;

/* Reads a whole FADT. Returns the physical address of the DSDT, 0 if there is none. */
u64 acpi_sleep_read_fadt(const u8 *fadt, u32 size);

/* Finds \_S5 in a whole DSDT. */
void acpi_sleep_read_dsdt(const u8 *dsdt, u32 size);

#endif
