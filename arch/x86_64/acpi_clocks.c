// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/acpi_clocks.h>

/* Offsets in the FADT (ACPI 6.5, 5.2.9) and in the HPET table. */
enum {
	FADT_PM_TMR_BLK = 76,
	FADT_PM_TMR_LEN = 91,
	FADT_X_PM_TMR_BLK = 208,
	HPET_ADDRESS = 40,
};

#define FLAG_TMR_VAL_EXT BIT(8)
#define PM_TMR_LEN	 4

struct acpi_clocks acpi_clocks;

/* The 64-bit field counts where it is filled in. */
void acpi_clocks_read_fadt(const u8 *fadt, u32 size)
{
	u64 flags = acpi_field(fadt, size, FADT_FLAGS, 4);
	u16 port = acpi_port(acpi_field(fadt, size, FADT_PM_TMR_BLK, 4));

	if (flags & FADT_HW_REDUCED || acpi_field(fadt, size, FADT_PM_TMR_LEN, 1) != PM_TMR_LEN)
		return;
	acpi_clocks.pm_timer = acpi_register_at(fadt, size, FADT_X_PM_TMR_BLK);
	if (acpi_clocks.pm_timer.space == ACPI_NOWHERE && port)
		acpi_clocks.pm_timer = (struct acpi_register){ACPI_PORT, port};
	acpi_clocks.pm_timer_32 = flags & FLAG_TMR_VAL_EXT;
}

void acpi_clocks_read_hpet(const u8 *table, u32 size)
{
	struct acpi_register reg = acpi_register_at(table, size, HPET_ADDRESS);

	/* Its registers are 8 bytes each; an address that is none of theirs is a lie. */
	if (!acpi_clocks.hpet && reg.space == ACPI_MEMORY && !(reg.address & 7))
		acpi_clocks.hpet = reg.address;
}
