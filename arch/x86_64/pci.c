// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/pci.h>

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define CONFIG_ENABLE  BIT(31)

#define PCI_COMMAND   0x04
#define PCI_CLASS     0x08
#define PCI_HEADER    0x0c
#define PCI_BAR0      0x10
#define PCI_BUSES     0x18
#define COMMAND_IO    BIT(0)
#define HEADER_BRIDGE 1
#define HEADER_MANY   0x80
#define BAR_IO	      BIT(0)
#define BUSES_MAX     32 /* a wrong bridge leads nowhere for long */

static u32 read_config(unsigned int device, unsigned int reg)
{
	outl(CONFIG_ADDRESS, CONFIG_ENABLE | device << 8 | reg);
	return inl(CONFIG_DATA);
}

static void write_config(unsigned int device, unsigned int reg, u32 value)
{
	outl(CONFIG_ADDRESS, CONFIG_ENABLE | device << 8 | reg);
	outl(CONFIG_DATA, value);
}

static void try_uart(unsigned int device, void (*fn)(u16 port))
{
	u32 class = read_config(device, PCI_CLASS) >> 8, bar = read_config(device, PCI_BAR0);
	u32 port = bar & 0xfff8;

	if (class >> 8 != 0x0700 || (class & 0xff) > 2 || !(bar & BAR_IO) || !port)
		return;
	write_config(device, PCI_COMMAND, (read_config(device, PCI_COMMAND) & 0xffff) | COMMAND_IO);
	fn(port);
}

/* @device: bus, slot and function as one number. Returns the bus behind it, 0 if it is no bridge. */
static unsigned int try_function(unsigned int device, void (*fn)(u16 port))
{
	unsigned int header = read_config(device, PCI_HEADER) >> 16 & 0x7f;

	if (header != HEADER_BRIDGE) {
		try_uart(device, fn);
		return 0;
	}
	return read_config(device, PCI_BUSES) >> 8 & 0xff;
}

struct buses {
	unsigned int nr, number[BUSES_MAX];
};

/* The bus behind a bridge has a higher number than its own (PCI-to-PCI bridges, 3.2.5.3): no loops. */
static void try_slot(struct buses *buses, unsigned int bus, unsigned int slot, void (*fn)(u16 port))
{
	unsigned int functions = 1, function, device, behind;

	for (function = 0; function < functions; function++) {
		device = bus << 8 | slot << 3 | function;
		if ((read_config(device, 0) & 0xffff) == 0xffff)
			continue;
		behind = try_function(device, fn);
		if (behind > bus && buses->nr < BUSES_MAX)
			buses->number[buses->nr++] = behind;
		if (!function && read_config(device, PCI_HEADER) >> 16 & HEADER_MANY)
			functions = 8;
	}
}

void pci_for_each_uart(void (*fn)(u16 port))
{
	struct buses buses = {.nr = 1};
	unsigned int bus, slot;

	for (bus = 0; bus < buses.nr; bus++)
		for (slot = 0; slot < 32; slot++)
			try_slot(&buses, buses.number[bus], slot, fn);
}
