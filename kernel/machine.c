// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <kernel/config.h>
#include <kernel/console.h>
#include <kernel/machine.h>
#include <kernel/screen.h>

#define DEBUG_EXIT_PORT 0xf4 /* QEMU's isa-debug-exit */
#define BOCHS_EXIT_PORT 0x8900
#define KBC_PORT	0x64  /* keyboard controller: pulse the reset line */
#define RESET_PORT	0xcf9 /* PCH reset control */
#define PM1_QEMU_Q35	0x604 /* ACPI PM1a control: S5 on q35 and recent pc */
#define PM1_QEMU_PC	0xb004

enum accel_kind machine_accel(void)
{
	static const struct {
		const char *signature;
		enum accel_kind accel;
	} known[] = {
		{"", ACCEL_NONE},
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
	return ACCEL_OTHER;
}

void machine_stop_cpu(void)
{
	for (;;)
		asm volatile("cli; hlt");
}

void machine_reset(void)
{
	outb(RESET_PORT, 0x06);
	outb(KBC_PORT, 0xfe);
	machine_stop_cpu();
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

	console_drain(); /* @machine.drain */
	screen_verdict(status);
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
		asm volatile("outw %w0, %w1" ::"a"(0x2000), "d"(PM1_QEMU_Q35));
		asm volatile("outw %w0, %w1" ::"a"(0x2000), "d"(PM1_QEMU_PC));
		break;
	default:
		break;
	}
	machine_stop_cpu();
}
