// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/serial.h>
#include <arch/x86_64/tsc.h>

enum {
	UART_DATA,
	UART_IER,
	UART_FCR, /* to be read: what the interrupt is, and whether there is a FIFO */
	UART_LCR,
	UART_MCR,
	UART_LSR,
	UART_MSR,
	UART_SCRATCH
};

#define LCR_8N1	    0x03
#define LCR_DLAB    0x80
#define LSR_THRE    0x20
#define LSR_TEMT    0x40
#define IIR_FIFO    0xc0
#define FIFO_BYTES  15 /* of 16: one more may be under way, see put() */
#define UART_CLOCK  115200
#define POLLS	    100000
#define PATIENCE_NS 2000000000ul

static u8 get(const struct serial *serial, unsigned int reg)
{
	return serial->regs ? serial->regs[reg] : inb(serial->at.address + reg);
}

static void set(const struct serial *serial, unsigned int reg, u8 value)
{
	if (serial->regs)
		serial->regs[reg] = value;
	else
		outb(serial->at.address + reg, value);
}

bool serial_init(struct serial *serial)
{
	u16 divisor;

	set(serial, UART_SCRATCH, 0x5a);
	if (get(serial, UART_SCRATCH) != 0x5a)
		return false;
	set(serial, UART_IER, 0);
	if (serial->at.baud) {
		divisor = UART_CLOCK / serial->at.baud;
		set(serial, UART_LCR, LCR_DLAB);
		set(serial, UART_DATA, divisor & 0xff);
		set(serial, UART_IER, divisor >> 8);
	}
	set(serial, UART_LCR, LCR_8N1);
	set(serial, UART_FCR, 0x07);
	set(serial, UART_MCR, 0x03);
	serial->fifo = (get(serial, UART_FCR) & IIR_FIFO) == IIR_FIFO ? FIFO_BYTES : 1;
	serial->room = 0;
	return true;
}

bool serial_crlf = true;

/* A reader on the other side may be slow: seconds, or so many looks where no clock runs yet. */
static bool wait_for(const struct serial *serial, u8 state)
{
	u64 end = rdtsc() + (tsc_khz ? ns_to_tsc(PATIENCE_NS) : 0);
	unsigned int polls = POLLS;

	while (!(get(serial, UART_LSR) & state))
		if (tsc_khz ? (s64)(rdtsc() - end) > 0 : !--polls)
			return false;
		else
			cpu_relax();
	return true;
}

static bool is_empty(struct serial *serial)
{
	serial->stuck =
		serial->stuck ? !(get(serial, UART_LSR) & LSR_THRE) : !wait_for(serial, LSR_THRE);
	return !serial->stuck;
}

/*
 * A FIFO that was empty is filled without looking at it again. An NMI that prints in the middle of that
 * waits before each byte, and so leaves one at most; the writer that it has interrupted has its room.
 */
static void put(struct serial *serial, char c, bool nested)
{
	if ((nested || !serial->room) && !is_empty(serial))
		return;
	if (!nested)
		serial->room = (serial->room ?: serial->fifo) - 1;
	set(serial, UART_DATA, c);
}

void serial_write(struct serial *serial, const char *s, size_t len)
{
	bool nested = serial->writing;

	serial->writing = true;
	barrier();
	for (; len--; s++) {
		if (*s == '\n' && serial_crlf)
			put(serial, '\r', nested);
		put(serial, *s, nested);
	}
	barrier();
	serial->writing = nested;
}

void serial_drain(struct serial *serial)
{
	if (!serial->stuck)
		wait_for(serial, LSR_TEMT);
}
