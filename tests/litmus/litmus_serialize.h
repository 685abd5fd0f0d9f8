/* SPDX-License-Identifier: BSD-2-Clause */
/* What the victim of a litmus test executes after S:=1, in the kernel. */
#ifndef TESTS_LITMUS_SERIALIZE_H
#define TESTS_LITMUS_SERIALIZE_H

#include <arch/x86_64/asm.h>
#include <tests/litmus/litmus_unprivileged.h>

/* What some of the instructions need, read once before the race. */
struct litmus_operands {
	u64 cr3[2]; /* two tables that map alike; the first is loaded */
	u64 star;
	struct {
		u16 limit;
		u64 base;
	} __packed idt;
};

/* Type 3: all contexts, global translations kept (SDM vol. 2, INVPCID). */
static __always_inline void invpcid_all(void)
{
	struct {
		u64 pcid, addr;
	} all = {0, 0};

	asm volatile("invpcid %0, %1" ::"m"(all), "r"(3ul) : "memory");
}

/* @addr: what is executed or read afterwards; @round picks the table; @delay: of LITMUS_DELAY. */
static __always_inline void litmus_serialize(enum litmus_serializer which, unsigned int delay,
					     const struct litmus_operands *op, const u8 *addr,
					     unsigned int round)
{
	switch (which) {
	case LITMUS_INVPCID:
		invpcid_all();
		break;
	case LITMUS_CR3_FLUSH:
		write_cr3(op->cr3[round & 1]); /* @litmus.cr3 */
		break;
	case LITMUS_CR3_NOFLUSH:
		write_cr3(op->cr3[round & 1] | X86_CR3_NOFLUSH);
		break;
	case LITMUS_CR3_SAME:
		write_cr3(op->cr3[0]);
		break;
	case LITMUS_CR2:
		write_cr2(0);
		break;
	case LITMUS_WRMSR:
		wrmsr(MSR_STAR, op->star);
		break;
	case LITMUS_INVLPG:
		invlpg(addr);
		break;
	case LITMUS_LIDT:
		asm volatile("lidt %0" ::"m"(op->idt) : "memory");
		break;
		LITMUS_UNPRIVILEGED(LITMUS_CASE)
		litmus_serialize_unprivileged(which, delay);
		break;
	}
}

#endif
