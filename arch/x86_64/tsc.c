// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/vectors.h>

#define PIT_CHANNEL2 0x42
#define PIT_MODE     0x43
#define PIT_GATE     0x61
#define PIT_HZ	     1193182
#define PIT_MS	     5
#define PIT_POLLS    50000000
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

	if (cpu_info.hypervisor[0] && cpuid(0x40000000, 0).eax >= 0x40000010) {
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

/* One shot of the PIT's channel 2, whose output can be read: PIT_MS milliseconds. */
static bool pit_window(u64 *cycles, u32 *counts)
{
	u32 latch = PIT_HZ * PIT_MS / 1000, polls = PIT_POLLS;
	u64 start;

	outb(PIT_GATE, (inb(PIT_GATE) & ~2) | 1);
	outb(PIT_MODE, 0xb0); /* channel 2, both bytes, mode 0 */
	outb(PIT_CHANNEL2, latch & 0xff);
	outb(PIT_CHANNEL2, latch >> 8);
	apic_timer_start(0xffffffff, false, SPURIOUS_VECTOR);
	start = rdtsc();
	while (!(inb(PIT_GATE) & 0x20) && --polls)
		;
	*cycles = rdtsc() - start;
	*counts = 0xffffffff - apic_timer_count();
	apic_timer_stop();
	return polls && *cycles > PIT_MS * 1000;
}

const char *tsc_calibrate(void)
{
	u64 cycles, known, start;
	u32 counts;

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
		counts = 0xffffffff - apic_timer_count();
		apic_timer_stop();
	} else {
		if (!pit_window(&cycles, &counts))
			return "neither CPUID nor the PIT tells how fast the TSC runs";
		tsc_source = "pit";
		tsc_khz = cycles / PIT_MS;
	}
	apic_khz = counts / PIT_MS;
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

/* a * b / c with a 128-bit product; no helper of libgcc does it in a freestanding kernel. */
static u64 mul_div(u64 a, u64 b, u64 c)
{
	u64 low, high;

	asm("mulq %3" : "=a"(low), "=d"(high) : "0"(a), "rm"(b) : "cc");
	if (high >= c)
		return ~0ul;
	asm("divq %2" : "+a"(low), "+d"(high) : "rm"(c) : "cc");
	return low;
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
