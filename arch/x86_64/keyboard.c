// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/keyboard.h>

/* The controller of the IBM PC AT (8042): its bytes and its status. */
#define DATA_PORT    0x60
#define STATUS_PORT  0x64
#define NOBODY	     0xff
#define STATUS_FULL  BIT(0) /* a byte is there */
#define STATUS_MOUSE BIT(5) /* and it is the mouse's */
#define BYTES_MAX    64	    /* more than any controller keeps */

bool keyboard_init(void)
{
	unsigned int i;

	if (inb(STATUS_PORT) == NOBODY)
		return false;
	for (i = 0; i < BYTES_MAX && inb(STATUS_PORT) & STATUS_FULL; i++)
		inb(DATA_PORT);
	return i < BYTES_MAX;
}

/* Scan codes of set 1, to which the controller translates; the keypad's differ in a byte before. */
enum key keyboard_poll(void)
{
	static const u8 keys[] = {
		[0x01] = KEY_ESCAPE,	[0x47] = KEY_HOME, [0x48] = KEY_UP,
		[0x49] = KEY_PAGE_UP,	[0x4f] = KEY_END,  [0x50] = KEY_DOWN,
		[0x51] = KEY_PAGE_DOWN,
	};
	u8 status = inb(STATUS_PORT), byte;

	if (status == NOBODY || !(status & STATUS_FULL))
		return KEY_NONE;
	byte = inb(DATA_PORT);
	return !(status & STATUS_MOUSE) && byte < ARRAY_SIZE(keys) ? keys[byte] : KEY_NONE;
}
