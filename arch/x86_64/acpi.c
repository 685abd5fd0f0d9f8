// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/acpi.h>
#include <arch/x86_64/acpi_clocks.h>
#include <arch/x86_64/acpi_sleep.h>
#include <arch/x86_64/pgtable.h>
#include <kernel/lib/string.h>

struct rsdp {
	char signature[8];
	u8 checksum;
	char oem[6];
	u8 revision;
	u32 rsdt;
	u32 length;
	u64 xsdt;
} __packed;

struct sdt {
	char signature[4];
	u32 length;
	u8 revision;
	u8 checksum;
	u8 rest[26];
} __packed;

struct madt_table {
	struct sdt header;
	u32 lapic_address;
	u32 flags;
} __packed;

enum {
	MADT_LAPIC = 0,
	MADT_LAPIC_NMI = 4,
	MADT_LAPIC_ADDRESS = 5,
	MADT_X2APIC = 9,
	MADT_X2APIC_NMI = 10,
};

#define MADT_ENABLED 1
#define BIOS_AREA    0xe0000
#define BIOS_END     0x100000

struct madt madt;

static bool checksum_ok(const void *table, size_t size)
{
	const u8 *p = table;
	u8 sum = 0;

	while (size--)
		sum += *p++;
	return !sum;
}

static const struct rsdp *find_rsdp(u64 phys)
{
	const struct rsdp *rsdp;

	if (phys) {
		map_direct(phys, sizeof(*rsdp));
		return phys_to_virt(phys);
	}
	map_direct(BIOS_AREA, BIOS_END - BIOS_AREA);
	for (phys = BIOS_AREA; phys < BIOS_END; phys += 16) {
		rsdp = phys_to_virt(phys);
		if (!memcmp(rsdp->signature, "RSD PTR ", 8) && checksum_ok(rsdp, 20))
			return rsdp;
	}
	return NULL;
}

static const struct sdt *map_table(u64 phys)
{
	const struct sdt *table = phys_to_virt(phys);

	map_direct(phys, sizeof(*table));
	map_direct(phys, table->length);
	return checksum_ok(table, table->length) ? table : NULL;
}

static void add_cpu(u32 id, u32 flags)
{
	if (!(flags & MADT_ENABLED))
		return;
	if (madt.nr_cpus == MADT_CPUS_MAX)
		madt.dropped++;
	else
		madt.apic_ids[madt.nr_cpus++] = id;
}

static u32 read32(const u8 *p)
{
	u32 value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static void read_entry(const u8 *entry)
{
	switch (entry[0]) {
	case MADT_LAPIC:
		add_cpu(entry[3], read32(entry + 4));
		break;
	case MADT_X2APIC:
		add_cpu(read32(entry + 4), read32(entry + 8));
		break;
	case MADT_LAPIC_NMI:
		/* Named per CPU or for all; machines in the field use one pin everywhere. */
		madt.nmi_lints |= 1u << (entry[5] & 1);
		break;
	case MADT_X2APIC_NMI:
		madt.nmi_lints |= 1u << (entry[8] & 1);
		break;
	case MADT_LAPIC_ADDRESS:
		memcpy(&madt.lapic_phys, entry + 4, sizeof(madt.lapic_phys));
		break;
	}
}

static void read_madt(const struct madt_table *table)
{
	const u8 *end = (const u8 *)table + table->header.length;
	const u8 *entry = (const u8 *)(table + 1);

	madt.found = true;
	madt.lapic_phys = table->lapic_address;
	for (; entry + 2 <= end && entry[1] >= 2 && entry + entry[1] <= end; entry += entry[1])
		read_entry(entry);
}

static void read_fadt(const struct sdt *fadt)
{
	u64 phys = acpi_sleep_read_fadt((const u8 *)fadt, fadt->length);
	const struct sdt *dsdt = phys ? map_table(phys) : NULL;

	acpi_clocks_read_fadt((const u8 *)fadt, fadt->length);
	if (dsdt && !memcmp(dsdt->signature, "DSDT", 4))
		acpi_sleep_read_dsdt((const u8 *)dsdt, dsdt->length);
}

void acpi_read_madt(u64 rsdp_phys)
{
	const struct rsdp *rsdp = find_rsdp(rsdp_phys);
	const struct sdt *root, *table;
	u32 size, offset;
	u64 phys;

	if (!rsdp || memcmp(rsdp->signature, "RSD PTR ", 8))
		return;
	size = rsdp->revision >= 2 && rsdp->xsdt ? 8 : 4;
	root = map_table(size == 8 ? rsdp->xsdt : rsdp->rsdt);
	if (!root)
		return;
	for (offset = sizeof(*root); offset + size <= root->length; offset += size) {
		phys = 0;
		memcpy(&phys, (const u8 *)root + offset, size);
		table = map_table(phys);
		if (table && !memcmp(table->signature, "APIC", 4) && !madt.found)
			read_madt((const void *)table);
		if (table && !memcmp(table->signature, "FACP", 4))
			read_fadt(table);
		if (table && !memcmp(table->signature, "HPET", 4))
			acpi_clocks_read_hpet((const u8 *)table, table->length);
	}
}
