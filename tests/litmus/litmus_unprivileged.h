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

/* The victim after S:=1. Executes @which, one that needs no privilege; @delay: of LITMUS_DELAY. */
static __always_inline void litmus_serialize_unprivileged(enum litmus_serializer which,
							  unsigned int delay)
{
	u32 lo, hi, aux;

	switch (which) {
	case LITMUS_NONE:
	case LITMUS_XCHG: /* it is the store to S itself */
		break;
	case LITMUS_DELAY:
		litmus_delay(delay);
		break;
	case LITMUS_LFENCE: /* orders no stores: pairs with nothing, on purpose */
		asm volatile("lfence" ::: "memory");
		break;
	case LITMUS_SFENCE: /* the same */
		asm volatile("sfence" ::: "memory");
		break;
	case LITMUS_RDTSCP:
		asm volatile("rdtscp" : "=a"(lo), "=d"(hi), "=c"(aux)::"memory");
		break;
	case LITMUS_MFENCE: /* pairs with the sender's barrier in litmus_race.c and silicon/race.c */
		asm volatile("mfence" ::: "memory");
		break;
	case LITMUS_MFENCE_LFENCE: /* the same */
		asm volatile("mfence; lfence" ::: "memory");
		break;
	case LITMUS_CPUID:
		cpuid(0, 0);
		break;
	case LITMUS_IRET: /* allowed in user mode too */
		iret_to_self();
		break;
	case LITMUS_SERIALIZE:
		serialize();
		break;
	case LITMUS_SYSCALL: /* the program's alone */
		LITMUS_PRIVILEGED(LITMUS_CASE)
		__builtin_trap();
	}
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
