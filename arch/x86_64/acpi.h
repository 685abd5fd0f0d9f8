/* SPDX-License-Identifier: BSD-2-Clause */
/* The one ACPI table this kernel needs: the MADT names the CPUs (ACPI 6.5, 5.2.12). */
#ifndef ARCH_ACPI_H
#define ARCH_ACPI_H

#include <kernel/lib/types.h>

#define MADT_CPUS_MAX 1024

struct madt {
	bool found;
	u64 lapic_phys;
	u32 nr_cpus; /* enabled ones */
	u32 dropped; /* beyond MADT_CPUS_MAX */
	u32 apic_ids[MADT_CPUS_MAX];
	u32 nmi_lints; /* bit n: LINTn is NMI on every CPU */
};

extern struct madt madt;

/* Fills madt; found stays false when there is no valid table. @rsdp: physical, or 0 to search. */
void acpi_read_madt(u64 rsdp);

#endif
