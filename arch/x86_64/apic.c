// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/vectors.h>

enum {
	APIC_ID = 0x20,
	APIC_TPR = 0x80,
	APIC_EOI = 0xb0,
	APIC_SVR = 0xf0,
	APIC_IRR = 0x200,
	APIC_ESR = 0x280,
	APIC_ICR = 0x300,
	APIC_ICR2 = 0x310,
	APIC_LVT_TIMER = 0x320,
	APIC_LVT_THERMAL = 0x330,
	APIC_LVT_PMC = 0x340,
	APIC_LVT_LINT0 = 0x350,
	APIC_LVT_LINT1 = 0x360,
	APIC_LVT_ERROR = 0x370,
	APIC_TIMER_INIT = 0x380,
	APIC_TIMER_COUNT = 0x390,
	APIC_TIMER_DIVIDE = 0x3e0,
};

#define MSR_X2APIC	0x800
#define APICBASE_ENABLE BIT(11)
#define APICBASE_X2APIC BIT(10)
#define SVR_ENABLE	0x100
#define LVT_MASKED	0x10000
#define LVT_PERIODIC	0x20000
#define DM_NMI		0x400
#define DM_INIT		0x500
#define DM_STARTUP	0x600
#define ICR_ASSERT	0x4000
#define ICR_PENDING	0x1000
#define TIMER_DIVIDE_16 3
#define ICR_POLLS	1000000
#define PIC1_DATA	0x21
#define PIC2_DATA	0xa1

bool x2apic_enabled;
static volatile u8 *registers;

static u32 mmio_read(u32 reg)
{
	return *(volatile u32 *)(registers + reg);
}

static void mmio_write(u32 reg, u32 value)
{
	*(volatile u32 *)(registers + reg) = value;
}

static u32 apic_read(u32 reg)
{
	return x2apic_enabled ? rdmsr(MSR_X2APIC + (reg >> 4)) : mmio_read(reg);
}

static void apic_write(u32 reg, u32 value)
{
	if (x2apic_enabled)
		wrmsr(MSR_X2APIC + (reg >> 4), value);
	else
		mmio_write(reg, value);
}

/* No way leads from x2APIC mode to xAPIC mode but through "disabled" (SDM vol. 3, 11.12.5). */
static void enable_mode(void)
{
	u64 base = rdmsr(MSR_APICBASE);

	if (base & APICBASE_X2APIC && !x2apic_enabled) {
		base &= ~(APICBASE_ENABLE | APICBASE_X2APIC);
		wrmsr(MSR_APICBASE, base);
	}
	base |= APICBASE_ENABLE;
	wrmsr(MSR_APICBASE, base);
	if (x2apic_enabled)
		wrmsr(MSR_APICBASE, base | APICBASE_X2APIC);
}

void apic_init(u64 phys, bool want_x2apic)
{
	/* The 8259s first, while LINT0 still carries them: masking LINT0 under a raised line leaves
	 * an interrupt without its vector (QEMU's TCG delivers it as vector -1).
	 */
	outb(PIC1_DATA, 0xff);
	outb(PIC2_DATA, 0xff);
	x2apic_enabled = want_x2apic;
	if (!want_x2apic)
		registers = map_mmio(phys, PAGE_SIZE);
	/* In xAPIC mode the MSRs of x2APIC fault, and apic_id() is wanted soon. */
	enable_mode(); /* @apic.mode */
}

void apic_setup_cpu(u32 nmi_lints)
{
	enable_mode();
	apic_write(APIC_TPR, 0);
	apic_write(APIC_SVR, SVR_ENABLE | SPURIOUS_VECTOR);
	apic_write(APIC_LVT_TIMER, LVT_MASKED);
	apic_write(APIC_LVT_LINT0, nmi_lints & 1 ? DM_NMI : LVT_MASKED);
	apic_write(APIC_LVT_LINT1, nmi_lints & 2 ? DM_NMI : LVT_MASKED);
	apic_write(APIC_LVT_ERROR, APIC_ERROR_VECTOR);
	apic_write(APIC_TIMER_DIVIDE, TIMER_DIVIDE_16);
	apic_error_status();
}

u32 apic_id(void)
{
	u32 id = apic_read(APIC_ID);

	return x2apic_enabled ? id : id >> 24;
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

/*
 * A WRMSR to a register of the x2APIC neither serialises nor waits for earlier stores, as others do:
 * the IPI could arrive before what it is about. MFENCE makes that visible, and LFENCE lets the WRMSR
 * start only then (SDM vol. 3, 11.12.3); a locked instruction orders memory, and not this.
 */
static void write_x2apic_icr(u64 value)
{
	u32 msr = MSR_X2APIC + (APIC_ICR >> 4), low = value, high = value >> 32;

	/* pairs with the interrupt entry of the CPU that gets it */
	asm volatile("mfence; lfence; wrmsr" /* @apic.fences */
		     ::"c"(msr),
		     "a"(low), "d"(high)
		     : "memory");
}

static void send(u32 dest, u32 low)
{
	unsigned int polls = ICR_POLLS;
	struct cpu *cpu = this_cpu();
	u32 nested, interrupted = 0;
	u64 flags;

	if (x2apic_enabled) {
		write_x2apic_icr((u64)dest << 32 | low);
		return;
	}
	/* An NMI handler may interrupt another send between the two halves of the ICR: it then puts
	 * the interrupted destination back.
	 */
	flags = local_irq_save();
	nested = cpu->icr_busy;
	if (nested)
		interrupted = mmio_read(APIC_ICR2);
	cpu->icr_busy = 1;
	barrier();
	while (mmio_read(APIC_ICR) & ICR_PENDING && --polls)
		cpu_relax();
	mmio_write(APIC_ICR2, dest << 24);
	mmio_write(APIC_ICR, low);
	if (nested)
		mmio_write(APIC_ICR2, interrupted);
	barrier();
	cpu->icr_busy = nested;
	local_irq_restore(flags);
}

void apic_send_vector(u32 dest, u8 vector)
{
	send(dest, ICR_ASSERT | vector);
}

void apic_send_nmi(u32 dest)
{
	send(dest, ICR_ASSERT | DM_NMI);
}

void apic_send_init(u32 dest)
{
	send(dest, ICR_ASSERT | DM_INIT);
}

void apic_send_sipi(u32 dest, u8 page)
{
	send(dest, ICR_ASSERT | DM_STARTUP | page);
}

void apic_timer_start(u32 count, bool periodic, u8 vector)
{
	apic_write(APIC_LVT_TIMER, (periodic ? LVT_PERIODIC : 0) | vector);
	apic_write(APIC_TIMER_INIT, count);
}

void apic_timer_stop(void)
{
	apic_write(APIC_LVT_TIMER, LVT_MASKED);
	apic_write(APIC_TIMER_INIT, 0);
}

u32 apic_timer_count(void)
{
	return apic_read(APIC_TIMER_COUNT);
}

void apic_counter_nmi(bool on)
{
	apic_write(APIC_LVT_PMC, DM_NMI | (on ? 0 : LVT_MASKED));
}

bool apic_vector_waits(u8 vector)
{
	return apic_read(APIC_IRR + vector / 32 * 0x10) >> vector % 32 & 1;
}

u32 apic_error_status(void)
{
	apic_write(APIC_ESR, 0);
	return apic_read(APIC_ESR);
}
