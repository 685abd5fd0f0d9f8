/* SPDX-License-Identifier: BSD-2-Clause */
/* A PS/2 keyboard, or a USB one that the firmware shows as such, as the firmware left it: polled. */
#ifndef ARCH_KEYBOARD_H
#define ARCH_KEYBOARD_H

#include <kernel/lib/types.h>

enum key {
	KEY_NONE,
	KEY_HOME,
	KEY_UP,
	KEY_PAGE_UP,
	KEY_END,
	KEY_DOWN,
	KEY_PAGE_DOWN,
	KEY_ESCAPE,
};

/* Does a keyboard controller answer? What was typed before is forgotten. Any context. */
bool keyboard_init(void);

/* The key that was pressed, KEY_NONE if it was none of these. After keyboard_init() was true. */
enum key keyboard_poll(void);

#endif
