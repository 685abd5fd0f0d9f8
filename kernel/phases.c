// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/tsc.h>
#include <kernel/phases.h>
#include <kernel/report.h>

#define PHASES_MAX 128

static struct phase {
	const char *name;
	u64 end;
} phases[PHASES_MAX];
static unsigned int nr_phases, nr_lost;
static u64 start;

void phases_start(u64 tsc)
{
	start = tsc;
}

void phase_over(const char *name)
{
	if (nr_phases < PHASES_MAX)
		phases[nr_phases++] = (struct phase){name, rdtsc()};
	else
		nr_lost++;
}

static u64 us(u64 cycles)
{
	return tsc_to_ns(cycles) / 1000;
}

void phases_print(void)
{
	const struct phase *p;
	u64 before = start;

	/* Processors and emulators count from power-on; firmware may have set the TSC since. */
	report_info("time us=%lu at_us=0 phase=from the TSC's 0 to the first instruction",
		    us(start));
	for (p = phases; p < phases + nr_phases; before = p++->end)
		report_info("time us=%lu at_us=%lu phase=%s", us(p->end - before),
			    us(p->end - start), p->name);
	if (nr_lost)
		report_info("time: no room for %u phases after these", nr_lost);
}
