/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clocks that run at a known rate: the FADT's PM timer (ACPI 6.5, 4.8.3.3) and the HPET (IA-PC HPET
 * 1.0a, 3.2.4). The readers take bytes and no more, so that they run on the build machine too; any
 * bytes may come.
 */
#ifndef ARCH_ACPI_CLOCKS_H
#define ARCH_ACPI_CLOCKS_H

#include <arch/x86_64/acpi_fields.h>

struct acpi_clocks {
	struct acpi_register pm_timer;
	bool pm_timer_32; /* it has 32 bits, not 24 */
	u64 hpet;	  /* physical; 0: none */
};

/* Written at start-up. */
extern struct acpi_clocks acpi_clocks;

/* Read a whole FADT, a whole HPET table. */
void acpi_clocks_read_fadt(const u8 *fadt, u32 size);
void acpi_clocks_read_hpet(const u8 *table, u32 size);

#endif
