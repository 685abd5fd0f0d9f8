// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/acpi_spcr.h>
#include <arch/x86_64/pci.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/serial.h>
#include <kernel/config.h>
#include <kernel/console.h>
#include <kernel/kept.h>
#include <kernel/lib/string.h>
#include <kernel/live.h>
#include <kernel/params.h>
#include <kernel/ramlog.h>
#include <kernel/report.h>
#include <kernel/report_line.h>
#include <kernel/screen.h>
#include <kernel/tick.h>

/* What was printed before it was known where to, for a port that is found later. */
static char early[4096];
static size_t early_len;
static bool settled, nobody_hears;

static struct serial ports[CONFIG_SERIALS];
static unsigned int nr_ports;

/* True: it answers, and is one of ours now. @regs: of a port that is memory. */
static bool open_port(const struct serial_port *at, volatile u32 *regs)
{
	struct serial *serial = &ports[nr_ports];

	if (nr_ports == CONFIG_SERIALS)
		return false;
	*serial = (struct serial){.at = *at, .regs = regs};
	if (!serial_init(serial))
		return false;
	nr_ports++;
	return true;
}

/* The boot page tables reach 4 GiB; console_map() for what comes after them. */
static void open_early(const struct serial_port *at)
{
	bool memory = at->kind == SERIAL_MMIO32;

	if (!memory || at->address < BIT(32))
		open_port(at, memory ? phys_to_virt(at->address) : NULL);
}

static void open_tty(unsigned int n)
{
	open_early(&(struct serial_port){SERIAL_IO, serial_ttys[n], 115200});
}

static void list_ports(void)
{
	unsigned int i;

	for (i = 0; i < nr_ports; i++)
		config.serial[i] = ports[i].at;
	config.nr_serial = nr_ports;
}

void console_init(void)
{
	unsigned int i, wanted = config.nr_serial;

	nr_ports = 0;
	if (!config.screen)
		screen_off();
	settled = param_given(console);
	for (i = 0; settled && i < wanted; i++)
		open_early(&config.serial[i]);
	nobody_hears = settled && !nr_ports && !screen_columns();
	for (i = 0; (!settled || nobody_hears) && i < SERIAL_TTYS; i++)
		open_tty(i);
	if (!settled || nobody_hears)
		list_ports();
}

static volatile u32 *map_regs(const struct serial_port *at)
{
	return at->kind == SERIAL_MMIO32 ? (volatile u32 *)map_mmio(at->address, PAGE_SIZE) : NULL;
}

void console_map(void)
{
	unsigned int i;

	for (i = 0; i < nr_ports; i++)
		ports[i].regs = map_regs(&ports[i].at);
}

/* A port that was found late: it gets what was printed so far. */
static void add_port(const struct serial_port *at)
{
	if (open_port(at, map_regs(at)))
		serial_write(&ports[nr_ports - 1], early, early_len);
}

static void found_on_pci(u16 port)
{
	add_port(&(struct serial_port){SERIAL_IO, port, 115200});
}

/* The port that the firmware names; once it answers, the others are somebody else's. */
static void take_acpi_console(void)
{
	unsigned int i;

	for (i = 0; i < nr_ports; i++)
		if (ports[i].at.kind == acpi_console.kind &&
		    ports[i].at.address == acpi_console.address)
			break;
	if (i == nr_ports)
		add_port(&acpi_console);
	if (i < nr_ports) {
		ports[0] = ports[i];
		nr_ports = 1;
	}
}

void console_settle(void)
{
	unsigned int before = nr_ports;

	if (nobody_hears)
		report_info(
			"warning: console=: none of these ports answers, and there is no screen: "
			"every ttyS that does has it");
	if (settled)
		return;
	settled = true;
	if (acpi_console.address)
		take_acpi_console();
	else
		pci_for_each_uart(found_on_pci);
	if (nr_ports != before || acpi_console.address)
		list_ports();
}

void console_early_init(void)
{
	open_tty(0);
}

void console_early_screen(void)
{
	screen_init();
}

void console_drain(void)
{
	unsigned int i;

	for (i = 0; i < nr_ports; i++)
		serial_drain(&ports[i]);
	screen_flush();
}

int report_cpu(void)
{
	return (int)smp_processor_id();
}

void console_write(const char *s, size_t len)
{
	unsigned int i;

	for (i = 0; i < nr_ports; i++)
		serial_write(&ports[i], s, len);
	if (!live_takes(s, len))
		screen_write(s, len);
	ramlog_write(s, len);
	kept_write(s, len);
	if (!settled) {
		len = min(len, sizeof(early) - early_len);
		memcpy(early + early_len, s, len);
		early_len += len;
	}
	watchdog_touch(); /* a slow line is no hang @console.progress */
}
