// SPDX-License-Identifier: BSD-2-Clause
/* How this kernel writes text and tells CPUs: the hooks of patching/text_poke_arch.h. */
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/sections.h>
#include <arch/x86_64/tlb.h>
#include <arch/x86_64/vectors.h>
#include <kernel/lib/string.h>
#include <kernel/memory.h>
#include <kernel/panic.h>
#include <kernel/report.h>
#include <kernel/wait.h>
#include <patching/kernel/sync_ipi.h>
#include <patching/sync_policy.h>
#include <patching/text_poke.h>
#include <patching/text_poke_arch.h>

#define ALIAS_PAGES 2

/* A table that only the patching CPU loads: kernel half as everywhere, and the alias below. */
static struct mm poking_mm;
static pgd_t *alias_pte;
static u64 alias_phys[ALIAS_PAGES];
static u64 saved_cr3, saved_flags;

void poking_init(void)
{
	u64 ignored;

	poking_mm.pgd = alloc_pages(2, 2);
	poking_mm.pcid = pcid_alloc();
	memcpy(poking_mm.pgd, init_mm.pgd, PAGE_SIZE);
	memset(user_pgd(poking_mm.pgd), 0, PAGE_SIZE);
	map_range(poking_mm.pgd, POKING_ADDR, 0, ALIAS_PAGES * PAGE_SIZE, PAGE_KERNEL, false);
	alias_pte = lookup_address(poking_mm.pgd, POKING_ADDR, &ignored);
	memset(alias_pte, 0, ALIAS_PAGES * sizeof(*alias_pte));
}

/* Interrupts off until text_write_end(): nothing else may run on this table but NMIs. */
void text_write_begin(void)
{
	saved_flags = local_irq_save(); /* @write.irqs-off */
	saved_cr3 = read_cr3();
	memset(alias_phys, 0, sizeof(alias_phys));
	write_cr3(mm_cr3(&poking_mm)); /* @write.switch */
}

static void map_alias(unsigned int page, u64 phys)
{
	if (alias_phys[page] == phys)
		return;
	alias_phys[page] = phys;
	WRITE_ONCE(alias_pte[page], phys | PAGE_KERNEL);
	invlpg((void *)(POKING_ADDR + page * PAGE_SIZE)); /* @write.invlpg */
}

typedef u64 __attribute__((aligned(1), may_alias)) unaligned_u64;
typedef u32 __attribute__((aligned(1), may_alias)) unaligned_u32;

void text_write(unsigned long addr, const u8 *bytes, size_t len)
{
	u64 phys = ALIGN_DOWN(kernel_to_phys((void *)addr), (u64)PAGE_SIZE);
	u64 offset = addr & (PAGE_SIZE - 1);
	u8 *alias = (void *)(POKING_ADDR + offset);
	size_t i = 0;

	map_alias(0, phys);
	if (offset + len > PAGE_SIZE)
		map_alias(1, phys + PAGE_SIZE); /* @write.second-page */
	/*
	 * The first byte of a site is written alone (I4), so one byte is one store. What is more comes
	 * in words: an emulator looks for what it has translated at each store.
	 */
	for (; len - i >= sizeof(u64); i += sizeof(u64))
		WRITE_ONCE(*(unaligned_u64 *)(alias + i), *(const unaligned_u64 *)(bytes + i));
	for (; len - i >= sizeof(u32); i += sizeof(u32))
		WRITE_ONCE(*(unaligned_u32 *)(alias + i), *(const unaligned_u32 *)(bytes + i));
	for (; i < len; i++)
		WRITE_ONCE(alias[i], bytes[i]);
	if (memcmp((void *)addr, bytes, len)) /* @write.read-back */
		panic("text at %pS does not read back what was written through the alias",
		      (void *)addr);
}

void text_write_end(void)
{
	memset(alias_pte, 0, ALIAS_PAGES * sizeof(*alias_pte)); /* @write.unmap */
	write_cr3(saved_cr3);					/* serialises @write.restore */
	local_irq_restore(saved_flags);
}

static bool overlaps(unsigned long addr, size_t len, const char *start, const char *end)
{
	return addr < (u64)end && (addr >= (u64)start || (u64)start - addr < len);
}

static unsigned long open_addr;
static size_t open_len;

void text_open(unsigned long addr, size_t len)
{
	open_addr = addr;
	open_len = addr ? len : 0;
}

const char *text_immutable(unsigned long addr, size_t len)
{
	if (addr >= open_addr && addr - open_addr < open_len &&
	    len <= open_len - (addr - open_addr))
		return NULL;
	if (addr >= (u64)__text_start && addr < (u64)__text_end && len <= (u64)__text_end - addr)
		return NULL;
	if (overlaps(addr, len, __entry_text_start, __entry_text_end))
		return "entry text is immutable: CPUs run it before they serialise";
	if (overlaps(addr, len, __park_text_start, __park_text_end))
		return "park text is immutable: CPUs wait there while all else changes";
	if (overlaps(addr, len, __noinstr_text_start, __noinstr_text_end))
		return "the int3 handler's text is immutable: an int3 there has no handler";
	return "this is not kernel text";
}

bool data_is_ro_after_init(const void *data)
{
	return (u64)data >= (u64)__ro_after_init_start && (u64)data < (u64)__ro_after_init_end;
}

bool text_sealed(void)
{
	return rodata_marked;
}

unsigned int sync_nr_cpus(void)
{
	return nr_cpus;
}

bool sync_cpu_online(unsigned int cpu)
{
	return READ_ONCE(cpu_online[cpu]);
}

unsigned int sync_this_cpu(void)
{
	return smp_processor_id();
}

/* Text sync requests are numbered per target; the text mutex makes us the only writer. */
void sync_send(unsigned int nr, bool quirk)
{
	struct cpu *cpu = &cpus[nr];

	if (sync_hooks.will_wait)
		sync_hooks.will_wait(nr);
	smp_store_release(&cpu->sync_requested, cpu->sync_requested + 1);
	apic_send_vector(cpu->apic_id, quirk			  ? QUIRK_VECTOR
				       : sync_request == SYNC_TLB ? TLB_VECTOR /* @tlb.vector */
								  : SYNC_CORE_VECTOR);
}

void sync_wait(unsigned int nr, bool quirk)
{
	struct cpu *cpu = &cpus[nr];

	wait_until(smp_load_acquire(&cpu->sync_acked) == cpu->sync_requested,
		   quirk ? "the ack of a quirk IPI" : "the ack of a sync IPI", nr);
}

void sync_self(void)
{
	sync_core_take_credit();
}

u64 sync_credit(unsigned int cpu)
{
	return READ_ONCE(cpu_entry_area(cpu)->credit);
}

/* A locked add is the full barrier that pairs with drop_refs() in patching/text_poke.c. */
noinstr void text_poke_handler_enter(void)
{
	asm volatile("lock; incl %%gs:%c0" ::"i"(offsetof(struct cpu_entry_area, in_int3_handler))
		     : "memory", "cc"); /* @poke.handler-enter */
}

noinstr void text_poke_handler_exit(void)
{
	asm volatile("lock; decl %%gs:%c0" ::"i"(offsetof(struct cpu_entry_area, in_int3_handler))
		     : "memory", "cc");
}

bool text_poke_handler_active(unsigned int cpu)
{
	return READ_ONCE(cpu_entry_area(cpu)->in_int3_handler);
}

void text_poke_wait_handler(unsigned int cpu)
{
	if (!text_poke_handler_active(cpu))
		return;
	/* An NMI that came into the handler may wait for us at a point. */
	if (sync_hooks.will_wait)
		sync_hooks.will_wait(cpu);
	wait_until(!text_poke_handler_active(cpu), "its int3 handler to let go of the batch", cpu);
	if (sync_hooks.waited)
		sync_hooks.waited(cpu);
}

/* By ticket: who pokes again and again would keep the others out for longer than any bound. */
static struct {
	u32 next, owner;
} text_mutex;

/* Interrupts stay on while waiting: the holder may be waiting for our acknowledgement. */
void text_mutex_lock(void)
{
	u32 mine = atomic_fetch_add(&text_mutex.next, 1);

	wait_until(smp_load_acquire(&text_mutex.owner) == mine, /* @poke.mutex */
		   "the text mutex", -1);
}

void text_mutex_unlock(void)
{
	smp_store_release(&text_mutex.owner, text_mutex.owner + 1);
}

void text_poke_broken(const char *what, unsigned int cpu, u64 seen, u64 expected)
{
	report_violation("engine", what, cpu, "seen=%lu expected=%lu", seen, expected);
}

void text_poke_refuse(const char *why, unsigned long addr)
{
	if (!text_poke_early_check()) /* before anything runs that could go wrong: the build's mistake */
		harness_error("start-up: text_poke refused at %pS: %s", (void *)addr, why);
	panic("text_poke refused at %pS: %s", (void *)addr, why);
}
