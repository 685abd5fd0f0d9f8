/* SPDX-License-Identifier: BSD-2-Clause */
/* What the victim executes after S:=1, as far as user mode may. */
#ifndef TESTS_SILICON_SERIALIZERS_H
#define TESTS_SILICON_SERIALIZERS_H

#include <arch/x86_64/asm.h>
#include <tests/litmus/litmus_unprivileged.h>

/* @line: where XCHG goes in the pattern without a store of its own (MP); @cycles: of LITMUS_DELAY. */
static __always_inline void serialize_by(enum litmus_serializer which, unsigned int cycles,
					 u32 *line)
{
	if (which == LITMUS_XCHG)
		xchg(line, 1);
	else
		litmus_serialize_unprivileged(which, cycles);
}

#endif
