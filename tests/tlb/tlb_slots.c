// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/tlb.h>
#include <entry/entry.h>
#include <entry/protocol/invariant.h>
#include <entry/protocol/points.h>
#include <kernel/job.h>
#include <kernel/lib/spinlock.h>
#include <kernel/lib/string.h>
#include <kernel/memory.h>
#include <kernel/report.h>
#include <patching/kernel/vmap.h>
#include <tests/tlb/tlb.h>

#define FRAMES	    24
#define NOT_MAPPED  0 /* what a read yields that faults; no generation is 0 and mapped */
#define SLOT_SHIFT  48
#define GENERATIONS 4 /* every so many a slot is not mapped */

/*
 * Generations count up. Sizes on both sides of the range flush's limit. No two first pages are
 * alike in their low bits, by which TLBs are indexed. The last slot is a region by itself: each
 * time it goes, its page table goes too.
 */
static struct slot {
	unsigned int first, count;
	bool region;
	u64 committed; /* every CPU must see this generation, or a later one */
	u64 written;   /* the newest that any CPU may see */
	void *frame;
} slots[] = {
	{0, 1},
	{5, 1},
	{10, 2},
	{79, TLB_RANGE_MAX},
	{148, TLB_RANGE_MAX + 1},
	{217, 4},
	{286, 64},
	{VMAP_REGION_PAGES + 35, 1, true},
};

_Static_assert(ARRAY_SIZE(slots) + 4 <= FRAMES, "a frame each, and some in between");

static void *frames[FRAMES];
static unsigned int nr_frames;
static bool frames_made;
static struct spinlock frames_lock;
static u64 reads, stale, changes;
static u32 cursors[NR_CPUS];

static bool mapped_at(const struct slot *slot, u64 generation)
{
	return slot->region ? generation & 1 : generation % GENERATIONS;
}

static u64 value_at(const struct slot *slot, u64 generation)
{
	return mapped_at(slot, generation) ? (u64)(slot - slots + 1) << SLOT_SHIFT | generation
					   : NOT_MAPPED;
}

/* Last in, first out: what a flush has freed is the next slot's. */
static void *take_frame(void)
{
	void *frame;

	spin_lock(&frames_lock);
	frame = frames[--nr_frames];
	spin_unlock(&frames_lock);
	return frame;
}

static void give_frame(void *frame)
{
	spin_lock(&frames_lock);
	frames[nr_frames++] = frame;
	spin_unlock(&frames_lock);
}

static void set_pages(const struct slot *slot, u64 phys)
{
	unsigned int i;

	for (i = 0; i < slot->count; i++)
		vmap_set_page(slot->first + i, phys);
}

/* False: it cannot go now, because too many page tables wait already. */
static bool remove(struct slot *slot)
{
	if (slot->region)
		return vmap_remove_region(slot->first / VMAP_REGION_PAGES);
	set_pages(slot, 0);
	vmap_flush(slot->first, slot->count);
	return true;
}

static void change(struct slot *slot)
{
	u64 next = slot->committed + 1;
	bool maps = mapped_at(slot, next);
	void *old = slot->frame;

	WRITE_ONCE(slot->written, next); /* before the table changes; pairs with tlb_read() */
	slot->frame = NULL;
	if (maps) {
		slot->frame = take_frame();
		*(volatile u64 *)slot->frame = value_at(slot, next);
		set_pages(slot, virt_to_phys(slot->frame));
		if (old)
			vmap_flush(slot->first, slot->count); /* else nobody has it cached */
	} else if (!remove(slot)) {
		slot->frame = old;
		WRITE_ONCE(slot->written, slot->committed);
		return;
	}
	smp_store_release(&slot->committed, next);
	if (old)
		give_frame(old);
	atomic_add(&changes, 1);
}

void tlb_change_some(struct random_stream *random, unsigned int owner, unsigned int owners)
{
	unsigned int mine = (ARRAY_SIZE(slots) - owner + owners - 1) / owners;
	struct slot *slot = &slots[owner + random_below(random, mine) * owners];

	change(slot);
	/* What was just removed comes back at once: the address is something else's right away. */
	if (!slot->frame) {
		tlb_read_all();
		change(slot);
	}
}

static u64 read_value(u64 addr)
{
	u64 value = NOT_MAPPED;

	asm volatile(ASM_TRY() "movq (%1), %0\n2:" : "+r"(value) : "r"(addr) : "memory");
	return value;
}

static void tlb_read(const struct slot *slot, unsigned int page)
{
	u64 addr = vmap_addr(slot->first + page % slot->count), before, after, value, generation;

	before = smp_load_acquire(&slot->committed);
	value = read_value(addr);
	smp_rmb(); /* pairs with the store of `written` before the change */
	after = READ_ONCE(slot->written);
	for (generation = before; generation <= after; generation++)
		if (value_at(slot, generation) == value)
			return;
	atomic_add(&stale, 1);
	report_violation("stale_read", point_last(), smp_processor_id(),
			 "address=%lx expected_generation=%lu seen_generation=%lu newest=%lu "
			 "slot=%ld seen_slot=%ld S=%u cr3=%lx",
			 addr, before, value & (BIT(SLOT_SHIFT) - 1), after, (long)(slot - slots),
			 (long)(value >> SLOT_SHIFT) - 1, cea_read(kernel_cr3_loaded), read_cr3());
}

void tlb_read_all(void)
{
	u32 cursor = cursors[smp_processor_id()];
	unsigned int i;

	check_invariant(INV_PROBE, NULL);
	for (i = 0; i < ARRAY_SIZE(slots); i++)
		tlb_read(&slots[i], cursor);
	atomic_add(&reads, ARRAY_SIZE(slots));
}

void tlb_read_next(void)
{
	cursors[smp_processor_id()]++;
}

struct tlb_reads tlb_reads(void)
{
	return (struct tlb_reads){READ_ONCE(reads), READ_ONCE(stale), READ_ONCE(changes)};
}

static void empty_tlb(void *arg)
{
	tlb_flush_all();
}

void tlb_slots_reset(void)
{
	unsigned int i;

	while (!frames_made && nr_frames < FRAMES)
		frames[nr_frames++] = alloc_page_zeroed();
	frames_made = true;
	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		struct slot *slot = &slots[i];

		set_pages(slot, 0);
		if (slot->frame)
			give_frame(slot->frame);
		slot->frame = NULL;
		slot->committed = slot->written = 0;
	}
	job_run_all(empty_tlb, NULL);
	reads = stale = changes = 0;
}
