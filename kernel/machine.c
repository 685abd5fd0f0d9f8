// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/acpi_sleep.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/pgtable.h>
#include <kernel/config.h>
#include <kernel/console.h>
#include <kernel/last_screen.h>
#include <kernel/live.h>
#include <kernel/machine.h>
#include <kernel/ramlog.h>
#include <kernel/report.h>

#define DEBUG_EXIT_PORT 0xf4 /* QEMU's isa-debug-exit */
#define BOCHS_EXIT_PORT 0x8900
#define KBC_PORT	0x64 /* keyboard controller: its status, and what it is to do */
#define KBC_FULL	2    /* it has not taken the last byte yet */
#define KBC_RESET	0xfe /* pulse the reset line */
#define KBC_POLLS	10000

/* PM1 control (ACPI 6.5, 4.8.3.2.1) and sleep control (4.8.3.7). */
#define PM1_SCI_EN	  BIT(0)
#define PM1_SLP_TYP_SHIFT 10
#define PM1_SLP_TYP	  (7 << PM1_SLP_TYP_SHIFT)
#define PM1_SLP_EN	  BIT(13)
#define SLEEP_TYP_SHIFT	  2
#define SLEEP_EN	  BIT(5)

/* How long one way to end is given, in TSC cycles, calibrated or not: some 20 ms or more. */
#define END_WAIT 100000000ul

/* Where registers that lie in memory are mapped; NULL: they do not. */
static volatile u8 *reset_register, *sleep_register;

enum accel_kind machine_accel(void)
{
	static const struct {
		const char *signature;
		enum accel_kind accel;
	} known[] = {
		{"KVMKVMKVM", ACCEL_KVM},
		{"TCGTCGTCGTCG", ACCEL_TCG},
		{"Bochs", ACCEL_BOCHS},
	};
	unsigned int i;

	if (config.accel != ACCEL_AUTO)
		return config.accel;
	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (hypervisor_is(known[i].signature))
			return known[i].accel;
	return cpu_info.nr_hypervisors || cpu_has(X86_FEATURE_HYPERVISOR) ? ACCEL_OTHER
									  : ACCEL_NONE;
}

void machine_stop_cpu(void)
{
	for (;;)
		asm volatile("cli; hlt");
}

static volatile u8 *map_register(const struct acpi_register *reg)
{
	return reg->space == ACPI_MEMORY ? map_mmio(reg->address, 1) : NULL;
}

static bool can_power_off(void)
{
	return acpi_sleep.s5 && (acpi_sleep.pm1a || acpi_sleep.sleep_control.space != ACPI_NOWHERE);
}

void machine_prepare(void)
{
	reset_register = map_register(&acpi_sleep.reset);
	sleep_register = map_register(&acpi_sleep.sleep_control);
	if (config.end == END_POWEROFF && !can_power_off())
		report_info("end=poweroff: the firmware's tables do not say how (%s): this machine "
			    "will halt instead",
			    acpi_sleep.s5 ? "no PM1a port in the FADT" : "no \\_S5 in the DSDT");
}

static void spin(u64 cycles)
{
	u64 start = rdtsc();

	while (rdtsc() - start < cycles)
		cpu_relax();
}

static void write_register(const struct acpi_register *reg, volatile u8 *mapped, u8 value)
{
	if (reg->space == ACPI_PORT)
		outb(reg->address, value);
	else if (mapped)
		*mapped = value;
}

static bool keyboard_controller_ready(void)
{
	unsigned int i;

	if (inb(KBC_PORT) == 0xff) /* nobody answers */
		return false;
	for (i = 0; i < KBC_POLLS; i++)
		if (!(inb(KBC_PORT) & KBC_FULL))
			return true;
	return false;
}

/* A breakpoint without an IDT is a fault without an IDT, and so is the next: SDM vol. 3, 6.15. */
static void triple_fault(void)
{
	static const struct {
		u16 limit;
		u64 base;
	} __packed nothing = {0, 0};

	asm volatile("lidt %0; int3" ::"m"(nothing));
}

void machine_reset(void)
{
	local_irq_disable();
	write_register(&acpi_sleep.reset, reset_register, acpi_sleep.reset_value);
	if (acpi_sleep.reset.space != ACPI_NOWHERE)
		spin(END_WAIT);
	if (keyboard_controller_ready()) {
		outb(KBC_PORT, KBC_RESET);
		spin(END_WAIT);
	}
	triple_fault();
	machine_stop_cpu();
}

/* The firmware keeps the registers until it is asked to hand them over (ACPI 6.5, 4.8.2.5). */
static void acpi_mode(void)
{
	u64 start = rdtsc();

	if (!acpi_sleep.smi_port || !acpi_sleep.acpi_enable || inw(acpi_sleep.pm1a) & PM1_SCI_EN)
		return;
	outb(acpi_sleep.smi_port, acpi_sleep.acpi_enable);
	while (!(inw(acpi_sleep.pm1a) & PM1_SCI_EN) && rdtsc() - start < END_WAIT)
		cpu_relax();
}

static void write_pm1(u16 port, u8 slp_typ)
{
	u16 value;

	if (!port)
		return;
	value = inw(port) & ~(PM1_SLP_TYP | PM1_SLP_EN);
	value |= slp_typ << PM1_SLP_TYP_SHIFT;
	outw(port, value);
	outw(port, value | PM1_SLP_EN);
}

/* Returns where the tables do not say how, or say it wrong: then the machine halts. */
static void power_off(void)
{
	if (!can_power_off())
		return;
	if (acpi_sleep.sleep_control.space != ACPI_NOWHERE) {
		write_register(&acpi_sleep.sleep_control, sleep_register,
			       acpi_sleep.slp_typ_a << SLEEP_TYP_SHIFT | SLEEP_EN);
	} else {
		acpi_mode();
		write_pm1(acpi_sleep.pm1a, acpi_sleep.slp_typ_a);
		write_pm1(acpi_sleep.pm1b, acpi_sleep.slp_typ_b);
	}
	spin(END_WAIT);
}

/* The emulator ends when this word has been written; nobody learns our status from it. */
static void bochs_exit(void)
{
	const char *c;

	for (c = "Shutdown"; *c; c++)
		outb(BOCHS_EXIT_PORT, *c);
}

void machine_end(int status)
{
	enum end_kind end = config.end;

	ramlog_end(status);
	live_end(status);
	console_drain(); /* @machine.drain */
	last_screen(status);
	if (end == END_AUTO)
		end = machine_accel() == ACCEL_NONE ? END_HALT : END_EXIT;
	switch (end) {
	case END_EXIT:
		/* The port write is asynchronous under TCG: a second one could replace it. */
		if (machine_accel() == ACCEL_BOCHS)
			bochs_exit();
		else
			outb(DEBUG_EXIT_PORT, status);
		break;
	case END_REBOOT:
		machine_reset();
	case END_POWEROFF:
		power_off();
		break;
	case END_AUTO:
	case END_HALT:
		break;
	}
	machine_stop_cpu();
}
