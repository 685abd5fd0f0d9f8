// SPDX-License-Identifier: BSD-2-Clause
/* The rules of the user half and of W^X, checked against the tables as the CPU walks them. */
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pti.h>
#include <arch/x86_64/sections.h>
#include <arch/x86_64/trampoline.h>

struct audit {
	struct pti_breach *breach;
	unsigned int breaches, pages;
};

static void breach(struct audit *audit, u64 virt, u64 phys, u64 prot, const char *why)
{
	if (!audit->breaches++)
		*audit->breach = (struct pti_breach){virt, phys, prot, why};
}

static bool within(u64 addr, u64 size, const char *start, const char *end)
{
	return addr >= (u64)start && addr + size <= (u64)end;
}

/* Inside one entry area: which page, and may it be mapped so? */
static const char *check_cea_page(u64 virt, u64 prot)
{
	u64 page, ist;

	if (virt == CEA_IDT)
		return prot & _PAGE_RW ? "the IDT is writable" : NULL;
	if (virt < CEA_FIRST || (virt - CEA_FIRST) / CEA_SIZE >= nr_cpus)
		return "an entry area of no CPU";
	page = (virt & (CEA_SIZE - 1)) / PAGE_SIZE;
	if (page == CEA_DESC_PAGE)
		return prot & _PAGE_RW ? "a GDT is writable" : NULL;
	if (page == 0 || page == CEA_ENTRY_STACK)
		return NULL;
	ist = page - CEA_IST_FIRST;
	if (page < CEA_IST_FIRST || ist / CEA_IST_STRIDE >= IST_COUNT ||
	    ist % CEA_IST_STRIDE >= CEA_IST_PAGES)
		return "a guard page of an entry area is mapped";
	return NULL;
}

static int audit_user_half(u64 virt, u64 phys, u64 size, u64 prot, void *arg)
{
	struct audit *audit = arg;
	const char *why = NULL;

	audit->pages++;
	if (virt >> 63) {
		if (prot & _PAGE_GLOBAL)
			why = "a global page under kPTI";
		else if (prot & _PAGE_USER)
			why = "a kernel address that user mode may reach";
		else if (within(virt, size, __entry_text_start, __entry_text_end))
			why = prot & _PAGE_RW ? "entry text is writable" : NULL;
		else if (virt >= CEA_BASE && virt < CEA_FIRST + (u64)NR_CPUS * CEA_SIZE)
			why = prot & _PAGE_NX ? check_cea_page(virt, prot)
					      : "an entry area is executable";
		else
			why = "kernel memory that is neither entry text nor entry area";
	} else if (!(prot & _PAGE_USER)) {
		why = "a supervisor page at a user address";
	} else if ((prot & _PAGE_RW) && !(prot & _PAGE_NX)) {
		why = "user memory that is writable and executable";
	} else if (phys >= kernel_to_phys(__kernel_start) && phys < kernel_to_phys(__kernel_end) &&
		   !within(phys + KERNEL_VMA, size, __user_text_image, __data_start)) {
		why = "a user mapping of the kernel image";
	}
	if (why)
		breach(audit, virt, phys, prot, why);
	return 0;
}

unsigned int pti_audit(struct mm *mm, struct pti_breach *first, unsigned int *pages)
{
	struct audit audit = {first};

	walk_pages(user_pgd(mm->pgd), audit_user_half, &audit);
	*pages = audit.pages;
	return audit.breaches;
}

/* Executable frames: kernel text, entry text, user text, trampoline. A handful of runs. */
#define RUNS_MAX 64

struct wx {
	struct audit audit;
	struct {
		u64 start, end;
	} runs[RUNS_MAX];
	unsigned int nr_runs;
};

static int collect_executable(u64 virt, u64 phys, u64 size, u64 prot, void *arg)
{
	struct wx *wx = arg;
	unsigned int i;

	if (prot & _PAGE_NX)
		return 0;
	for (i = 0; i < wx->nr_runs; i++) {
		if (phys >= wx->runs[i].start && phys + size <= wx->runs[i].end)
			return 0;
		if (wx->runs[i].end == phys) {
			wx->runs[i].end += size;
			return 0;
		}
	}
	if (wx->nr_runs == RUNS_MAX) {
		breach(&wx->audit, virt, phys, prot, "more executable places than expected");
		return 1;
	}
	wx->runs[i].start = phys;
	wx->runs[i].end = phys + size;
	wx->nr_runs++;
	return 0;
}

static int find_writable(u64 virt, u64 phys, u64 size, u64 prot, void *arg)
{
	struct wx *wx = arg;
	unsigned int i;

	wx->audit.pages++;
	if (!(prot & _PAGE_RW))
		return 0;
	for (i = 0; i < wx->nr_runs; i++)
		if (phys < wx->runs[i].end && wx->runs[i].start < phys + size)
			breach(&wx->audit, virt, phys, prot,
			       "a frame writable here is executable elsewhere");
	return 0;
}

unsigned int wx_audit(struct mm *mm, struct pti_breach *first, unsigned int *pages)
{
	struct wx wx = {{first}};
	pgd_t *trees[] = {init_mm.pgd, user_pgd(init_mm.pgd), mm ? mm->pgd : NULL,
			  mm ? user_pgd(mm->pgd) : NULL, trampoline_pgd()};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(trees); i++)
		if (trees[i])
			walk_pages(trees[i], collect_executable, &wx);
	for (i = 0; i < ARRAY_SIZE(trees); i++)
		if (trees[i])
			walk_pages(trees[i], find_writable, &wx);
	*pages = wx.audit.pages;
	return wx.audit.breaches;
}
