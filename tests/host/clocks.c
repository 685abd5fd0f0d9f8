// SPDX-License-Identifier: BSD-2-Clause
/* What tells how fast the TSC runs: CPUID's answers, tables, and counters that stop or are disturbed. */
#include <stdlib.h>

#include <tests/host/lib/tap.h>
#include "../../arch/x86_64/acpi_clocks.c"
#include "../../arch/x86_64/counter.c"
#include "../../arch/x86_64/tsc_told.c"

/* CPUID: what leaves 15h, 16h and a hypervisor's say. */
static struct cpuid_regs leaf15, leaf16;
static u32 hypervisor_max, hypervisor_khz;

static struct cpuid_regs answer(u32 leaf, u32 subleaf)
{
	switch (leaf) {
	case 0x15:
		return leaf15;
	case 0x16:
		return leaf16;
	case 0x40000100:
		return (struct cpuid_regs){hypervisor_max, 0, 0, 0};
	case 0x40000110:
		return (struct cpuid_regs){hypervisor_khz, 0, 0, 0};
	}
	return (struct cpuid_regs){~0u, ~0u, ~0u, ~0u}; /* nobody may ask */
}

static void told(u32 max_leaf, u32 hypervisor, u64 want, const char *want_source, const char *name)
{
	const char *source = "";
	u64 khz = tsc_told_khz(answer, max_leaf, hypervisor, &source);

	ok(khz == want && !strcmp(source, want_source), "%s: %lu by %s, got %lu by %s", name,
	   (unsigned long)want, want_source, (unsigned long)khz, source);
}

static void test_told(void)
{
	leaf15 = (struct cpuid_regs){2, 216, 24000000, 0};
	leaf16 = (struct cpuid_regs){2600, 3500, 100, 0};
	told(0x16, 0, 2592000, "cpuid", "leaf 15h, complete");
	told(0x15, 0, 2592000, "cpuid", "leaf 15h is the last");
	told(0x14, 0, 0, "none", "leaf 14h is the last");
	leaf15.ecx = 0;
	told(0x16, 0, 2600000, "cpuid16", "the crystal is not told: the base frequency");
	told(0x15, 0, 0, "none", "the crystal is not told, and there is no leaf 16h");
	leaf15 = (struct cpuid_regs){0, 216, 24000000, 0};
	told(0x16, 0, 2600000, "cpuid16", "a ratio of 216/0");
	leaf15 = (struct cpuid_regs){2, 0, 24000000, 0};
	told(0x16, 0, 2600000, "cpuid16", "a ratio of 0/2");
	leaf15 = (struct cpuid_regs){1, ~0u, ~0u, 0};
	told(0x16, 0, 2600000, "cpuid16", "a rate that no processor has");
	leaf15 = (struct cpuid_regs){2, 216, 24000000, 0};
	leaf16.eax = 0;
	told(0x16, 0, 2592000, "cpuid", "leaf 16h is empty");
	leaf15 = (struct cpuid_regs){0, 0, 0, 0};
	told(0x16, 0, 0, "none", "both are empty");

	leaf15 = (struct cpuid_regs){2, 216, 24000000, 0};
	hypervisor_max = 0x40000110, hypervisor_khz = 1000001;
	told(0x16, 0x40000100, 1000001, "hypervisor", "a hypervisor scales the TSC");
	hypervisor_max = 0x4000010f;
	told(0x16, 0x40000100, 2592000, "cpuid", "a hypervisor without a rate");
	hypervisor_max = 0x40000110, hypervisor_khz = 0;
	told(0x16, 0x40000100, 2592000, "cpuid", "a hypervisor whose rate is 0");
	hypervisor_khz = ~0u;
	told(0x16, 0x40000100, 2592000, "cpuid", "a hypervisor whose rate is a lie");
}

#define TABLE_SIZE 276

static u8 table[TABLE_SIZE];

static void put(u32 offset, u64 value, u32 bytes)
{
	memcpy(table + offset, &value, bytes);
}

/* The bytes lie at the end of what may be read: the sanitizer sees one too far. */
static void read_table(void (*reader)(const u8 *table, u32 size), u32 size)
{
	u8 *copy = malloc(size ? size : 1);

	memcpy(copy, table, size);
	memset(&acpi_clocks, 0, sizeof(acpi_clocks));
	reader(copy, size);
	free(copy);
}

static void test_tables(void)
{
	const struct acpi_register *pm = &acpi_clocks.pm_timer;
	u32 size;

	put(FADT_PM_TMR_BLK, 0x608, 4);
	put(FADT_PM_TMR_LEN, 4, 1);
	read_table(acpi_clocks_read_fadt, 116);
	ok(pm->space == ACPI_PORT && pm->address == 0x608 && !acpi_clocks.pm_timer_32,
	   "the PM timer of an old FADT, 24 bits");
	put(FADT_FLAGS, FLAG_TMR_VAL_EXT, 4);
	put(FADT_X_PM_TMR_BLK, ACPI_GAS_MEMORY, 1);
	put(FADT_X_PM_TMR_BLK + ACPI_GAS_ADDRESS, 0xfed10008, 8);
	read_table(acpi_clocks_read_fadt, TABLE_SIZE);
	ok(pm->space == ACPI_MEMORY && pm->address == 0xfed10008 && acpi_clocks.pm_timer_32,
	   "the 64-bit field counts, 32 bits");
	put(FADT_PM_TMR_LEN, 0, 1);
	read_table(acpi_clocks_read_fadt, TABLE_SIZE);
	ok(pm->space == ACPI_NOWHERE, "a length of 0: none");
	put(FADT_PM_TMR_LEN, 4, 1);
	put(FADT_FLAGS, FADT_HW_REDUCED, 4);
	read_table(acpi_clocks_read_fadt, TABLE_SIZE);
	ok(pm->space == ACPI_NOWHERE, "a hardware-reduced machine has none");
	for (size = 0; size < TABLE_SIZE; size++)
		read_table(acpi_clocks_read_fadt, size);

	memset(table, 0, sizeof(table));
	put(HPET_ADDRESS + ACPI_GAS_ADDRESS, 0xfed00000, 8);
	read_table(acpi_clocks_read_hpet, 56);
	ok(acpi_clocks.hpet == 0xfed00000, "the HPET");
	put(HPET_ADDRESS + ACPI_GAS_ADDRESS, 0xfed00004, 8);
	read_table(acpi_clocks_read_hpet, 56);
	ok(!acpi_clocks.hpet, "an address that no HPET has");
	put(HPET_ADDRESS + ACPI_GAS_ADDRESS, 0xfed00000, 8);
	put(HPET_ADDRESS, ACPI_GAS_PORT, 1);
	read_table(acpi_clocks_read_hpet, 56);
	ok(!acpi_clocks.hpet, "at a port");
	for (size = 0; size < 56; size++)
		read_table(acpi_clocks_read_hpet, size);
	ok(!acpi_clocks.hpet, "cut at every byte");
}

/* Time passes by looking: the TSC counts 1000 a microsecond, the counter 10. */
#define COUNTS_US 10
#define CYCLES_US 1000

static u64 now_cycles, reads, standing_from, wraps_at;
static bool jitter;		   /* every read takes as long as that */
static u64 pause_at, pause_cycles; /* the host takes the CPU in the middle of this read */

static u64 fake_tsc(void)
{
	return now_cycles += 20;
}

static u64 fake_read(void)
{
	u64 at = now_cycles += 100;

	if (++reads == pause_at || jitter)
		now_cycles += pause_cycles;
	if (reads >= standing_from)
		return 0;
	return at * COUNTS_US / CYCLES_US & wraps_at;
}

/* What is measured, in counts a millisecond; 0: it was given up. */
static u64 measured(u64 mask)
{
	struct counter c = {0, mask, fake_read};
	struct counter_window w;

	now_cycles = 12345678, reads = 0, wraps_at = mask;
	if (!counter_measure(&c, fake_tsc, 3000 * COUNTS_US, 1, NULL, &w))
		return 0;
	return (w.counts * CYCLES_US * 1000 + w.cycles / 2) / w.cycles;
}

/* Three looks with so many us of other work between; then what is measured, and how long that takes. */
static u64 measured_behind(u64 first_us, u64 second_us, u64 mask, u64 *us)
{
	struct counter c = {0, mask, fake_read};
	struct counter_looks looks = {};
	struct counter_window w;
	u64 start;

	now_cycles = 12345678, reads = 0, wraps_at = mask;
	counter_look(&c, fake_tsc, &looks);
	now_cycles += first_us * CYCLES_US;
	counter_look(&c, fake_tsc, &looks);
	now_cycles += second_us * CYCLES_US;
	counter_look(&c, fake_tsc, &looks);
	start = now_cycles;
	if (!counter_measure(&c, fake_tsc, 3000 * COUNTS_US, 1, &looks, &w))
		return 0;
	*us = (now_cycles - start) / CYCLES_US;
	return (w.counts * CYCLES_US * 1000 + w.cycles / 2) / w.cycles;
}

/* Right within a percent. */
static bool right(u64 counts)
{
	return counts >= COUNTS_US * 990 && counts <= COUNTS_US * 1010;
}

static void test_counter(void)
{
	unsigned int bad = 0;
	bool given_up;

	standing_from = ~0ull;
	ok(right(measured(~0ull)), "a counter that nobody disturbs");
	ok(right(measured(0x7fff)), "one that wraps in nearly every window");
	/* The last look of a window lies some 21000 reads after the first. */
	pause_cycles = 3000 * CYCLES_US;
	for (pause_at = 1; pause_at < 50000; pause_at += 211)
		bad += !right(measured(~0ull));
	ok(!bad, "a pause of a window's length, wherever it strikes (%u wrong)", bad);
	pause_cycles = 0x10000 / COUNTS_US * CYCLES_US + 1000 * CYCLES_US;
	for (bad = 0, pause_at = 1; pause_at < 50000; pause_at += 211)
		bad += !right(measured(0xffff));
	ok(!bad, "a pause in which it wraps, wherever it strikes (%u wrong)", bad);
	pause_at = 0;

	jitter = true, pause_cycles = 200 * CYCLES_US;
	ok(right(measured(~0ull)), "looks that always take 0.2 ms need longer windows");
	pause_cycles = 400 * CYCLES_US;
	ok(right(measured(0x7fff)), "of 0.4 ms, windows longer than the counter's own round");
	pause_cycles = 50000 * CYCLES_US;
	given_up = !measured(~0ull);
	ok(given_up, "looks that always take 50 ms: given up after %lu reads",
	   (unsigned long)reads);
	jitter = false, standing_from = 1;
	given_up = !measured(~0ull);
	ok(given_up && reads < 20000, "one that stands still: seen after %lu reads",
	   (unsigned long)reads);
	standing_from = 20000;
	ok(!measured(~0ull), "one that stops in the middle of a window");
}

static void test_looks(void)
{
	static const struct {
		u64 first_us, second_us, mask, pause_at, waited_for;
		const char *what;
	} rows[] = {
		{4000, 5000, ~0ull, 0, 0, "two windows that other work fills"},
		{4000, 100, ~0ull, 0, 1, "one of them too short"},
		{100, 100, ~0ull, 0, 2, "both too short"},
		{4000, 4000, 0xffff, 0, 0, "a counter that wraps in one"},
		{4000, 10500, 0xffff, 0, 2, "one that wraps too often in the second"},
		{4000, 4000, ~0ull, 3, 2, "a pause in the middle of the look between them"},
	};
	u64 counts, us;
	unsigned int i;

	standing_from = ~0ull;
	pause_cycles = 1000 * CYCLES_US;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		pause_at = rows[i].pause_at;
		us = 0;
		counts = measured_behind(rows[i].first_us, rows[i].second_us, rows[i].mask, &us);
		ok(right(counts) && us / 2999 == rows[i].waited_for,
		   "%s: %lu windows waited for, in %lu us", rows[i].what,
		   (unsigned long)rows[i].waited_for, (unsigned long)us);
	}
	pause_at = 0;
}

int main(void)
{
	test_told();
	test_tables();
	test_counter();
	test_looks();
	return done_testing();
}
