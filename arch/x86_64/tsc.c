// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/vectors.h>

#define PIT_CHANNEL0 0x40
#define PIT_MODE     0x43
#define PIT_HZ	     1193182
#define PIT_MS	     3
#define PIT_TRIES    16
#define PIT_POLLS    1000000
#define CHECK_ROUNDS 64

u64 tsc_khz = 1000000; /* a guess that only bounds waits before calibration */
u64 apic_khz;
const char *tsc_source = "guess";
u64 tsc_warp;
static u64 tsc_start;

/* SDM vol. 3, 19.7.3 (leaf 15h); 40000010h is VMware's convention, which KVM follows. */
static u64 khz_from_cpuid(void)
{
	struct cpuid_regs r;

	if (cpu_has(X86_FEATURE_HYPERVISOR) && cpuid(0x40000000, 0).eax >= 0x40000010) {
		r = cpuid(0x40000010, 0);
		if (r.eax) {
			tsc_source = "hypervisor";
			return r.eax;
		}
	}
	if (cpu_info.max_leaf >= 0x15) {
		r = cpuid(0x15, 0);
		if (r.eax && r.ebx && r.ecx) {
			tsc_source = "cpuid";
			return (u64)r.ecx * r.ebx / r.eax / 1000;
		}
	}
	return 0;
}

/* Channel 0 counts from 65535 down, over and over; its interrupt is masked. */
static u16 pit_count(void)
{
	u8 low;

	outb(PIT_MODE, 0x00); /* latch channel 0 */
	low = inb(PIT_CHANNEL0);
	return low | inb(PIT_CHANNEL0) << 8;
}

/*
 * How many TSC cycles and APIC timer counts PIT_MS milliseconds of the PIT take. Both are read
 * beside the PIT's own count, so a slow look makes the window longer, not wrong.
 */
static bool pit_window(u64 *cycles, u64 *apic_counts)
{
	u32 polls = PIT_POLLS, wanted = PIT_HZ * PIT_MS / 1000;
	u16 first, elapsed;
	u64 start;

	outb(PIT_MODE, 0x34); /* channel 0, both bytes, mode 2 */
	outb(PIT_CHANNEL0, 0xff);
	outb(PIT_CHANNEL0, 0xff);
	apic_timer_start(0xffffffff, false, SPURIOUS_VECTOR);
	first = pit_count();
	start = rdtsc();
	*apic_counts = apic_timer_count();
	do {
		elapsed = first - pit_count();
		*cycles = rdtsc() - start;
	} while (elapsed < wanted && --polls);
	*apic_counts -= apic_timer_count();
	apic_timer_stop();
	if (!polls)
		return false;
	*cycles = mul_div(*cycles, PIT_HZ, elapsed * 1000ul);
	*apic_counts = mul_div(*apic_counts, PIT_HZ, elapsed * 1000ul);
	return *cycles > 1000;
}

/*
 * A host that takes the CPU away for longer than the PIT's 55 ms spoils a window: two in a row
 * must agree within a percent.
 */
static bool pit_measure(u64 *cycles, u64 *apic_counts)
{
	u64 last = 0;
	unsigned int i;

	for (i = 0; i < PIT_TRIES; i++) {
		if (!pit_window(cycles, apic_counts))
			return false;
		if (last && last - last / 100 <= *cycles && *cycles <= last + last / 100)
			return true;
		last = *cycles;
	}
	return false;
}

const char *tsc_calibrate(void)
{
	u64 cycles, counts, known, start;

	if (!cpu_has(X86_FEATURE_TSC))
		return "this CPU has no TSC";
	known = khz_from_cpuid();
	if (known) {
		/* Only the APIC timer is unknown: a window by the TSC itself. */
		tsc_khz = known;
		apic_timer_start(0xffffffff, false, SPURIOUS_VECTOR);
		start = rdtsc();
		while (rdtsc() - start < known * PIT_MS)
			cpu_relax();
		apic_khz = (0xffffffff - apic_timer_count()) / PIT_MS;
		apic_timer_stop();
	} else {
		if (!pit_measure(&cycles, &counts))
			return "neither CPUID nor the PIT tells how fast the TSC runs";
		tsc_source = "pit";
		tsc_khz = cycles;
		apic_khz = counts;
	}
	if (!apic_khz)
		return "the local APIC timer does not count";
	tsc_start = rdtsc();
	return NULL;
}

void tsc_check(void)
{
	static u64 last;
	u64 before, now, warp, seen;
	unsigned int i;

	for (i = 0; i < CHECK_ROUNDS; i++) {
		before = READ_ONCE(last);
		smp_rmb(); /* pairs with the locked write of last on the other CPU */
		now = rdtsc();
		if (now >= before) {
			__atomic_compare_exchange_n(&last, &before, now, false, __ATOMIC_SEQ_CST,
						    __ATOMIC_RELAXED);
			continue;
		}
		warp = before - now;
		seen = READ_ONCE(tsc_warp);
		while (warp > seen &&
		       !__atomic_compare_exchange_n(&tsc_warp, &seen, warp, false, __ATOMIC_SEQ_CST,
						    __ATOMIC_RELAXED))
			;
	}
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
