/* SPDX-License-Identifier: BSD-2-Clause */
/* The one ACPI table this kernel needs: the MADT names the CPUs (ACPI 6.5, 5.2.12). */
#ifndef ARCH_ACPI_H
#define ARCH_ACPI_H

#include <kernel/lib/types.h>

#define MADT_CPUS_MAX 1024
#define ACPI_APIC_IDS 8192 /* a CPU with this id or more is left out */

struct madt {
	bool found;
	u64 lapic_phys;
	u32 nr_cpus; /* enabled ones */
	u32 dropped; /* beyond MADT_CPUS_MAX, or with an id that is too large */
	u32 notes;   /* lines, told or not, about what is wrong with the tables */
	u32 apic_ids[MADT_CPUS_MAX];
	u32 nmi_lints; /* bit n: LINTn is NMI on every CPU */
};

extern struct madt madt;

/*
 * Fills madt, and what acpi_sleep.h and acpi_clocks.h want; found stays false when there is no valid
 * table. What is wrong with a table is told, and the rest of it left out. @rsdp: physical, or 0 to
 * search. Start-up, once.
 */
void acpi_read_madt(u64 rsdp);

/* @size bytes at @phys, readable; NULL where the firmware says no memory is. Start-up. */
const void *acpi_map(u64 phys, u64 size);

#endif
