/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the victim of a litmus test executes after S:=1, one row each: identifier, name, role, what it
 * needs, the instruction. USER rows run in the hosted program as well, KERNEL rows need privilege. An
 * instruction may use the parameters of litmus_serialize() by name. XCHG is the store to S itself, and so
 * it is with enter-kernel-xchg (litmus_signals_by_xchg()).
 */
#ifndef TESTS_LITMUS_SERIALIZERS_H
#define TESTS_LITMUS_SERIALIZERS_H

/* Columns stay where they are. */
/* clang-format off */
#define LITMUS_SERIALIZERS(USER, KERNEL) \
	USER(NONE, "none", CONTROL, NOTHING, (void)0) \
	USER(DELAY, "delay", CONTROL, NOTHING, litmus_delay(cycles)) \
	USER(LFENCE, "lfence", CONTROL, NOTHING, lfence()) /* orders no store: pairs with nothing */ \
	USER(SFENCE, "sfence", CONTROL, NOTHING, asm volatile("sfence" ::: "memory")) \
	USER(RDTSCP, "rdtscp", CONTROL, RDTSCP, asm volatile("rdtscp" ::: "eax", "ecx", "edx", "memory")) \
	USER(MFENCE, "mfence", QUESTION, NOTHING, asm volatile("mfence" ::: "memory")) \
	USER(MFENCE_LFENCE, "mfence-lfence", QUESTION, NOTHING, asm volatile("mfence; lfence" ::: "memory")) \
	USER(XCHG, "xchg", QUESTION, NOTHING, (void)0) \
	USER(SYSCALL, "syscall", QUESTION, USER_MODE, litmus_syscall()) \
	USER(CPUID, "cpuid", SERIALIZES, NOTHING, cpuid(0, 0)) \
	USER(IRET, "iret", SERIALIZES, NOTHING, iret_to_self()) \
	USER(SERIALIZE, "serialize", SERIALIZES, SERIALIZE, serialize()) \
	KERNEL(INVPCID, "invpcid", DROPS, INVPCID, invpcid(3, 0, addr)) \
	KERNEL(INVPCID_ADDR, "invpcid-addr", DROPS, INVPCID, invpcid(0, 0, addr)) \
	KERNEL(INVPCID_ONE, "invpcid-one", DROPS, INVPCID, invpcid(1, 0, addr)) \
	KERNEL(INVPCID_GLOBAL, "invpcid-global", DROPS, INVPCID, invpcid(2, 0, addr)) \
	KERNEL(CR3_FLUSH, "cr3-flush", FLUSHES, NOTHING, write_cr3(op->cr3[round & 1])) /* @litmus.cr3 */ \
	KERNEL(CR3_NOFLUSH, "cr3-noflush", SERIALIZES, PCID, write_cr3(op->cr3[round & 1] | X86_CR3_NOFLUSH)) \
	KERNEL(CR3_SAME, "cr3-same", FLUSHES, NOTHING, write_cr3(op->cr3[0])) \
	KERNEL(CR3_SAME_NOFLUSH, "cr3-same-noflush", SERIALIZES, PCID, \
	       write_cr3(op->cr3[0] | X86_CR3_NOFLUSH)) \
	KERNEL(CR2, "cr2", SERIALIZES, NOTHING, write_cr2(0)) \
	KERNEL(CR4, "cr4", SERIALIZES, NOTHING, write_cr4(op->cr4)) \
	KERNEL(WRMSR, "wrmsr", SERIALIZES, NOTHING, wrmsr(MSR_STAR, op->star)) \
	KERNEL(INVLPG, "invlpg", FLUSHES, NOTHING, invlpg(addr)) \
	KERNEL(LIDT, "lidt", SERIALIZES, NOTHING, asm volatile("lidt %0" ::"m"(op->idt) : "memory")) \
	KERNEL(ENTER, "enter-kernel", FLUSHES, PTI, litmus_enter_kernel()) \
	KERNEL(ENTER_XCHG, "enter-kernel-xchg", FLUSHES, PTI, litmus_enter_kernel()) \
	KERNEL(NMI_LIKE, "enter-nmi-like", FLUSHES, PTI, litmus_enter_nmi_like())
/* clang-format on */

/* What a machine must have, and what is said where it has not. */
#define LITMUS_NEEDS(X)                                               \
	X(NOTHING, "nothing")                                         \
	X(USER_MODE, "SYSCALL is for user mode; make silicon has it") \
	X(RDTSCP, "this processor has no RDTSCP")                     \
	X(SERIALIZE, "this processor has no SERIALIZE")               \
	X(INVPCID, "this processor has no INVPCID")                   \
	X(PCID, "PCID is not in use: every CR3 write flushes")        \
	X(PTI, "pti=off: entries write no CR3")

#endif
