// SPDX-License-Identifier: BSD-2-Clause
/*
 * ACPI tables that nobody may believe: each kind of fault is told by its place and left out, and of
 * many tables with random faults none makes the reader leave the bytes that it asked for. With a number
 * as its argument: so many random ones. With two, a fault's number or `many` and an address: writes the
 * tables for a boot.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <tests/host/lib/tap.h>
#include "../../arch/x86_64/acpi.c"
#include "../../arch/x86_64/acpi_clocks.c"
#include "../../arch/x86_64/acpi_sleep.c"
#include "../../arch/x86_64/acpi_spcr.c"

#define MEMORY_SIZE 8192
#define AT_RSDP	    0
#define AT_ROOT	    64
#define AT_MADT	    256
#define AT_FADT	    1024
#define AT_HPET	    1536
#define AT_DSDT	    2048
#define AT_MANY	    2560 /* another MADT */
#define COPIES	    4096
#define RANDOM	    50000

static u64 base = 0x100000; /* where memory is, physically */
static u8 memory[MEMORY_SIZE], clean[MEMORY_SIZE];
static void *copies[COPIES];
static unsigned int nr_copies;
static char said[4096];

void report_info(const char *fmt, ...)
{
	size_t len = strlen(said);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said + len, sizeof(said) - len, fmt, ap);
	va_end(ap);
	strncat(said, "\n", sizeof(said) - strlen(said) - 1);
}

/* A copy of just these bytes: the sanitizer sees every byte that is read beside them. */
const void *acpi_map(u64 phys, u64 size)
{
	void *copy;

	if (phys < base || size > MEMORY_SIZE || phys - base > MEMORY_SIZE - size ||
	    nr_copies == COPIES)
		return NULL;
	copy = malloc(size);
	memcpy(copy, memory + (phys - base), size);
	copies[nr_copies++] = copy;
	return copy;
}

static void sum(unsigned int at, unsigned int size, unsigned int byte)
{
	u8 total = 0;
	unsigned int i;

	memory[at + byte] = 0;
	for (i = 0; i < size && at + i < MEMORY_SIZE; i++)
		total += memory[at + i];
	memory[at + byte] = -total;
}

static u32 length_at(unsigned int at)
{
	u32 length;

	memcpy(&length, memory + at + 4, 4);
	return length;
}

static void put32(unsigned int at, u32 value)
{
	memcpy(memory + at, &value, 4);
}

static void put_table(unsigned int at, const char *signature, u32 length)
{
	memcpy(memory + at, signature, 4);
	put32(at + 4, length);
	sum(at, length, 9);
}

/* The sums of all that have one, over what they say is theirs. */
static void sum_all(void)
{
	static const unsigned int tables[] = {AT_ROOT, AT_MADT, AT_FADT, AT_HPET, AT_DSDT};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		sum(tables[i], length_at(tables[i]), 9);
	sum(AT_RSDP, 20, 8);
}

/* A MADT of three CPUs: 0 and 1 by type 0, 2 by type 9; LINT1 is the NMI. */
static const u8 entries[] = {
	0, 8,  0,   0, 1, 0, 0, 0,			   /* */
	0, 8,  1,   1, 1, 0, 0, 0,			   /* */
	9, 16, 0,   0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, /* */
	4, 6,  255, 0, 0, 1,
};
#define AT_ENTRIES (AT_MADT + 44)
#define AT_NULL	   (AT_ROOT + 36 + 3 * 8)

static void build(void)
{
	static const unsigned int tables[] = {AT_MADT, AT_FADT, AT_HPET};
	unsigned int i;

	memset(memory, 0, sizeof(memory));
	memcpy(memory + AT_RSDP, "RSD PTR ", 8);
	memory[AT_RSDP + 15] = 2;
	put32(AT_RSDP + 20, 36);
	put32(AT_RSDP + 24, base + AT_ROOT);
	sum(AT_RSDP, 20, 8);
	for (i = 0; i < ARRAY_SIZE(tables); i++)
		put32(AT_ROOT + 36 + i * 8, base + tables[i]);
	put_table(AT_ROOT, "XSDT", 36 + sizeof(tables) / 4 * 8);
	memcpy(memory + AT_ENTRIES, entries, sizeof(entries));
	put32(AT_MADT + 36, 0xfee00000);
	put_table(AT_MADT, "APIC", 44 + sizeof(entries));
	put32(AT_FADT + 40, base + AT_DSDT);
	put32(AT_FADT + 76, 0x608);
	put_table(AT_FADT, "FACP", 244);
	put_table(AT_HPET, "HPET", 56);
	put_table(AT_DSDT, "DSDT", 80);
	memcpy(clean, memory, sizeof(clean));
}

/* More CPUs than there is room for: MANY_OLD by type 0, the rest by type 9, as firmware lists them. */
#define MANY	 300
#define MANY_OLD 255
static void build_many(void)
{
	unsigned int i, at = AT_MANY + 44;

	build();
	for (i = 0; i < MANY; i++) {
		if (i < MANY_OLD) {
			memcpy(memory + at, (const u8[]){0, 8, i, i, 1, 0, 0, 0}, 8);
			at += 8;
			continue;
		}
		memcpy(memory + at, (const u8[]){9, 16}, 2);
		put32(at + 4, i + 1); /* 255 is nobody's */
		put32(at + 8, 1);
		at += 16;
	}
	put32(AT_MANY + 36, 0xfee00000);
	put_table(AT_MANY, "APIC", at - AT_MANY);
	put32(AT_ROOT + 36, base + AT_MANY);
	sum(AT_ROOT, length_at(AT_ROOT), 9);
}

static void parse(u64 rsdp)
{
	memset(&madt, 0, sizeof(madt));
	memset(listed, 0, sizeof(listed));
	said[0] = 0;
	acpi_read_madt(rsdp);
	while (nr_copies)
		free(copies[--nr_copies]);
}

/* clang-format off */
#define FAULT(name, at, bytes, cpus, line) {name, at, bytes, sizeof(bytes) - 1, cpus, line}
/* clang-format on */

/* What is written where, how many CPUs are left, and what is said; addresses are those of 0x100000. */
static const struct fault {
	const char *name;
	unsigned int at;
	const char *bytes;
	size_t len;
	unsigned int cpus;
	const char *line;
} faults[] = {
	FAULT("the tables as they are", 0, "R", 3, ""),
	FAULT("a CPU listed as type 0 and as type 9", AT_ENTRIES + 20, "\1", 2,
	      "the MADT lists APIC ID 1 twice: one CPU"),
	FAULT("one entry twice", AT_ENTRIES + 11, "\0", 2, "lists APIC ID 0 twice"),
	FAULT("id 255 by type 0", AT_ENTRIES + 11, "\xff", 2, "APIC ID 255, which is none"),
	FAULT("id 2^32-1 by type 9", AT_ENTRIES + 20, "\xff\xff\xff\xff", 2,
	      "APIC ID 4294967295, which is none"),
	FAULT("an id above all that is held", AT_ENTRIES + 20, "\0\x20", 2,
	      "APIC ID 8192, above 8191: left out"),
	FAULT("an entry of no bytes", AT_ENTRIES + 9, "\0", 1,
	      "the MADT's entry at byte 52, of type 0, is 0 bytes long: the rest is left out"),
	FAULT("an entry of one byte", AT_ENTRIES + 1, "\1", 0,
	      "entry at byte 44, of type 0, is 1 b"),
	FAULT("an entry that is too short for its kind", AT_ENTRIES + 1, "\7", 0,
	      "is 7 bytes long"),
	FAULT("an entry longer than the table", AT_ENTRIES + 17, "\xff", 2, "is 255 bytes long"),
	FAULT("an entry of an unknown kind", AT_ENTRIES + 8, "\x7f", 2, ""),
	FAULT("a CPU that is not enabled", AT_ENTRIES + 12, "\0", 2, ""),
	FAULT("a MADT that ends before its entries", AT_MADT + 4, "\x28\0\0\0", 0,
	      "the MADT ends before its first entry"),
	FAULT("a MADT shorter than a header", AT_MADT + 4, "\x23\0\0\0", 0,
	      "APIC at 0x100100 is 35 bytes long, less than its header: left out"),
	FAULT("a MADT that runs over the end of memory", AT_MADT + 4, "\0\x20\0\0", 0,
	      "APIC at 0x100100 is 8192 bytes long, which runs over memory that is none"),
	FAULT("a MADT of 4 GiB", AT_MADT + 4, "\xff\xff\xff\xff", 0, "is 4294967295 bytes long"),
	FAULT("a root entry that is NULL", AT_ROOT + 36, "\0\0\0\0\0\0\0\0", 0,
	      "the root table's entry at byte 36 is NULL"),
	FAULT("a root entry that points nowhere", AT_ROOT + 36, "\0\0\0\xf0", 0,
	      "a table at 0xf0000000, where no memory is"),
	FAULT("a root entry that points into a table", AT_ROOT + 36, "\4", 0, ""),
	FAULT("a root that is no root", AT_ROOT, "XSDX", 0, "neither XSDT nor RSDT"),
	FAULT("a root table nowhere", AT_RSDP + 24, "\0\0\0\xf0", 0, "neither XSDT nor RSDT"),
	FAULT("no RSDP", AT_RSDP, "RSD PTR_", 0, "no RSDP at 0x100000"),
};

static void plant(const struct fault *fault)
{
	memcpy(memory, clean, sizeof(memory));
	memcpy(memory + fault->at, fault->bytes, fault->len);
	sum_all();
}

static void try_faults(void)
{
	const struct fault *f;

	for (f = faults; f < faults + ARRAY_SIZE(faults); f++) {
		plant(f);
		parse(base + AT_RSDP);
		if (!ok(madt.nr_cpus == f->cpus &&
				(*f->line ? strstr(said, f->line) != NULL : !*said),
			"%s", f->name))
			printf("# %u CPUs, \"%s\"\n", madt.nr_cpus, said);
		if (f == faults)
			ok(madt.nmi_lints == 2 && madt.lapic_phys == 0xfee00000 &&
				   madt.apic_ids[2] == 2,
			   "three CPUs, LINT1, the APIC's address");
	}
	memcpy(memory, clean, sizeof(memory));
	memory[AT_MADT + 9]++;
	parse(base);
	ok(!madt.nr_cpus && strstr(said, "APIC at 0x100100: its checksum is wrong"), "a wrong sum");
	parse(0);
	ok(!madt.found && !*said, "no memory to search in");
	parse(~0ul);
	ok(!madt.found && strstr(said, "no RSDP at"), "an RSDP at the end of the address space");
}

static u64 random_state = 88172645463325252ull;

static u32 random_below(u32 n)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (u64)(u32)(random_state >> 33) * n >> 31;
}

static void fuzz(unsigned long n)
{
	static const u8 odd[] = {0, 1, 2, 7, 8, 0x7f, 0x80, 0xfe, 0xff};
	unsigned long i, cpus = 0, quiet = 0;
	unsigned int faults, at;

	for (i = 0; i < n; i++) {
		memcpy(memory, clean, sizeof(memory));
		for (faults = 1 + random_below(6); faults; faults--) {
			/* Mostly where something stands. */
			do
				at = random_below(AT_DSDT + 128);
			while (!clean[at] && random_below(8));
			memory[at] = random_below(2) ? odd[random_below(sizeof(odd))]
						     : random_below(256);
		}
		if (random_below(8))
			sum_all();
		parse(base + AT_RSDP);
		cpus += madt.nr_cpus;
		quiet += !*said && madt.nr_cpus < 3;
	}
	ok(cpus > n,
	   "%lu tables with random faults: %lu CPUs in all, nothing beside the tables read", n,
	   cpus);
	printf("# %lu of them with fewer CPUs and not a word: an entry of another kind, or not enabled\n",
	       quiet);
}

/* For a boot: the bytes of memory that lies at @at, with the fault of that number. */
static int write_fault(unsigned long nr, const char *at)
{
	base = strtoul(at, NULL, 0);
	if (nr >= ARRAY_SIZE(faults))
		return 1;
	build();
	plant(&faults[nr]);
	fprintf(stderr, "%s\n", faults[nr].name);
	return fwrite(memory, sizeof(memory), 1, stdout) != 1;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "many")) {
		base = strtoul(argv[2], NULL, 0);
		build_many();
		return fwrite(memory, sizeof(memory), 1, stdout) != 1;
	}
	if (argc == 3)
		return write_fault(strtoul(argv[1], NULL, 10), argv[2]);
	build_many();
	parse(base + AT_RSDP);
	ok(madt.nr_cpus == MANY && !*said, "three hundred CPUs");
	build();
	try_faults();
	fuzz(argc > 1 ? strtoul(argv[1], NULL, 10) : RANDOM);
	return done_testing();
}
