// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/serial.h>

enum {
	UART_DATA,
	UART_IER,
	UART_FCR,
	UART_LCR,
	UART_MCR,
	UART_LSR,
	UART_MSR,
	UART_SCRATCH
};

#define LCR_8N1	   0x03
#define LCR_DLAB   0x80
#define LSR_THRE   0x20
#define LSR_TEMT   0x40
#define UART_CLOCK 115200
#define POLLS	   100000

static const u16 ports[] = {0x3f8, 0x2f8, 0x3e8, 0x2e8};

bool serial_init(unsigned int port, u32 baud)
{
	u16 base = ports[port], divisor = UART_CLOCK / baud;

	outb(base + UART_SCRATCH, 0x5a);
	if (inb(base + UART_SCRATCH) != 0x5a)
		return false;
	outb(base + UART_IER, 0);
	outb(base + UART_LCR, LCR_DLAB);
	outb(base + UART_DATA, divisor & 0xff);
	outb(base + UART_IER, divisor >> 8);
	outb(base + UART_LCR, LCR_8N1);
	outb(base + UART_FCR, 0x07);
	outb(base + UART_MCR, 0x03);
	return true;
}

bool serial_crlf = true;

static void wait_for(u16 base, u8 state)
{
	unsigned int polls = POLLS;

	while (!(inb(base + UART_LSR) & state) && --polls)
		cpu_relax();
}

static void put(u16 base, char c)
{
	wait_for(base, LSR_THRE);
	outb(base + UART_DATA, c);
}

void serial_write(unsigned int port, const char *s, size_t len)
{
	for (; len--; s++) {
		if (*s == '\n' && serial_crlf)
			put(ports[port], '\r');
		put(ports[port], *s);
	}
}

void serial_drain(unsigned int port)
{
	wait_for(ports[port], LSR_TEMT);
}
