/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entry area: all that a CPU needs in its hands between a hardware entry and the CR3 write,
 * and again between S:=0 and the return. Mapped in both halves of every kPTI pair.
 *
 * One area per CPU, CEA_SIZE big and aligned, so that an NMI-like entry finds its base by
 * masking the stack pointer; the kernel GS base is the same address. Pages of one area:
 *
 *   0        struct cpu_entry_area: sync word, scratch                RW
 *   1        GDT and TSS                                              R
 *   3        entry stack                                              RW
 *   5-6, 8-9, 11-12, 14-15, 17-18, 20-21, 23-24   IST stacks 1 to 7          RW
 *   others   guard pages, not mapped
 *
 * The page before the first area holds the IDT, one for all CPUs, read-only.
 */
#ifndef ARCH_CPU_ENTRY_AREA_H
#define ARCH_CPU_ENTRY_AREA_H

#define CEA_BASE	0xfffffe0000000000
#define CEA_SIZE	0x20000
#define CEA_IDT		CEA_BASE
#define CEA_FIRST	(CEA_BASE + CEA_SIZE)
#define CEA_DESC_PAGE	1
#define CEA_ENTRY_STACK 3
#define CEA_IST_FIRST	5
#define CEA_IST_STRIDE	3
#define CEA_IST_PAGES	2

/* IST slots (SDM vol. 3, 6.14.5). 5 and 6 are for injected events, outer and nested. */
#define IST_NMI	    1
#define IST_DB	    2
#define IST_MC	    3
#define IST_DF	    4
#define IST_INJECT  5
#define IST_INJECT2 6
#define IST_POINT   7
#define IST_COUNT   7

#ifndef __ASSEMBLER__
#include <kernel/lib/types.h>

struct cpu;

struct cpu_entry_area {
	/* Line 0: written by its own CPU only. A sender reads the first word, a patcher that
	 * ends a batch the second; nothing else of a skipped CPU is ever touched.
	 */
	u32 kernel_cr3_loaded; /* S: 1 = this CPU may be on the kernel page table */
	u32 in_int3_handler;   /* int3 handlers of this CPU that may hold the batch */
	u64 credit;	       /* newest epoch this CPU is known to have serialised after */
	u64 reserved[6];

	/* Line 1: its own CPU's alone. */
	u64 scratch;	   /* user RSP during SYSCALL entry, before a stack exists */
	u64 kernel_sp;	   /* thread stack for entries from user mode */
	u64 user_cr3_bits; /* make the user CR3 of the kernel one */
	struct cpu *cpu;
	struct cpu_entry_area *self;
	u32 cpu_nr;
	u32 in_nmi;  /* a real NMI is under way: the NMI path's own (entry/nmi_like.asm) */
	u64 entries; /* from user mode */

	/* Line 2: written from elsewhere, read on each entry under some protocols. */
	u32 keeps_signal __aligned(64); /* 1 = this CPU sets S on its way in */
} __aligned(64);

_Static_assert(sizeof(struct cpu_entry_area) == 192, "three cache lines");

/* The entry area of CPU @cpu. Any context. */
static inline struct cpu_entry_area *cpu_entry_area(unsigned int cpu)
{
	return (struct cpu_entry_area *)(CEA_FIRST + (u64)cpu * CEA_SIZE);
}

/* Top (exclusive) of CPU @cpu's stack for IST slot @ist, 1 to IST_COUNT. */
static inline u64 cea_ist_top(unsigned int cpu, unsigned int ist)
{
	return (u64)cpu_entry_area(cpu) +
	       (CEA_IST_FIRST + (ist - 1) * CEA_IST_STRIDE + CEA_IST_PAGES) * 4096;
}

static inline u64 cea_entry_stack_top(unsigned int cpu)
{
	return (u64)cpu_entry_area(cpu) + (CEA_ENTRY_STACK + 1) * 4096;
}

/*
 * Allocates and maps the entry area of one CPU, with its GDT and TSS filled in. Start-up only,
 * before the CPU runs.
 */
void cpu_entry_area_init(unsigned int cpu);

/* Makes the descriptor page read-only, once desc_load() has run on that CPU. Does not flush. */
void cpu_entry_area_seal(unsigned int cpu);

#endif
#endif
