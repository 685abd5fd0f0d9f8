// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/serial.h>
#include <kernel/config.h>
#include <kernel/console.h>
#include <kernel/ramlog.h>
#include <kernel/report.h>
#include <kernel/report_line.h>
#include <kernel/screen.h>
#include <kernel/tick.h>

static u8 ports[CONFIG_SERIALS];
static unsigned int nr_ports;

void console_init(void)
{
	unsigned int i;

	nr_ports = 0;
	if (!config.screen)
		screen_off();
	else if (!screen_columns() && !config.nr_serial) /* nobody would hear anything */
		config.serial[config.nr_serial++].baud = 115200;
	for (i = 0; i < config.nr_serial; i++)
		if (serial_init(config.serial[i].port, config.serial[i].baud))
			ports[nr_ports++] = config.serial[i].port;
}

void console_early_init(void)
{
	if (serial_init(0, 115200))
		ports[nr_ports++] = 0;
}

void console_early_screen(void)
{
	screen_init();
}

void console_drain(void)
{
	unsigned int i;

	for (i = 0; i < nr_ports; i++)
		serial_drain(ports[i]);
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
		serial_write(ports[i], s, len);
	screen_write(s, len);
	ramlog_write(s, len);
	watchdog_touch(); /* a slow line is no hang @console.progress */
}
