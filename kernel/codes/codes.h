/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A text as QR codes that a camera carries out of the machine:
 *
 *	LATESYNC 01/03 1A2B3C4D ABCDE...
 *
 * the number of the code, the CRC-32 of the text, and a part of the text's gzip file in base32 (RFC 4648);
 * zeros, which gunzip ignores, fill its last group. Only characters that QR codes have in 5.5 bits.
 *
 * The encoder and the compressor are a distribution's libqrcodegen.a and libz.a. Where the build machine has
 * none, codes_none.c stands for all of this. They use SSE registers and nothing else that a kernel lacks.
 */
#ifndef KERNEL_CODES_H
#define KERNEL_CODES_H

#include <kernel/lib/types.h>

#define CODES_MAX	 99
#define CODE_MODULES_MAX 117 /* a side: version 25, which a telephone still reads from a screen */

/* Was this kernel built with them? */
bool codes_built(void);

/*
 * Makes the codes of @text, which stays where it is. Returns how many; 0: they would be more than
 * CODES_MAX. The end of a run, one CPU, IRQs off: it changes CR0, CR4, the FS base and SSE registers.
 */
unsigned int codes_prepare(const char *text, size_t len);

/* Draws code @i, from 0, in memory. Returns how many modules a side has. As codes_prepare(). */
unsigned int codes_select(unsigned int i);

/* Is this module of that code dark? */
bool codes_dark(unsigned int x, unsigned int y);

#endif
