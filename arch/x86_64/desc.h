/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptor tables: selectors, GDT, TSS, IDT. */
#ifndef ARCH_DESC_H
#define ARCH_DESC_H

#define KERNEL_CS    0x08
#define KERNEL_DS    0x10
#define USER_DS	     0x1b /* below USER_CS: SYSRET adds 8 and 16 to STAR's upper half */
#define USER_CS	     0x23
#define TSS_SELECTOR 0x28

#ifndef __ASSEMBLER__
#include <kernel/lib/types.h>

/* Where the processor enters the kernel: vector N at stubs + N * stub_size, SYSCALL at its own. */
struct entry_addresses {
	u64 stubs, stub_size, syscall;
};

/* What idt_fill() and desc_load() point to. Start-up, before any of them. */
void desc_enter_at(struct entry_addresses addresses);

/*
 * Fills the descriptor page of one CPU: accessed bits preset, since the CPU must never write it.
 * @page: where to write it now (direct map); @cpu: whose.
 */
void desc_fill(void *page, unsigned int cpu);

/* Points the gate of @vector in the IDT at @page to @handler; IST slot and rights stay. */
void idt_set_gate(void *page, unsigned int vector, u64 handler);

/* Makes the IDT at @idt this CPU's. */
void idt_load(void *idt);

/* Builds the one IDT in @page. */
void idt_fill(void *page);

/*
 * Loads GDT, TSS, IDT, GS base and the SYSCALL registers of CPU @cpu on itself. LTR sets the
 * busy bit in the GDT, so the descriptor page must still be writable; read-only afterwards.
 */
void desc_load(unsigned int cpu);

#endif
#endif
