// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/acpi_spcr.h>

/* Offsets in the table, and what they hold (Serial Port Console Redirection Table, 1.08). */
enum {
	SPCR_INTERFACE = 36,
	SPCR_BASE = 40,
	SPCR_BAUD = 58,
};
#define TYPE_16550	0
#define TYPE_16450	1
#define TYPE_16550_GAS	0x12 /* "16550-compatible with parameters defined in the GAS" */
#define GAS_ACCESS_SIZE 3
#define ACCESS_DWORD	3

struct serial_port acpi_console;

void acpi_spcr_read(const u8 *table, u32 size)
{
	static const u32 bauds[] = {[3] = 9600, [4] = 19200, [6] = 57600, [7] = 115200};
	struct acpi_register base = acpi_register_at(table, size, SPCR_BASE);
	u8 type = acpi_field(table, size, SPCR_INTERFACE, 1);
	u8 baud = acpi_field(table, size, SPCR_BAUD, 1);

	if (acpi_console.address || size <= SPCR_BAUD || base.space == ACPI_NOWHERE ||
	    (type != TYPE_16550 && type != TYPE_16450 && type != TYPE_16550_GAS))
		return;
	/* Registers a byte apart in memory are nothing that this kernel was tried with. */
	if (base.space == ACPI_MEMORY && table[SPCR_BASE + GAS_ACCESS_SIZE] != ACCESS_DWORD)
		return;
	acpi_console.kind = base.space == ACPI_PORT ? SERIAL_IO : SERIAL_MMIO32;
	acpi_console.address = base.address;
	acpi_console.baud = baud < ARRAY_SIZE(bauds) ? bauds[baud] : 0;
}
