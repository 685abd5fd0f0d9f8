/* SPDX-License-Identifier: BSD-2-Clause */
/* PCI, as far as a console needs it: by configuration mechanism #1 (PCI 3.0, 3.2.2.3.2). */
#ifndef ARCH_PCI_H
#define ARCH_PCI_H

#include <kernel/lib/types.h>

/*
 * Calls @fn with the I/O port of each 16550 (class 07h, 00h, interface 00h to 02h) on bus 0 and behind its
 * bridges, its decoding of I/O ports switched on. Start-up, CPU 0.
 */
void pci_for_each_uart(void (*fn)(u16 port));

#endif
