// SPDX-License-Identifier: BSD-2-Clause
/* What surrounds a write to text: the alias, its table, the lock; and CALL under any alignment. */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/pti.h>
#include <entry/entry.h>
#include <kernel/job.h>
#include <kernel/wait.h>
#include <patching/text_poke.h>
#include <patching/text_poke_arch.h>
#include <tests/selftest/selftest.h>

#define CALL_SIZE     5
#define MOV_EAX_IMM32 0xb8
#define SITE_SIZE     8
#define ROUNDS	      8 /* shared by all CPUs: each batch tells every one of them */
#define ROUNDS_MIN    2

extern u8 probe_array[];
extern u8 probe_call_even_site[], probe_call_odd_site[];
u32 probe_call_even(void);
u32 probe_call_odd(void);

static bool alias_faults(u64 page)
{
	u64 before = this_cpu()->trap_fixups;

	asm volatile(ASM_TRY() "movb (%0), %%al\n2:" ::"r"(POKING_ADDR + page * PAGE_SIZE)
		     : "rax", "memory");
	return this_cpu()->trap_fixups == before + 1;
}

/* Writes the first byte of a site that crosses a page again, and the last. */
static void write_across(unsigned long addr)
{
	u8 bytes[2] = {((u8 *)addr)[0], ((u8 *)addr)[1]};

	text_write(addr, bytes, sizeof(bytes));
}

static const char *alias(void)
{
	unsigned long across = ALIGN_DOWN((u64)probe_array + PAGE_SIZE, (u64)PAGE_SIZE) - 1;
	u64 cr3 = read_cr3(), flags = read_flags();
	bool masked, apart, gone[2];

	CHECK(flags & X86_EFLAGS_IF);
	CHECK(alias_faults(0));
	text_mutex_lock();
	text_write_begin();
	apart = read_cr3() != cr3;
	masked = !(read_flags() & X86_EFLAGS_IF);
	write_across(across);
	text_write_end();

	/* The table is back, and holds nothing of what was written before. */
	text_write_begin();
	gone[0] = alias_faults(0);
	gone[1] = alias_faults(1);
	text_write_end();
	text_mutex_unlock();
	CHECK(apart);
	CHECK(masked);
	CHECK(gone[0] && gone[1]);
	CHECK(read_cr3() == cr3);
	CHECK(read_flags() & X86_EFLAGS_IF);
	return NULL;
}
SELFTEST("the alias is there only between begin and end", alias);

static unsigned int rounds(void)
{
	return max(ROUNDS / nr_cpus, (unsigned int)ROUNDS_MIN);
}

/* Two CPUs, each with a site of its own; more would only wait longer for the lock. */
static u32 ready;

static void patch_own_site(void *arg)
{
	u8 *site = probe_array + smp_processor_id() * SITE_SIZE;
	unsigned int i;

	atomic_add(&ready, 1);
	wait_until(READ_ONCE(ready) == 2, "the other patcher", -1);
	for (i = 0; i < rounds(); i++) {
		u8 insn[5] = {MOV_EAX_IMM32, i, i, i, i};

		text_mutex_lock();
		smp_text_poke_single((unsigned long)site, insn, sizeof(insn), NULL);
		text_mutex_unlock();
	}
}

static const char *patchers(void)
{
	u64 batches = text_poke_counts().batches;
	unsigned int cpu, nr = min(nr_cpus, 2u);

	if (nr < 2)
		return SELFTEST_SKIP("needs a second CPU");
	ready = 0;
	for (cpu = 1; cpu < nr; cpu++)
		job_start(cpu, patch_own_site, NULL);
	patch_own_site(NULL);
	for (cpu = 1; cpu < nr; cpu++)
		job_wait(cpu);
	CHECK(text_poke_counts().batches == batches + nr * rounds());
	for (cpu = 0; cpu < nr; cpu++)
		CHECK(*(u32 *)(probe_array + cpu * SITE_SIZE + 1) == (rounds() - 1) * 0x01010101u);
	return NULL;
}
SELFTEST("two patchers at once", patchers);

/* Emulated CALL pushes below an interrupted stack pointer that the CPU has aligned, or has not. */
static u32 results[2];

static void call_at_step(enum text_poke_step step)
{
	if (step != POKE_INT3_WRITTEN)
		return;
	results[0] = probe_call_even();
	results[1] = probe_call_odd();
}

static const char *calls(void)
{
	u8 *sites[] = {probe_call_even_site, probe_call_odd_site};
	u64 hits = this_cpu()->int3_hits;
	unsigned int i;

	text_mutex_lock();
	for (i = 0; i < 2; i++)
		smp_text_poke_batch_add((unsigned long)sites[i], sites[i], CALL_SIZE, NULL);
	text_poke_step_hook = call_at_step;
	smp_text_poke_batch_finish();
	text_poke_step_hook = NULL;
	text_mutex_unlock();
	CHECK(this_cpu()->int3_hits >= hits + 2);
	CHECK(results[0] == 0x1111 && results[1] == 0x2222);
	return NULL;
}
SELFTEST("CALL emulated at both alignments of the stack", calls);

/* In the kernel half of an address space nothing of the user's may execute. */
static const char *user_half(void)
{
	static struct mm *mm;

	if (!pti_enabled)
		return SELFTEST_SKIP("pti=off: one half for both");
	if (!mm)
		mm = mm_create();
	CHECK(mm->pgd[(u64)USER_TEXT >> 39] & _PAGE_NX);
	CHECK(!(user_pgd(mm->pgd)[(u64)USER_TEXT >> 39] & _PAGE_NX));
	return NULL;
}
SELFTEST("user text does not execute on the kernel half", user_half);
