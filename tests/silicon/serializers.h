/* SPDX-License-Identifier: BSD-2-Clause */
/* What the victim executes behind S:=1, as far as user mode may. */
#ifndef TESTS_SILICON_SERIALIZERS_H
#define TESTS_SILICON_SERIALIZERS_H

#include <sys/syscall.h>
#include <arch/x86_64/asm.h>
#include <tests/litmus_shapes.h>

/* Why this one cannot be executed here; NULL if it can. */
const char *serializer_missing(enum litmus_serializer which);

/* IRET to the next instruction: allowed in user mode, and a serialising one (SDM vol. 3, 9.3). */
static __always_inline void iret_to_self(void)
{
	asm volatile("mov %%ss, %%eax\n"
		     "pushq %%rax\n"
		     "leaq 8(%%rsp), %%rax\n"
		     "pushq %%rax\n"
		     "pushfq\n"
		     "mov %%cs, %%eax\n"
		     "pushq %%rax\n"
		     "leaq 1f(%%rip), %%rax\n"
		     "pushq %%rax\n"
		     "iretq\n"
		     "1:" ::
			     : "rax", "memory");
}

static __always_inline void syscall_getpid(void)
{
	long nr = SYS_getpid;

	asm volatile("syscall" : "+a"(nr)::"rcx", "r11", "memory");
}

/* @line: where XCHG goes in the pattern without a store of its own (MP). */
static __always_inline void serialize_by(enum litmus_serializer which, u32 *line)
{
	u32 lo, hi, aux;

	switch (which) {
	case LITMUS_LFENCE: /* orders no stores: pairs with nothing, on purpose */
		asm volatile("lfence" ::: "memory");
		break;
	case LITMUS_SFENCE: /* the same */
		asm volatile("sfence" ::: "memory");
		break;
	case LITMUS_RDTSCP:
		asm volatile("rdtscp" : "=a"(lo), "=d"(hi), "=c"(aux)::"memory");
		break;
	case LITMUS_MFENCE:
		asm volatile("mfence" ::: "memory");
		break;
	case LITMUS_MFENCE_LFENCE:
		asm volatile("mfence; lfence" ::: "memory");
		break;
	case LITMUS_XCHG:
		xchg(line, 1);
		break;
	case LITMUS_SYSCALL:
		syscall_getpid();
		break;
	case LITMUS_CPUID:
		cpuid(0, 0);
		break;
	case LITMUS_IRET:
		iret_to_self();
		break;
	case LITMUS_SERIALIZE:
		asm volatile(".byte 0x0f, 0x01, 0xe8" ::: "memory");
		break;
	default:
		break;
	}
}

#endif
