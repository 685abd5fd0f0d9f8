// SPDX-License-Identifier: BSD-2-Clause
/* The firmware's console, out of an SPCR table of any bytes. */
#include <tests/host/lib/tap.h>
#include "../../arch/x86_64/acpi_spcr.c"

#define SIZE 80

static u8 table[SIZE];

static void build(u8 type, u8 space, u8 access, u64 address, u8 baud)
{
	memset(table, 0, sizeof(table));
	table[SPCR_INTERFACE] = type;
	table[SPCR_BASE] = space;
	table[SPCR_BASE + GAS_ACCESS_SIZE] = access;
	memcpy(table + SPCR_BASE + ACPI_GAS_ADDRESS, &address, sizeof(address));
	table[SPCR_BAUD] = baud;
}

static bool reads(u32 size, enum serial_kind kind, u64 address, u32 baud)
{
	acpi_console = (struct serial_port){};
	acpi_spcr_read(table, size);
	return acpi_console.kind == kind && acpi_console.address == address &&
	       acpi_console.baud == baud;
}

int main(void)
{
	unsigned int size, found = 0;

	build(TYPE_16550, ACPI_GAS_PORT, 1, 0x2f8, 7);
	ok(reads(SIZE, SERIAL_IO, 0x2f8, 115200), "a port");
	for (size = 0; size <= SPCR_BAUD; size++)
		found += !reads(size, SERIAL_IO, 0, 0);
	ok(!found, "cut at every byte: none");
	build(TYPE_16450, ACPI_GAS_PORT, 1, 0x3f8, 0);
	ok(reads(SIZE, SERIAL_IO, 0x3f8, 0), "a rate that is left alone");
	build(TYPE_16550, ACPI_GAS_PORT, 1, 0x3f8, 200);
	ok(reads(SIZE, SERIAL_IO, 0x3f8, 0), "a rate that nobody knows");
	build(TYPE_16550_GAS, ACPI_GAS_MEMORY, ACCESS_DWORD, 0xfe030000, 0);
	ok(reads(SIZE, SERIAL_MMIO32, 0xfe030000, 0), "memory, by four bytes");
	build(TYPE_16550, ACPI_GAS_MEMORY, 1, 0xfe030000, 0);
	ok(reads(SIZE, SERIAL_IO, 0, 0), "memory, byte by byte: not driven here");
	build(3, ACPI_GAS_MEMORY, ACCESS_DWORD, 0xfe030000, 0);
	ok(reads(SIZE, SERIAL_IO, 0, 0), "an ARM PL011");
	build(TYPE_16550, ACPI_GAS_PORT, 1, 0x1234567890, 7);
	ok(reads(SIZE, SERIAL_IO, 0, 0), "a port beyond 64 KiB");
	build(TYPE_16550, ACPI_GAS_PORT, 1, 0, 7);
	ok(reads(SIZE, SERIAL_IO, 0, 0), "no address: console redirection is off");
	return done_testing();
}
