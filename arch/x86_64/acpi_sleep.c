// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/acpi_sleep.h>
#include <kernel/lib/string.h>

/* Offsets in the FADT. */
enum {
	FADT_DSDT = 40,
	FADT_SMI_CMD = 48,
	FADT_ACPI_ENABLE = 52,
	FADT_PM1A_CNT = 64,
	FADT_PM1B_CNT = 68,
	FADT_RESET_REG = 116,
	FADT_RESET_VALUE = 128,
	FADT_X_DSDT = 140,
	FADT_X_PM1A_CNT = 172,
	FADT_X_PM1B_CNT = 184,
	FADT_SLEEP_CONTROL = 244,
};

#define FLAG_RESET_REG BIT(10)

/* AML (ACPI 6.5, 20.2). */
enum {
	AML_ZERO = 0,
	AML_ONE = 1,
	AML_NAME = 0x08,
	AML_BYTE = 0x0a,
	AML_WORD = 0x0b,
	AML_DWORD = 0x0c,
	AML_PACKAGE = 0x12,
	AML_ROOT = '\\',
	AML_ONES = 0xff,
};

#define AML_HEADER 36 /* of every table */

struct acpi_sleep acpi_sleep;

/* The 64-bit field counts where it is filled in. */
static u16 pm1_port(const u8 *fadt, u32 size, u32 offset, u32 x_offset)
{
	struct acpi_register reg = acpi_register_at(fadt, size, x_offset);

	return reg.space == ACPI_PORT ? acpi_port(reg.address)
				      : acpi_port(acpi_field(fadt, size, offset, 4));
}

u64 acpi_sleep_read_fadt(const u8 *fadt, u32 size)
{
	u64 flags = acpi_field(fadt, size, FADT_FLAGS, 4),
	    dsdt = acpi_field(fadt, size, FADT_X_DSDT, 8);

	if (flags & FLAG_RESET_REG) {
		acpi_sleep.reset = acpi_register_at(fadt, size, FADT_RESET_REG);
		acpi_sleep.reset_value = (u8)acpi_field(fadt, size, FADT_RESET_VALUE, 1);
	}
	if (flags & FADT_HW_REDUCED) {
		acpi_sleep.sleep_control = acpi_register_at(fadt, size, FADT_SLEEP_CONTROL);
	} else {
		acpi_sleep.pm1a = pm1_port(fadt, size, FADT_PM1A_CNT, FADT_X_PM1A_CNT);
		acpi_sleep.pm1b = pm1_port(fadt, size, FADT_PM1B_CNT, FADT_X_PM1B_CNT);
		acpi_sleep.smi_port = acpi_port(acpi_field(fadt, size, FADT_SMI_CMD, 4));
		acpi_sleep.acpi_enable = (u8)acpi_field(fadt, size, FADT_ACPI_ENABLE, 1);
	}
	return dsdt ? dsdt : acpi_field(fadt, size, FADT_DSDT, 4);
}

/* One integer at @at, which then points past it. False: something else stands there. */
static bool get_integer(const u8 *aml, u32 size, u32 *at, u64 *value)
{
	u32 bytes = 0;

	if (*at >= size)
		return false;
	switch (aml[(*at)++]) {
	case AML_ZERO:
		*value = 0;
		return true;
	case AML_ONE:
		*value = 1;
		return true;
	case AML_ONES:
		*value = 0xff;
		return true;
	case AML_BYTE:
		bytes = 1;
		break;
	case AML_WORD:
		bytes = 2;
		break;
	case AML_DWORD:
		bytes = 4;
		break;
	default:
		return false;
	}
	if (bytes > size - *at) /* @sleep.integer */
		return false;
	*value = acpi_field(aml, size, *at, bytes);
	*at += bytes;
	return true;
}

/* The package after the name: its length, the number of its elements, then SLP_TYPa and b. */
static bool read_package(const u8 *aml, u32 size, u32 at)
{
	u64 a, b;
	u32 elements;

	if (size - at < 2 || aml[at] != AML_PACKAGE) /* @sleep.package */
		return false;
	at += 2 + (aml[at + 1] >> 6); /* the top bits: how many more bytes the length has */
	if (at >= size)		      /* @sleep.length */
		return false;
	elements = aml[at++];
	if (!elements || !get_integer(aml, size, &at, &a))
		return false;
	/* A single element holds both, as ACPICA reads it. */
	if (elements == 1)
		b = a >> 8;
	else if (!get_integer(aml, size, &at, &b))
		return false;
	acpi_sleep.slp_typ_a = a & 7;
	acpi_sleep.slp_typ_b = b & 7;
	return true;
}

/*
 * \_S5 is a Name() of constants in the root of every machine's DSDT, so that it need not be run to be
 * read: NameOp, perhaps a backslash, the four letters, the package.
 */
void acpi_sleep_read_dsdt(const u8 *dsdt, u32 size)
{
	u32 at;

	for (at = AML_HEADER + 1; at + 4 <= size && !acpi_sleep.s5; at++) {
		/* The first letter here: a call for each byte took longer than all other tables. */
		if (dsdt[at] != '_' || memcmp(dsdt + at, "_S5_", 4))
			continue;
		if (dsdt[at - 1] == AML_NAME ||
		    (dsdt[at - 1] == AML_ROOT && dsdt[at - 2] == AML_NAME))
			acpi_sleep.s5 = read_package(dsdt, size, at + 4);
	}
}
