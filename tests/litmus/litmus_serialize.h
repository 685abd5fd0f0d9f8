/* SPDX-License-Identifier: BSD-2-Clause */
/* What the victim of a litmus test executes after S:=1, in the kernel. */
#ifndef TESTS_LITMUS_SERIALIZE_H
#define TESTS_LITMUS_SERIALIZE_H

#include <arch/x86_64/asm.h>
#include <tests/litmus/litmus_unprivileged.h>

/* What some of the instructions need, read once before the race. */
struct litmus_operands {
	u64 cr3[2]; /* two tables that map alike; the first is loaded */
	u64 star, cr4;
	struct {
		u16 limit;
		u64 base;
	} __packed idt;
};

/*
 * @type 0: one address, 1: all of one PCID, 2: all, 3: all but global ones (SDM vol. 2, INVPCID). These
 * tables are loaded with PCID 0.
 */
static __always_inline void invpcid(u64 type, u64 pcid, const u8 *addr)
{
	struct {
		u64 pcid, addr;
	} what = {pcid, type ? 0 : (u64)addr};

	asm volatile("invpcid %0, %1" ::"m"(what), "r"(type) : "memory");
}

/* The ways in of entry/calling.inc, as they stand for the protocol that is selected; IRQs off. */
void litmus_enter_kernel(void);
void litmus_enter_nmi_like(void);

/* Executes @which. @addr: what is executed or read afterwards; @round picks the table. */
static __always_inline void litmus_serialize(enum litmus_serializer which, unsigned int cycles,
					     const struct litmus_operands *op, const u8 *addr,
					     unsigned int round)
{
#define NOTHING(id, name, role, need, insn)
#define USER(id, name, role, need, insn) case LITMUS_##id:
#define KERNEL(id, name, role, need, insn) \
	case LITMUS_##id:                  \
		insn;                      \
		break;
	switch (which) {
		LITMUS_SERIALIZERS(NOTHING, KERNEL)
		LITMUS_SERIALIZERS(USER, NOTHING)
		litmus_serialize_unprivileged(which, cycles);
	}
#undef NOTHING
#undef USER
#undef KERNEL
}

#endif
