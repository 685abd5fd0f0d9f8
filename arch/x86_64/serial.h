/* SPDX-License-Identifier: BSD-2-Clause */
/* 16550 serial ports. Bounded polling, no interrupts; NMI-safe. */
#ifndef ARCH_SERIAL_H
#define ARCH_SERIAL_H

#include <kernel/lib/types.h>

/* Does a line end in CR LF, as terminals want it, or in LF, as programs do? */
extern bool serial_crlf;

/* Programs ttyS@port for @baud, 8n1. False if no UART answers there. */
bool serial_init(unsigned int port, u32 baud);
void serial_write(unsigned int port, const char *s, size_t len);

/* Waits until the last byte is on the wire. */
void serial_drain(unsigned int port);

#endif
