/* SPDX-License-Identifier: BSD-2-Clause */
/* Address spaces as kPTI pairs: what the user half holds, and what it may hold. */
#ifndef ARCH_PTI_H
#define ARCH_PTI_H

#include <arch/x86_64/pgtable.h>

/* Builds the user half of init_mm: entry text and entry areas. After smp_prepare(). */
void pti_init(void);

/*
 * A new address space with the user programs' text at USER_TEXT, USER_DATA_PAGES of data at USER_DATA
 * and one stack page below USER_STACK_TOP, all its own. Start-up or job context, not IRQ.
 */
struct mm *mm_create(void);

/* The data pages of @mm as the kernel sees them: in one piece. */
void *mm_user_data(struct mm *mm);

/* Loads the kernel half of @mm on this CPU; NULL: init_mm. Interrupts off. */
void mm_switch(struct mm *mm);

/* What mm_switch() adds to CR3: 0; with PCID, X86_CR3_NOFLUSH would keep what that PCID knows. */
extern u64 mm_switch_bits;

/*
 * Makes all entries and exits change page tables, or none, once the caller has had alternatives
 * applied again; programs of no other address space than @mm may run until kPTI is back. For
 * measuring only: everyone is to be told of everything meanwhile.
 */
void pti_switch(bool on, struct mm *mm);

/* One mapping of a user half that does not belong there. */
struct pti_breach {
	u64 virt, phys, prot;
	const char *why;
};

/*
 * Walks the user half of @mm. Returns how many leaves do not belong there, the first of them in
 * @breach; *@pages counts what was looked at.
 */
unsigned int pti_audit(struct mm *mm, struct pti_breach *breach, unsigned int *pages);

/*
 * W^X by physical frame: is any frame writable through one mapping and executable through another,
 * over init_mm, @mm (may be NULL), and the trampoline's table? Returned as above.
 */
unsigned int wx_audit(struct mm *mm, struct pti_breach *breach, unsigned int *pages);

#endif
