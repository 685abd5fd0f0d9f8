// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <kernel/config.h>
#include <kernel/console.h>
#include <kernel/machine.h>

#define DEBUG_EXIT_PORT 0xf4 /* QEMU's isa-debug-exit */
#define BOCHS_EXIT_PORT 0x8900
#define KBC_PORT	0x64  /* keyboard controller: pulse the reset line */
#define RESET_PORT	0xcf9 /* PCH reset control */
#define PM1_QEMU_Q35	0x604 /* ACPI PM1a control: S5 on q35 and recent pc */
#define PM1_QEMU_PC	0xb004

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
	if (end == END_AUTO)
		end = cpu_info.hypervisor[0] ? END_EXIT : END_HALT;
	switch (end) {
	case END_EXIT:
		/* The port write is asynchronous under TCG: a second one could replace it. */
		if (hypervisor_is("Bochs"))
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
