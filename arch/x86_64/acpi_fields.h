/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields of an ACPI table that may end anywhere: what lies beyond its end is 0. */
#ifndef ARCH_ACPI_FIELDS_H
#define ARCH_ACPI_FIELDS_H

#include <kernel/lib/string.h>
#include <kernel/lib/types.h>

/* The FADT's flags (ACPI 6.5, 5.2.9), and one of them. */
#define FADT_FLAGS	112
#define FADT_HW_REDUCED BIT(20)

enum acpi_space {
	ACPI_NOWHERE = 0, /* there is no such register, or none that this kernel reaches */
	ACPI_PORT,
	ACPI_MEMORY
};

struct acpi_register {
	enum acpi_space space;
	u64 address;
};

/* A generic address structure: space, width, offset, access size, address (ACPI 6.5, 5.2.3.2). */
#define ACPI_GAS_SIZE	 12
#define ACPI_GAS_ADDRESS 4
#define ACPI_GAS_MEMORY	 0
#define ACPI_GAS_PORT	 1
#define ACPI_MEMORY_MAX	 BIT(46)

/* @bytes, up to 8, at @offset of a table of @size bytes. */
static inline u64 acpi_field(const u8 *table, u32 size, u32 offset, u32 bytes)
{
	u64 value = 0;

	if (offset + bytes <= size)
		memcpy(&value, table + offset, bytes);
	return value;
}

/* A port number; 0: it is none. */
static inline u16 acpi_port(u64 address)
{
	return address < 0xffff ? (u16)address : 0;
}

/* The register that the generic address structure at @offset names. */
static inline struct acpi_register acpi_register_at(const u8 *table, u32 size, u32 offset)
{
	u64 address = acpi_field(table, size, offset + ACPI_GAS_ADDRESS, 8);
	struct acpi_register reg = {ACPI_NOWHERE, address};

	if (offset + ACPI_GAS_SIZE > size || !address)
		return reg;
	if (table[offset] == ACPI_GAS_PORT && acpi_port(address))
		reg.space = ACPI_PORT;
	else if (table[offset] == ACPI_GAS_MEMORY && address < ACPI_MEMORY_MAX)
		reg.space = ACPI_MEMORY;
	return reg;
}

#endif
