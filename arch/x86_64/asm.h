/* SPDX-License-Identifier: BSD-2-Clause */
/* One instruction each: what C cannot say. All NMI-safe unless the instruction itself is not. */
#ifndef ARCH_ASM_H
#define ARCH_ASM_H

#include <kernel/lib/atomic.h>
#include <kernel/lib/types.h>

#define X86_CR0_WP	 BIT(16)
#define X86_CR3_NOFLUSH	 BIT(63)
#define X86_CR4_PGE	 BIT(7)
#define X86_CR4_OSFXSR	 BIT(9)
#define X86_CR4_UMIP	 BIT(11)
#define X86_CR4_FSGSBASE BIT(16)
#define X86_CR4_PCIDE	 BIT(17)
#define X86_CR4_SMEP	 BIT(20)
#define X86_CR4_SMAP	 BIT(21)
#define X86_EFLAGS_TF	 BIT(8)
#define X86_EFLAGS_IF	 BIT(9)
#define X86_EFLAGS_DF	 BIT(10)
#define X86_EFLAGS_NT	 BIT(14)
#define X86_EFLAGS_RF	 BIT(16)
#define X86_EFLAGS_AC	 BIT(18)

#define MSR_APICBASE	   0x1b
#define MSR_UCODE_REV	   0x8b
#define MSR_SMI_COUNT	   0x34
#define MSR_PAT		   0x277
#define MSR_EFER	   0xc0000080
#define MSR_STAR	   0xc0000081
#define MSR_LSTAR	   0xc0000082
#define MSR_SYSCALL_MASK   0xc0000084
#define MSR_FS_BASE	   0xc0000100
#define MSR_GS_BASE	   0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define EFER_SCE	   BIT(0)

/* Nothing after it begins before everything older is done; orders no store. */
static inline void lfence(void)
{
	asm volatile("lfence" ::: "memory");
}

static inline void outb(u16 port, u8 value)
{
	asm volatile("outb %0, %1" ::"a"(value), "Nd"(port) : "memory");
}

static inline void outl(u16 port, u32 value)
{
	asm volatile("outl %0, %1" ::"a"(value), "Nd"(port) : "memory");
}

static inline u8 inb(u16 port)
{
	u8 value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline void outw(u16 port, u16 value)
{
	asm volatile("outw %0, %1" ::"a"(value), "Nd"(port) : "memory");
}

static inline u16 inw(u16 port)
{
	u16 value;

	asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline u32 inl(u16 port)
{
	u32 value;

	asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
	return lo | (u64)hi << 32;
}

static inline void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" ::"c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi)::"memory");
	return lo | (u64)hi << 32;
}

struct cpuid_regs {
	u32 eax, ebx, ecx, edx;
};

static inline struct cpuid_regs cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid_regs r;

	asm volatile("cpuid"
		     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
		     : "a"(leaf), "c"(subleaf)
		     : "memory");
	return r;
}

#define DEFINE_CR(n)                                                        \
	static inline u64 read_cr##n(void)                                  \
	{                                                                   \
		u64 value;                                                  \
                                                                            \
		asm volatile("mov %%cr" #n ", %0" : "=r"(value)::"memory"); \
		return value;                                               \
	}                                                                   \
	static inline void write_cr##n(u64 value)                           \
	{                                                                   \
		asm volatile("mov %0, %%cr" #n ::"r"(value) : "memory");    \
	}
DEFINE_CR(0)
DEFINE_CR(2)
DEFINE_CR(3)
DEFINE_CR(4)

static inline void invlpg(const void *addr)
{
	asm volatile("invlpg (%0)" ::"r"(addr) : "memory");
}

static inline void cpu_relax(void)
{
	asm volatile("pause" ::: "memory");
}

static inline u64 local_irq_save(void)
{
	u64 flags;

	asm volatile("pushfq; popq %0; cli" : "=r"(flags)::"memory");
	return flags;
}

static inline void local_irq_restore(u64 flags)
{
	asm volatile("pushq %0; popfq" ::"r"(flags) : "memory", "cc");
}

static inline u64 read_flags(void)
{
	u64 flags;

	asm volatile("pushfq; popq %0" : "=r"(flags)::"memory");
	return flags;
}

static inline void local_irq_disable(void)
{
	asm volatile("cli" ::: "memory");
}

static inline void local_irq_enable(void)
{
	asm volatile("sti" ::: "memory");
}

/* STI;HLT in one statement: the interrupt shadow of STI closes the race with a wake-up. */
static inline void safe_halt(void)
{
	asm volatile("sti; hlt" ::: "memory");
}

/*
 * Full barrier: stores before it are visible before loads after it are done. A locked
 * read-modify-write of the stack, cheaper than MFENCE everywhere (SDM vol. 3, 8.2.3.9).
 */
static inline void smp_mb(void)
{
	asm volatile("lock; addl $0, -4(%%rsp)" ::: "memory", "cc");
}

/*
 * a * b / c with a 128-bit product, for which a freestanding kernel has no helper of libgcc; ~0 where
 * the quotient does not fit. @c is not 0.
 */
static inline u64 mul_div(u64 a, u64 b, u64 c)
{
	u64 low, high;

	asm("mulq %3" : "=a"(low), "=d"(high) : "0"(a), "rm"(b) : "cc");
	if (high >= c)
		return ~0ul;
	asm("divq %2" : "+a"(low), "+d"(high) : "rm"(c) : "cc");
	return low;
}

#endif
