// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/acpi_clocks.h>
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/counter.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/tsc_drift.h>
#include <arch/x86_64/tsc_told.h>
#include <arch/x86_64/vectors.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>

#define MSR_TSC_ADJUST 0x3b

#define PIT_CHANNEL0 0x40
#define PIT_MODE     0x43
#define PIT_HZ	     1193182
#define PM_TIMER_HZ  3579545 /* ACPI 6.5, 4.8.2.1 */

/* HPET registers (IA-PC HPET 1.0a, 2.3). */
#define HPET_PERIOD	0x04 /* the upper half of the capabilities: femtoseconds a count */
#define HPET_CONFIG	0x10
#define HPET_COUNTER	0xf0
#define HPET_SIZE	0x400
#define HPET_ENABLE	1
#define HPET_PERIOD_MAX 100000000
#define FEMTOSECONDS	1000000000000000ul

#define WINDOW_US  (TSC_LOOKS_US * 4 / 5) /* the shortest; longer ones where looks are slow */
#define COUNTS_MIN 400ul		  /* one more or less is a quarter of a percent */
#define LONG_MASK  0xffffff		  /* seconds: that of the shortest PM timer */

u64 tsc_khz = 4000000; /* until calibration it only bounds waits, and few run faster */
u64 apic_khz;
const char *tsc_source = "guess", *tsc_clock = "none";
static u64 tsc_start;

static volatile u8 *hpet;

static u32 hpet_register(u32 offset)
{
	return *(volatile u32 *)(hpet + offset);
}

/* The lower half will do, whether the counter has 32 bits or 64. */
static u64 hpet_read(void)
{
	return hpet_register(HPET_COUNTER);
}

static bool hpet_start(struct counter *c)
{
	u32 period;

	if (!hpet && acpi_clocks.hpet)
		hpet = map_mmio(acpi_clocks.hpet, HPET_SIZE);
	if (!hpet)
		return false;
	period = hpet_register(HPET_PERIOD);
	if (!period || period > HPET_PERIOD_MAX)
		return false;
	*(volatile u32 *)(hpet + HPET_CONFIG) = hpet_register(HPET_CONFIG) | HPET_ENABLE;
	*c = (struct counter){FEMTOSECONDS / period, 0xffffffff, hpet_read};
	return true;
}

static volatile u32 *pm_timer;

static u64 pm_timer_read(void)
{
	return pm_timer ? *pm_timer : inl(acpi_clocks.pm_timer.address);
}

static bool pm_timer_start(struct counter *c)
{
	const struct acpi_register *reg = &acpi_clocks.pm_timer;

	if (reg->space == ACPI_NOWHERE)
		return false;
	if (!pm_timer && reg->space == ACPI_MEMORY)
		pm_timer = (volatile u32 *)map_mmio(reg->address, 4);
	c->hz = PM_TIMER_HZ; /* @clock.pm-timer */
	c->mask = acpi_clocks.pm_timer_32 ? 0xffffffff : 0xffffff;
	c->read = pm_timer_read;
	return true;
}

/* It counts down. */
static u64 pit_read(void)
{
	u8 low;

	outb(PIT_MODE, 0x00); /* latch channel 0 */
	low = inb(PIT_CHANNEL0);
	return -(low | inb(PIT_CHANNEL0) << 8);
}

/* Channel 0, whose interrupt is masked, and not 2: the gate of that one is at a port that some lack. */
static bool pit_start(struct counter *c)
{
	outb(PIT_MODE, 0x34); /* channel 0, both bytes, mode 2: from 65535 down, over and over */
	outb(PIT_CHANNEL0, 0xff);
	outb(PIT_CHANNEL0, 0xff);
	*c = (struct counter){PIT_HZ, 0xffff, pit_read};
	return true;
}

/*
 * The clocks that the TSC is measured by, the best first: the HPET counts fastest and is read at
 * once, the PM timer is the slower one of the two, the PIT takes three port accesses a look and wraps
 * every 55 ms. Machines lack any of them, the PIT's clock is often gated.
 */
static const struct {
	const char *name;
	bool (*start)(struct counter *c); /* false: there is none */
} clocks[] = {
	{"hpet", hpet_start},
	{"acpi_pm", pm_timer_start},
	{"pit", pit_start},
};

static u64 tsc_read(void)
{
	return rdtsc();
}

static u64 apic_timer_read(void)
{
	return -(u64)apic_timer_count(); /* it counts down */
}

static const struct counter apic_timer = {0, 0xffffffff, apic_timer_read};

/* Looks at each clock that has been started, until it is measured; and at the APIC timer. */
static struct counter counters[ARRAY_SIZE(clocks)];
static struct counter_looks looks[ARRAY_SIZE(clocks)], apic_looks;

static void look_at_clocks(u64 mask_min)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(clocks); i++)
		if ((looks[i].nr || clocks[i].start(&counters[i])) && counters[i].mask >= mask_min)
			counter_look(&counters[i], tsc_read, &looks[i]);
}

void tsc_look(void)
{
	look_at_clocks(0);
}

void tsc_calibrate_look(void)
{
	if (!apic_looks.nr)
		apic_timer_start(0xffffffff, false, SPURIOUS_VECTOR);
	look_at_clocks(LONG_MASK);
	counter_look(&apic_timer, tsc_read, &apic_looks);
}

bool tsc_measure(unsigned int clock, const char **name, u64 *khz)
{
	struct counter_window w;
	struct counter *c;

	*khz = 0;
	if (clock >= ARRAY_SIZE(clocks))
		return false;
	c = &counters[clock];
	*name = clocks[clock].name;
	if ((looks[clock].nr || clocks[clock].start(c)) &&
	    counter_measure(c, tsc_read, max(c->hz * WINDOW_US / 1000000, COUNTS_MIN), 1,
			    &looks[clock], &w))
		*khz = mul_div(w.cycles, c->hz, w.counts * 1000);
	looks[clock].nr = 0;
	return true;
}

static bool measure_apic_timer(void)
{
	struct counter_window w;
	bool good;

	good = counter_measure(&apic_timer, tsc_read, COUNTS_MIN, tsc_khz * WINDOW_US / 1000,
			       &apic_looks, &w);
	apic_timer_stop();
	if (good)
		apic_khz = mul_div(w.counts, tsc_khz, w.cycles);
	return good && apic_khz;
}

/* Within 2 percent: a busy host may cost a window one, rounding to whole MHz another third. */
static bool agree(u64 a, u64 b)
{
	return a - a / 50 <= b && b <= a + a / 50;
}

/*
 * What CPUID tells is exact, and wrong on emulators and after a migration: it counts where no clock
 * says otherwise. What a clock measures is right within a percent, whatever the host does.
 */
static bool find_khz(void)
{
	u32 hypervisor = hypervisor_with_rate(cpu_info.hypervisors, cpu_info.nr_hypervisors);
	u64 told, measured = 0;
	const char *source;
	unsigned int i;

	for (i = 0; !measured && tsc_measure(i, &tsc_clock, &measured); i++)
		;
	if (!measured)
		tsc_clock = "none";
	told = tsc_told_khz(cpuid, cpu_info.max_leaf, hypervisor, &source);
	if (told && measured && !agree(told, measured)) { /* @clock.cross-check */
		report_info(
			"clock: by %s the TSC runs at %lu kHz, by %s at %lu kHz, which is taken",
			source, told, tsc_clock, measured);
		told = 0;
	}
	tsc_khz = told ? told : measured;
	tsc_source = told ? source : tsc_clock;
	return tsc_khz;
}

/* The PIT wraps every 55 ms, too often for looks that are a second apart. */
static void start_drift(void)
{
	struct counter c;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(clocks); i++)
		if (!strcmp(clocks[i].name, tsc_clock) && clocks[i].start(&c) &&
		    c.mask >= LONG_MASK)
			tsc_drift_start(&c);
}

const char *tsc_calibrate(void)
{
	tsc_calibrate_look();
	if (!cpu_has(X86_FEATURE_TSC))
		return "this CPU has no TSC";
	if (!find_khz())
		return "nothing tells how fast the TSC runs: not CPUID (leaves 15h, 16h, 40000010h), and "
		       "neither an HPET nor an ACPI PM timer nor a PIT ticks";
	if (!measure_apic_timer())
		return "the local APIC timer does not count evenly";
	memset(looks, 0, sizeof(looks)); /* of the clocks that were not needed */
	start_drift();
	tsc_start = rdtsc();
	return NULL;
}

bool tsc_move(s64 cycles)
{
	if (!cpu_has(X86_FEATURE_TSC_ADJUST))
		return false;
	wrmsr(MSR_TSC_ADJUST, rdmsr(MSR_TSC_ADJUST) + cycles);
	return true;
}

u64 tsc_to_ns(u64 cycles)
{
	return mul_div(cycles, 1000000, tsc_khz);
}

u64 ns_to_tsc(u64 ns)
{
	return mul_div(ns, tsc_khz, 1000000);
}

u64 now_ns(void)
{
	return tsc_to_ns(rdtsc() - tsc_start);
}

void udelay(u64 us)
{
	u64 end = rdtsc() + ns_to_tsc(us * 1000);

	while ((s64)(rdtsc() - end) < 0)
		cpu_relax();
}
