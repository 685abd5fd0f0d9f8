/* SPDX-License-Identifier: BSD-2-Clause */
/* What a litmus test executes in the kernel and in user mode alike. */
#ifndef TESTS_LITMUS_UNPRIVILEGED_H
#define TESTS_LITMUS_UNPRIVILEGED_H

#include <arch/x86_64/asm.h>
#include <arch/x86_64/sync_core.h>
#include <tests/litmus/litmus_shapes.h>

/*
 * Waits for @cycles by the TSC, or a few more, and orders nothing: the loop's end is mispredicted, so
 * what follows is fetched no sooner than that.
 */
static __always_inline void litmus_delay(unsigned int cycles)
{
	u64 began = rdtsc();

	while (rdtsc() - began < cycles)
		;
}

/* The cheapest system call; only ever executed in user mode, by the hosted program. */
static __always_inline void litmus_syscall(void)
{
	long nr = 39; /* getpid */

	asm volatile("syscall" : "+a"(nr)::"rcx", "r11", "memory");
}

/* Is S set by XCHG, and not by a plain store? */
static __always_inline bool litmus_signals_by_xchg(enum litmus_serializer which)
{
	return which == LITMUS_XCHG || which == LITMUS_ENTER_XCHG;
}

/* The victim after S:=1, in user mode. Executes @which; @cycles: of LITMUS_DELAY. */
static __always_inline void litmus_serialize_unprivileged(enum litmus_serializer which,
							  unsigned int cycles)
{
#define USER(id, name, role, need, insn) \
	case LITMUS_##id:                \
		insn;                    \
		break;
#define KERNEL(id, name, role, need, insn) case LITMUS_##id:
	switch (which) { /* pairs with the sender's barrier in litmus_race.c, silicon/race.c */
		LITMUS_SERIALIZERS(USER, KERNEL)
		__builtin_trap();
	}
#undef USER
#undef KERNEL
}

/* The sender: puts @version into the immediate @imm, by one store. */
static __always_inline void litmus_store_version(enum litmus_store store, u8 *imm, u8 version)
{
	if (store == LITMUS_BYTE)
		asm volatile("movb %1, %0" : "=m"(*imm) : "q"(version) : "memory");
	else
		asm volatile("movl %1, %0"
			     : "=m"(*(u32 *)imm)
			     : "r"(version * 0x01010101u)
			     : "memory");
}

#endif
