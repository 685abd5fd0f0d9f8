/* SPDX-License-Identifier: BSD-2-Clause */
/* Serialising instructions (SDM vol. 3, 9.3 lists them). */
#ifndef ARCH_SYNC_CORE_H
#define ARCH_SYNC_CORE_H

#include <arch/x86_64/asm.h>

/* IRET to the next instruction, which never leaves a guest. It unmasks NMIs: not inside their handler. */
static inline void iret_to_self(void)
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

/* SERIALIZE itself, where the processor has it. */
static inline void serialize(void)
{
	asm volatile(".byte 0x0f, 0x01, 0xe8" ::: "memory");
}

/* Where NMIs may be masked: MOV to CR2 serialises and unmasks nothing. */
static inline void sync_core_nmi_safe(void)
{
	asm volatile("mov %%cr2, %%rax; mov %%rax, %%cr2" ::: "rax", "memory");
}

#endif
