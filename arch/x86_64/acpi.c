// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/acpi.h>
#include <arch/x86_64/acpi_clocks.h>
#include <arch/x86_64/acpi_sleep.h>
#include <arch/x86_64/acpi_spcr.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>

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

#define RSDP_1_SIZE  20 /* in the first version, and of what its checksum is */
#define MADT_ENABLED 1
#define BIOS_AREA    0xe0000
#define BIOS_END     0x100000

#define NOTES_MAX 8 /* lines about one machine's tables */

struct madt madt;

/* APIC ids that were listed, a bit each. */
static u64 listed[ACPI_APIC_IDS / 64];

/* Says what is wrong with the tables, and goes on without it. */
#define note(...)                                          \
	do {                                               \
		if (madt.notes++ < NOTES_MAX)              \
			report_info("acpi: " __VA_ARGS__); \
	} while (0)

static bool checksum_ok(const void *table, size_t size)
{
	const u8 *p = table;
	u8 sum = 0;

	while (size--)
		sum += *p++;
	return !sum;
}

static bool is_rsdp(const struct rsdp *rsdp)
{
	return !memcmp(rsdp->signature, "RSD PTR ", 8) && checksum_ok(rsdp, RSDP_1_SIZE);
}

static const struct rsdp *find_rsdp(u64 phys)
{
	const struct rsdp *rsdp;
	const u8 *area;
	u32 offset;

	if (phys) {
		rsdp = acpi_map(phys, RSDP_1_SIZE);
		if (rsdp && is_rsdp(rsdp))
			return rsdp->revision < 2 ? rsdp : acpi_map(phys, sizeof(*rsdp));
		note("no RSDP at 0x%lx, where the loader or acpi_rsdp= says", (unsigned long)phys);
		return NULL;
	}
	area = acpi_map(BIOS_AREA, BIOS_END - BIOS_AREA);
	for (offset = 0; area && offset + sizeof(*rsdp) <= BIOS_END - BIOS_AREA; offset += 16) {
		rsdp = (const void *)(area + offset);
		if (is_rsdp(rsdp))
			return rsdp;
	}
	return NULL;
}

/*
 * The whole of a table with one of the signatures that follow each other in @wanted; NULL if it has
 * another, and with a note if it cannot be one. The signature is looked at first: of a wrong pointer a
 * checksum says nothing.
 */
static const struct sdt *map_table(u64 phys, const char *wanted)
{
	const struct sdt *table = acpi_map(phys, sizeof(*table)), *whole;
	const char *s;

	if (!phys || !table) {
		note("a table at 0x%lx, where no memory is: left out", (unsigned long)phys);
		return NULL;
	}
	for (s = wanted; *s && memcmp(table->signature, s, 4); s += 4)
		;
	if (!*s)
		return NULL;
	if (table->length < sizeof(*table)) { /* @acpi.short */
		note("%.4s at 0x%lx is %u bytes long, less than its header: left out", s,
		     (unsigned long)phys, table->length);
		return NULL;
	}
	whole = acpi_map(phys, table->length);
	if (!whole) {
		note("%.4s at 0x%lx is %u bytes long, which runs over memory that is none: left out",
		     s, (unsigned long)phys, table->length);
		return NULL;
	}
	if (!checksum_ok(whole, whole->length)) {
		note("%.4s at 0x%lx: its checksum is wrong: left out", s, (unsigned long)phys);
		return NULL;
	}
	return whole;
}

/* ACPI 6.5, 5.2.12.2 and 5.2.12.12. @nobody: the id that stands for no CPU, or for all. */
static void add_cpu(u32 id, u32 flags, u32 nobody)
{
	if (!(flags & MADT_ENABLED))
		return;
	if (id == nobody) {
		note("the MADT lists a CPU with APIC ID %u, which is none", id);
	} else if (id >= ACPI_APIC_IDS) {
		note("the MADT lists APIC ID %u, above %u: left out", id, ACPI_APIC_IDS - 1);
		madt.dropped++;
	} else if (listed[id / 64] & BIT(id % 64)) { /* @acpi.twice */
		note("the MADT lists APIC ID %u twice: one CPU", id);
	} else if (madt.nr_cpus == MADT_CPUS_MAX) {
		madt.dropped++;
	} else {
		listed[id / 64] |= BIT(id % 64);
		madt.apic_ids[madt.nr_cpus++] = id;
	}
}

static u32 read32(const u8 *p)
{
	u32 value;

	memcpy(&value, p, sizeof(value));
	return value;
}

/* Sizes by which an entry of each kind is read. */
static bool entry_fits(const u8 *entry)
{
	static const u8 sizes[] = {
		[MADT_LAPIC] = 8,   [MADT_LAPIC_NMI] = 6,   [MADT_LAPIC_ADDRESS] = 12,
		[MADT_X2APIC] = 16, [MADT_X2APIC_NMI] = 12,
	};

	return entry[0] >= ARRAY_SIZE(sizes) || entry[1] >= sizes[entry[0]]; /* @acpi.fits */
}

static void read_entry(const u8 *entry)
{
	switch (entry[0]) {
	case MADT_LAPIC:
		add_cpu(entry[3], read32(entry + 4), 0xff);
		break;
	case MADT_X2APIC:
		add_cpu(read32(entry + 4), read32(entry + 8), 0xffffffff);
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

	if (table->header.length < sizeof(*table)) {
		note("the MADT ends before its first entry");
		return;
	}
	madt.found = true;
	madt.lapic_phys = table->lapic_address;
	for (; entry + 2 <= end; entry += entry[1]) {
		if (entry[1] < 2 || entry[1] > end - entry || !entry_fits(entry)) {
			note("the MADT's entry at byte %u, of type %u, is %u bytes long: the rest is "
			     "left out",
			     (u32)(entry - (const u8 *)table), entry[0], entry[1]);
			return;
		}
		read_entry(entry);
	}
}

static void read_fadt(const struct sdt *fadt)
{
	u64 phys = acpi_sleep_read_fadt((const u8 *)fadt, fadt->length);
	const struct sdt *dsdt = phys ? map_table(phys, "DSDT") : NULL;

	acpi_clocks_read_fadt((const u8 *)fadt, fadt->length);
	if (dsdt)
		acpi_sleep_read_dsdt((const u8 *)dsdt, dsdt->length);
}

static void read_table(u64 phys)
{
	const struct sdt *table = map_table(phys, "APICFACPHPETSPCR");

	if (!table)
		return;
	if (!memcmp(table->signature, "APIC", 4)) {
		if (!madt.found)
			read_madt((const void *)table);
	} else if (!memcmp(table->signature, "FACP", 4)) {
		read_fadt(table);
	} else if (!memcmp(table->signature, "SPCR", 4)) {
		acpi_spcr_read((const u8 *)table, table->length);
	} else {
		acpi_clocks_read_hpet((const u8 *)table, table->length);
	}
}

void acpi_read_madt(u64 rsdp_phys)
{
	const struct rsdp *rsdp = find_rsdp(rsdp_phys);
	const struct sdt *root;
	u32 size, offset;
	u64 phys;

	if (!rsdp)
		return;
	size = rsdp->revision >= 2 && rsdp->xsdt ? 8 : 4;
	root = map_table(size == 8 ? rsdp->xsdt : rsdp->rsdt, "XSDTRSDT");
	if (!root) {
		note("neither XSDT nor RSDT where the RSDP says");
		return;
	}
	for (offset = sizeof(*root); offset + size <= root->length; offset += size) {
		phys = 0;
		memcpy(&phys, (const u8 *)root + offset, size);
		if (phys) /* @acpi.null */
			read_table(phys);
		else
			note("the root table's entry at byte %u is NULL", offset);
	}
}
