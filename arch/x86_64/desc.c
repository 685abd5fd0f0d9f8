// SPDX-License-Identifier: BSD-2-Clause
/* SDM vol. 3, 3.4.5 (segment descriptors), 7.7 (64-bit TSS), 6.14 (64-bit IDT). */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu_entry_area.h>
#include <arch/x86_64/desc.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/vectors.h>
#include <kernel/lib/string.h>

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3;
	u16 iomap_base;
} __packed;

struct desc_page {
	u64 gdt[7];
	u64 pad;
	struct tss tss;
};

struct idt_gate {
	u16 offset_low;
	u16 selector;
	u8 ist;
	u8 type;
	u16 offset_mid;
	u32 offset_high;
	u32 reserved;
};

struct desc_ptr {
	u16 limit;
	u64 base;
} __packed;

/* Present, code or data, accessed: the CPU need not set the bit, so the page can be read-only. */
#define GDT_KERNEL_CODE 0x00af9b000000ffff
/*
 * Without B, which 64-bit mode ignores: as the null SS of an event with a stack of its own, for TCG
 * translates code anew where SS.B differs.
 */
#define GDT_KERNEL_DATA 0x008f93000000ffff
#define GDT_USER_DATA	0x00cff3000000ffff
#define GDT_USER_CODE	0x00affb000000ffff
#define TSS_AVAILABLE	0x89ul
#define GATE_INTERRUPT	0x8e
#define GATE_USER	0xee

static struct entry_addresses entry_text;

void desc_enter_at(struct entry_addresses addresses)
{
	entry_text = addresses;
}

void desc_fill(void *page, unsigned int cpu)
{
	struct desc_page *desc = page;
	u64 base, limit;
	unsigned int i;

	base = (u64)cpu_entry_area(cpu) + CEA_DESC_PAGE * 4096 + offsetof(struct desc_page, tss);
	limit = sizeof(struct tss) - 1;

	memset(page, 0, 4096);
	desc->gdt[KERNEL_CS / 8] = GDT_KERNEL_CODE;
	desc->gdt[KERNEL_DS / 8] = GDT_KERNEL_DATA;
	desc->gdt[USER_DS / 8] = GDT_USER_DATA;
	desc->gdt[USER_CS / 8] = GDT_USER_CODE;
	desc->gdt[TSS_SELECTOR / 8] = (limit & 0xffff) | (base & 0xffffff) << 16 |
				      TSS_AVAILABLE << 40 | (base >> 24 & 0xff) << 56;
	desc->gdt[TSS_SELECTOR / 8 + 1] = base >> 32;

	desc->tss.rsp[0] = cea_entry_stack_top(cpu);
	for (i = 1; i <= IST_COUNT; i++)
		desc->tss.ist[i - 1] = cea_ist_top(cpu, i);
	desc->tss.iomap_base = sizeof(struct tss);
}

static u8 vector_ist(unsigned int vector)
{
	switch (vector) {
	case X86_TRAP_NMI:
		return IST_NMI;
	case X86_TRAP_DB:
		return IST_DB;
	case X86_TRAP_MC:
		return IST_MC;
	case X86_TRAP_DF:
		return IST_DF;
	case INJECT_VECTOR ... INJECT2_VECTOR - 1:
		return IST_INJECT;
	case INJECT2_VECTOR ... POINT_VECTOR - 1:
		return IST_INJECT2;
	case POINT_VECTOR:
		return IST_POINT;
	default:
		return 0;
	}
}

void idt_set_gate(void *page, unsigned int vector, u64 handler)
{
	struct idt_gate *gate = (struct idt_gate *)page + vector;

	gate->offset_low = handler;
	gate->offset_mid = handler >> 16;
	gate->offset_high = handler >> 32;
}

void idt_load(void *idt)
{
	struct desc_ptr ptr = {4095, (u64)idt};

	asm volatile("lidt %0" ::"m"(ptr));
}

void idt_fill(void *page)
{
	struct idt_gate *gate = page;
	unsigned int vector;

	for (vector = 0; vector < NR_VECTORS; vector++, gate++) {
		idt_set_gate(page, vector, entry_text.stubs + vector * entry_text.stub_size);
		gate->selector = KERNEL_CS;
		gate->ist = vector_ist(vector); /* @idt.ist */
		gate->type = GATE_INTERRUPT;
		if (vector == X86_TRAP_BP || vector == SYSCALL_VECTOR) /* @idt.user */
			gate->type = GATE_USER;
		gate->reserved = 0;
	}
}

void desc_load(unsigned int cpu)
{
	struct desc_ptr gdt = {sizeof(((struct desc_page *)0)->gdt) - 1,
			       (u64)cpu_entry_area(cpu) + CEA_DESC_PAGE * 4096};

	asm volatile("lgdt %0" ::"m"(gdt));
	asm volatile("pushq %0; leaq 1f(%%rip), %%rax; pushq %%rax; lretq; 1:" ::"i"(KERNEL_CS)
		     : "rax", "memory");
	asm volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%ss; mov %1, %%fs; mov %1, %%gs" ::"r"(
			     KERNEL_DS),
		     "r"(0));
	idt_load((void *)CEA_IDT);
	asm volatile("ltr %w0" ::"r"(TSS_SELECTOR));

	wrmsr(MSR_GS_BASE, (u64)cpu_entry_area(cpu));
	wrmsr(MSR_KERNEL_GS_BASE, 0);
	wrmsr(MSR_STAR, (u64)KERNEL_CS << 32 | (u64)(USER_DS - 8) << 48);
	wrmsr(MSR_LSTAR, entry_text.syscall);
	wrmsr(MSR_SYSCALL_MASK, X86_EFLAGS_IF | X86_EFLAGS_TF | X86_EFLAGS_DF | X86_EFLAGS_NT |
					X86_EFLAGS_AC | X86_EFLAGS_RF); /* @syscall.mask */
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
}
