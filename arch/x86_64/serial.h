/* SPDX-License-Identifier: BSD-2-Clause */
/* 16550 serial ports. Bounded polling, no interrupts; NMI-safe. */
#ifndef ARCH_SERIAL_H
#define ARCH_SERIAL_H

#include <kernel/lib/types.h>

enum serial_kind {
	SERIAL_IO,
	SERIAL_MMIO32, /* registers four bytes apart, four bytes wide */
};

struct serial_port {
	enum serial_kind kind;
	u64 address; /* a port, or physical */
	u32 baud;    /* 0: as firmware left it */
};

#define SERIAL_MMIO_MAX (1ul << 46)

/* ttyS0 to ttyS3, as on every PC. */
#define SERIAL_TTYS 4
static const u16 serial_ttys[SERIAL_TTYS] = {0x3f8, 0x2f8, 0x3e8, 0x2e8};

struct serial {
	struct serial_port at;
	volatile u32 *regs; /* of SERIAL_MMIO32 */
	bool stuck;	    /* the last byte was not taken */
	bool writing;
	u8 fifo, room; /* bytes that it takes once it is empty, and still takes now */
};

/* Does a line end in CR LF, as terminals want it, or in LF, as programs do? */
extern bool serial_crlf;

/* Programs @serial->at, 8n1; regs is set where it is memory. False if no UART answers there. */
bool serial_init(struct serial *serial);

/* One that takes no byte for two seconds is not waited for until it does; what comes meanwhile is lost. */
void serial_write(struct serial *serial, const char *s, size_t len);

/* Waits until the last byte is on the wire. */
void serial_drain(struct serial *serial);

#endif
