// SPDX-License-Identifier: BSD-2-Clause
/* Reset and power off as firmware has them, and tables that lie: cut at every byte. */
#include <stdlib.h>

#include <tests/host/lib/tap.h>
#include "../../arch/x86_64/acpi_sleep.c"

#define FADT_SIZE 276

static u8 fadt[FADT_SIZE];

static void put(u32 offset, u64 value, u32 bytes)
{
	memcpy(fadt + offset, &value, bytes);
}

static void put_gas(u32 offset, u8 space, u64 address)
{
	put(offset, space, 1);
	put(offset + 1, 8, 1);
	put(offset + ACPI_GAS_ADDRESS, address, 8);
}

/* The bytes lie at the end of what may be read: the sanitizer sees one too far. */
static u64 read_fadt(u32 size)
{
	u8 *copy = malloc(size ? size : 1);
	u64 dsdt;

	memcpy(copy, fadt, size);
	memset(&acpi_sleep, 0, sizeof(acpi_sleep));
	dsdt = acpi_sleep_read_fadt(copy, size);
	free(copy);
	return dsdt;
}

static void read_dsdt(const void *aml, u32 bytes)
{
	u32 size = AML_HEADER + bytes;
	u8 *copy = calloc(1, size);

	memcpy(copy + AML_HEADER, aml, bytes);
	memset(&acpi_sleep, 0, sizeof(acpi_sleep));
	acpi_sleep_read_dsdt(copy, size);
	free(copy);
}

static void test_fadt(void)
{
	u32 size;

	put(FADT_DSDT, 0x1000, 4);
	put(FADT_SMI_CMD, 0xb2, 4);
	put(FADT_ACPI_ENABLE, 2, 1);
	put(FADT_PM1A_CNT, 0x604, 4);
	ok(read_fadt(116) == 0x1000, "the DSDT of an old FADT");
	ok(acpi_sleep.pm1a == 0x604 && !acpi_sleep.pm1b, "PM1a, no PM1b");
	ok(acpi_sleep.smi_port == 0xb2 && acpi_sleep.acpi_enable == 2, "the way to ACPI mode");
	ok(acpi_sleep.reset.space == ACPI_NOWHERE, "no reset register");

	put(FADT_FLAGS, FLAG_RESET_REG, 4);
	put_gas(FADT_RESET_REG, ACPI_GAS_PORT, 0xcf9);
	put(FADT_RESET_VALUE, 0xf, 1);
	put(FADT_X_DSDT, 0x123456789, 8);
	put_gas(FADT_X_PM1A_CNT, ACPI_GAS_PORT, 0x1804);
	put_gas(FADT_X_PM1B_CNT, ACPI_GAS_PORT, 0x1904);
	ok(read_fadt(FADT_SIZE) == 0x123456789, "the 64-bit DSDT counts");
	ok(acpi_sleep.reset.space == ACPI_PORT && acpi_sleep.reset.address == 0xcf9 &&
		   acpi_sleep.reset_value == 0xf,
	   "the reset register");
	ok(acpi_sleep.pm1a == 0x1804 && acpi_sleep.pm1b == 0x1904,
	   "the 64-bit PM1 registers count");
	for (size = 0; size < FADT_SIZE; size++)
		read_fadt(size);
	ok(true, "cut at every byte");

	put_gas(FADT_RESET_REG, ACPI_GAS_PORT, 0x10cf9);
	read_fadt(FADT_SIZE);
	ok(acpi_sleep.reset.space == ACPI_NOWHERE, "a port beyond the last");
	put_gas(FADT_RESET_REG, ACPI_GAS_MEMORY, 1ul << 46);
	read_fadt(FADT_SIZE);
	ok(acpi_sleep.reset.space == ACPI_NOWHERE, "an address beyond what can be mapped");
	put_gas(FADT_RESET_REG, 2, 0xcf9);
	read_fadt(FADT_SIZE);
	ok(acpi_sleep.reset.space == ACPI_NOWHERE, "a space that this kernel does not reach");
	put(FADT_PM1A_CNT, 0x12345604, 4);
	put_gas(FADT_X_PM1A_CNT, ACPI_GAS_PORT, 0);
	read_fadt(FADT_SIZE);
	ok(!acpi_sleep.pm1a, "PM1a at a port beyond the last");

	put(FADT_FLAGS, FADT_HW_REDUCED, 4);
	put_gas(FADT_SLEEP_CONTROL, ACPI_GAS_MEMORY, 0xfea00200);
	read_fadt(FADT_SIZE);
	ok(acpi_sleep.sleep_control.space == ACPI_MEMORY && !acpi_sleep.pm1a && !acpi_sleep.pm1b,
	   "a hardware-reduced machine has no PM1");
}

static void s5(const char *aml, u32 bytes, int a, int b, const char *name)
{
	read_dsdt(aml, bytes);
	if (a < 0)
		ok(!acpi_sleep.s5, "%s: refused", name);
	else
		ok(acpi_sleep.s5 && acpi_sleep.slp_typ_a == a && acpi_sleep.slp_typ_b == b,
		   "%s: %d %d, got %d %d", name, a, b, acpi_sleep.slp_typ_a, acpi_sleep.slp_typ_b);
}
#define S5(aml, a, b, name) s5(aml, sizeof(aml) - 1, a, b, name)

static void test_dsdt(void)
{
	static const char whole[] = "\x08_S5_\x12\x08\x04\x0a\x05\x0b\x07\x00\x00\x00";
	u32 bytes, known = 0;

	S5("\x08_S5_\x12\x06\x04\x00\x00\x00\x00", 0, 0, "QEMU's");
	S5("\x5b\x80\x08\\_S5_\x12\x0a\x04\x0a\x05\x0a\x06\x00\x00", 5, 6, "with a backslash");
	S5("\x08_S5_\x12\x48\x00\x04\x0a\x07\x01\x00\x00", 7, 1, "a length of two bytes");
	S5("\x08_S5_\x12\x05\x01\x0b\x05\x06", 5, 6, "one element for both");
	S5("\x08_S5_\x12\x09\x02\x0c\x05\x00\x00\x00\x01", 5, 1, "a dword");
	S5("_S5_\x08_S5_\x12\x06\x04\x0a\x05\x0a\x05\x00", 5, 5, "behind a mention");
	S5("\x14_S5_\x12\x06\x04\x00\x00\x00\x00", -1, 0, "a method");
	S5("\x08_S4_\x12\x06\x04\x00\x00\x00\x00", -1, 0, "another state");
	S5("\x08_S5_\x0a\x05\x04\x00\x00\x00\x00", -1, 0, "no package");
	S5("\x08_S5_\x12\x06\x00\x00\x00\x00\x00", -1, 0, "no elements");
	S5("\x08_S5_\x12\x06\x04"
	   "ABCD",
	   -1, 0, "elements that are names");
	S5("", -1, 0, "nothing");
	for (bytes = 0; bytes < sizeof(whole); bytes++) {
		read_dsdt(whole, bytes);
		known += acpi_sleep.s5;
	}
	ok(known == 3, "cut at every byte: known from both elements on (%u)", known);
	read_dsdt("", 0);
	acpi_sleep_read_dsdt((const u8 *)"", 0);
	ok(!acpi_sleep.s5, "no bytes at all");
}

int main(void)
{
	test_fadt();
	test_dsdt();
	return done_testing();
}
