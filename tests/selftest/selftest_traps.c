// SPDX-License-Identifier: BSD-2-Clause
/* Faults that are wanted, memory protection, NMIs, the tick. */
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/sections.h>
#include <arch/x86_64/trampoline.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <kernel/isolation.h>
#include <kernel/lib/string.h>
#include <kernel/memory.h>
#include <kernel/nmi.h>
#include <kernel/symbols.h>
#include <kernel/tick.h>
#include <kernel/wait.h>
#include <tests/selftest/selftest.h>

static const u32 constant = 1;
static u32 __ro_after_init fixed = 1;

static bool write_faults(volatile void *addr)
{
	u64 before = this_cpu()->trap_fixups;

	asm volatile(ASM_TRY() "lock; addb $0, (%0)\n2:" ::"r"(addr) : "memory", "cc");
	return this_cpu()->trap_fixups == before + 1;
}

static bool read_faults(const volatile void *addr)
{
	u64 before = this_cpu()->trap_fixups;

	asm volatile(ASM_TRY() "movb (%0), %%al\n2:" ::"r"(addr) : "rax", "memory");
	return this_cpu()->trap_fixups == before + 1;
}

static const char *faults(void)
{
	u64 before = this_cpu()->trap_fixups;

	asm volatile(ASM_TRY() "ud2\n2:");
	CHECK(this_cpu()->trap_fixups == before + 1);
	CHECK(read_faults((void *)0x10));
	CHECK(read_faults((void *)0x0000800000000000)); /* not canonical */
	CHECK(!read_faults(&constant));
	return NULL;
}
SELFTEST("expected faults", faults);

static const char *protection(void)
{
	CHECK(read_cr0() & X86_CR0_WP);
	CHECK(write_faults(__text_start));
	CHECK(write_faults(__entry_text_start));
	CHECK(write_faults((void *)&constant));
	CHECK(write_faults(&fixed));
	CHECK(write_faults(phys_to_virt(kernel_to_phys(__text_start))));
	CHECK(write_faults((void *)CEA_IDT));
	CHECK(write_faults((u8 *)cpu_entry_area(0) + CEA_DESC_PAGE * PAGE_SIZE));
	CHECK(!cpu_has(X86_FEATURE_SMEP) || read_cr4() & X86_CR4_SMEP);
	CHECK(!cpu_has(X86_FEATURE_SMAP) || read_cr4() & X86_CR4_SMAP);
	CHECK(!cpu_has(X86_FEATURE_UMIP) || read_cr4() & X86_CR4_UMIP);
	return NULL;
}
SELFTEST("write protection", protection);

static const char *trampoline(void)
{
	const u8 *page = phys_to_virt(trampoline_pgd() ? trampoline_phys() : 0);
	u32 size = trampoline_end - trampoline_start, i;

	if (!trampoline_pgd())
		return SELFTEST_SKIP("one CPU needs no trampoline");
	CHECK(!memcmp(page, trampoline_start, size));
	for (i = size; i < PAGE_SIZE - sizeof(struct trampoline_args); i++)
		if (page[i] != 0xcc)
			return "the trampoline page is not filled with int3";
	CHECK(write_faults((void *)page));
	return NULL;
}
SELFTEST("trampoline page", trampoline);

static const char *stray_nmi(void)
{
	struct cpu *cpu = this_cpu();
	u64 count = cpu->nmi_count, unknown = cpu->nmi_unknown;

	apic_send_nmi(cpu->apic_id);
	wait_until(READ_ONCE(cpu->nmi_count) == count + 1, "a stray NMI", cpu->nr);
	CHECK(cpu->nmi_unknown == unknown + 1);
	return NULL;
}
SELFTEST("an NMI that nobody sent", stray_nmi);

/* Twice, since a first interrupt that is not ended stays the only one. */
static const char *tick(void)
{
	tick_start_at(HURRY_HZ);
	wait_until(READ_ONCE(this_cpu()->irq_count[TIMER_VECTOR]) >= 2, "two ticks since start-up",
		   smp_processor_id());
	tick_start();
	return NULL;
}
SELFTEST("the tick", tick);

static const char *memory(void)
{
	u64 before = free_pages_count();
	void *a = alloc_page_zeroed(), *b = alloc_page_zeroed();

	CHECK(a != b);
	CHECK(free_pages_count() == before - 2);
	memset(a, 0xff, PAGE_SIZE);
	free_page(a);
	CHECK(alloc_page_zeroed() == a);
	CHECK(!*(u64 *)a);
	free_page(a);
	free_page(b);
	CHECK(free_pages_count() == before);
	return NULL;
}
SELFTEST("page allocator", memory);

static const char *symbols(void)
{
	unsigned long start, size;
	const char *name = symbol_lookup((unsigned long)symbols + 1, &start, &size);

	CHECK(name && !strcmp(name, "symbols"));
	CHECK(start == (unsigned long)symbols);
	CHECK(!symbol_lookup((unsigned long)&constant, &start, &size));
	return NULL;
}
SELFTEST("symbol table", symbols);
