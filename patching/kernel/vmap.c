// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <kernel/lib/spinlock.h>
#include <kernel/lib/string.h>
#include <kernel/memory.h>
#include <kernel/report.h>
#include <patching/kernel/tlb.h>
#include <patching/kernel/vmap.h>
#include <patching/sync_policy.h>
#include <patching/text_poke_arch.h>

#define ENTRIES	    512
#define TABLES_FREE (VMAP_REGIONS + VMAP_PENDING_MAX)

/* A page table and the epoch of the flush that took it out of use. */
struct old_table {
	pgd_t *table;
	u64 epoch;
};

static pgd_t *pmd;				   /* one entry a region */
static pgd_t *tables[VMAP_REGIONS];		   /* NULL: none */
static struct old_table pending[VMAP_PENDING_MAX]; /* oldest first */
static struct old_table unused[TABLES_FREE];
static unsigned int nr_pending, nr_unused;
static struct vmap_counts counts;
static struct spinlock lock;
static u64 poison_phys;

void vmap_init(void)
{
	u64 *poison = alloc_pages(1, 1), size;
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*poison); i++)
		poison[i] = VMAP_POISON;
	poison_phys = virt_to_phys(poison);
	/* Makes the levels above; init_mm and every copy of it share them from the first on. */
	map_range(init_mm.pgd, VMAP_BASE, poison_phys, PAGE_SIZE, PAGE_KERNEL_RO, false);
	tables[0] = (pgd_t *)((u64)lookup_address(init_mm.pgd, VMAP_BASE, &size) & ~0xffful);
	tables[0][0] = 0;
	pmd = phys_to_virt(init_mm.pgd[VMAP_BASE >> 39 & 511] & PTE_ADDR_MASK);
	pmd = phys_to_virt(pmd[VMAP_BASE >> 30 & 511] & PTE_ADDR_MASK);
}

/* No longer used by anyone: what a CPU would see that used it all the same is to be unmistakable. */
static void free_table(struct old_table old)
{
	unsigned int i;

	for (i = 0; i < ENTRIES; i++)
		old.table[i] = poison_phys | PAGE_KERNEL_RO;
	unused[nr_unused++] = old;
}

/* Under the lock. Epochs go up, so the first that must wait holds up the others. */
static void reap(void)
{
	unsigned int done = 0, behind;

	while (done < nr_pending && sync_epoch_passed(pending[done].epoch, &behind)) /* @tlb.reap */
		free_table(pending[done++]);
	nr_pending -= done;
	memmove(pending, pending + done, nr_pending * sizeof(*pending));
}

/*
 * The oracle of the rule: asks each CPU, no matter who decided that the table was free. Accuses only where
 * it is certain, so it asks for less than reap() does.
 */
static void check_reuse(const struct old_table *old)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (sync_credit(cpu) >= old->epoch)
			continue;
		report_violation("table_freed", "vmap.reuse", cpu,
				 "a page table is used again that cpu %u may still walk: flush %lu "
				 "took it out, and the CPU has not entered the kernel since",
				 cpu, old->epoch);
		break;
	}
	counts.reused++;
}

static pgd_t *new_table(void)
{
	pgd_t *table;

	reap();
	if (!nr_unused)
		return alloc_page_zeroed();
	table = unused[--nr_unused].table;
	check_reuse(&unused[nr_unused]);
	return memset(table, 0, PAGE_SIZE);
}

static pgd_t *table_of(unsigned int region)
{
	pgd_t *table;

	spin_lock(&lock);
	table = tables[region];
	if (!table) {
		table = new_table();
		WRITE_ONCE(pmd[region],
			   virt_to_phys(table) | _PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED);
		tables[region] = table;
	}
	spin_unlock(&lock);
	return table;
}

void vmap_set_page(unsigned int page, u64 phys)
{
	pgd_t *table = table_of(page / VMAP_REGION_PAGES);
	u64 bits = PAGE_KERNEL_RO | (tlb_variant.global_pages ? _PAGE_GLOBAL : 0);

	WRITE_ONCE(table[page % VMAP_REGION_PAGES], phys ? phys | bits : 0);
}

u64 vmap_flush(unsigned int page, unsigned int count)
{
	return flush_tlb_kernel_range(vmap_addr(page), count);
}

bool vmap_remove_region(unsigned int region)
{
	struct old_table old;

	spin_lock(&lock);
	reap();
	old.table = tables[region];
	if (!old.table || nr_pending == VMAP_PENDING_MAX) {
		spin_unlock(&lock);
		return false;
	}
	tables[region] = NULL;
	WRITE_ONCE(pmd[region], 0); /* @tlb.unlink */
	spin_unlock(&lock);

	old.epoch =
		vmap_flush(region * VMAP_REGION_PAGES, VMAP_REGION_PAGES); /* @tlb.table-flush */

	spin_lock(&lock);
	counts.removed++;
	if (tlb_variant.free_early)
		free_table(old);
	else
		pending[nr_pending++] = old;
	spin_unlock(&lock);
	return true;
}

struct vmap_counts vmap_counts(void)
{
	struct vmap_counts copy;

	spin_lock(&lock);
	reap();
	copy = counts;
	copy.pending = nr_pending;
	spin_unlock(&lock);
	return copy;
}
