/* SPDX-License-Identifier: BSD-2-Clause */
/* What the victim executes after S:=1, as far as user mode may. */
#ifndef TESTS_SILICON_SERIALIZERS_H
#define TESTS_SILICON_SERIALIZERS_H

#include <sys/syscall.h>
#include <arch/x86_64/asm.h>
#include <tests/litmus/litmus_unprivileged.h>

static __always_inline void syscall_getpid(void)
{
	long nr = SYS_getpid;

	asm volatile("syscall" : "+a"(nr)::"rcx", "r11", "memory");
}

/* @line: where XCHG goes in the pattern without a store of its own (MP); @delay: of LITMUS_DELAY. */
static __always_inline void serialize_by(enum litmus_serializer which, unsigned int delay,
					 u32 *line)
{
	if (which == LITMUS_XCHG)
		xchg(line, 1);
	else if (which == LITMUS_SYSCALL)
		syscall_getpid();
	else
		litmus_serialize_unprivileged(which, delay);
}

#endif
