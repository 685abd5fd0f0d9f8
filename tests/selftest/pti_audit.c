// SPDX-License-Identifier: BSD-2-Clause
/*
 * What may be mapped where, read from the page tables themselves.
 *
 * Rule: deferral rests on it that a CPU on the user's page table cannot reach kernel text that can
 * change: the user half of a kPTI pair holds entry text, entry areas and the user's own pages, and
 * nothing else. Nor may a frame be writable in one place and executable in another (W^X): such
 * text could change without a poke.
 *
 * Reached: both halves of a pair are walked, entry by entry, each frame looked up by what it is.
 *
 * Broken: an entry that breaks a rule is named with its address, its frame and the reason.
 *
 * Enough: all entries are read, not a sample. Then each rule is broken on purpose in an address
 * space of its own, and an audit that does not find the planted page fails the test.
 */
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pti.h>
#include <arch/x86_64/sections.h>
#include <arch/x86_64/trampoline.h>
#include <kernel/report.h>
#include <kernel/test.h>

static struct mm *mm;
static unsigned int planted;

static unsigned int audit_pti(unsigned int *pages, struct pti_breach *breach)
{
	return pti_audit(mm, breach, pages);
}

static unsigned int audit_wx(unsigned int *pages, struct pti_breach *breach)
{
	return wx_audit(mm, breach, pages);
}

/* Maps one page that breaks a rule, expects the audit to find it, and unmaps it. */
static void plant(unsigned int (*audit)(unsigned int *, struct pti_breach *), pgd_t *pgd, u64 virt,
		  u64 phys, u64 prot)
{
	struct pti_breach breach;
	unsigned int pages, found;
	u64 size;

	map_range(pgd, virt, phys, PAGE_SIZE, prot, false);
	found = audit(&pages, &breach);
	if (!found) /* a user page lies in both halves and may count twice */
		report_fail("planted a breach at %lx, the audit does not see it", virt);
	else
		report_info("pti-audit: planted breach found: %lx -> %lx: %s", breach.virt,
			    breach.phys, breach.why);
	planted++;
	*lookup_address(pgd, virt, &size) = 0;
}

static void judge(const char *what, unsigned int (*audit)(unsigned int *, struct pti_breach *))
{
	struct pti_breach breach;
	unsigned int pages, found = audit(&pages, &breach);

	report_result(NULL, "check=%s pages=%u breaches=%u", what, pages, found);
	if (found)
		report_fail("%s: %u breaches, the first: %lx -> %lx prot %lx: %s", what, found,
			    breach.virt, breach.phys, breach.prot, breach.why);
}

#define USER_PLANT (USER_DATA + USER_DATA_PAGES * PAGE_SIZE) /* nothing is mapped there */

static void run_pti_audit(int variant)
{
	u64 data = kernel_to_phys(__data_start), text = kernel_to_phys(__text_start);
	pgd_t *user;

	/* One for the life of the kernel: `repeat=` must not grow. */
	if (!mm)
		mm = mm_create();
	user = user_pgd(mm->pgd);

	report_step("audit");
	if (pti_enabled)
		judge("user-half", audit_pti);
	judge("w-xor-x", audit_wx);

	report_step("planted breaches");
	planted = 0;
	if (pti_enabled) {
		plant(audit_pti, user, DIRECT_MAP_BASE + data, data, PAGE_KERNEL);
		plant(audit_pti, user, USER_PLANT, data, PAGE_USER_RW);
		plant(audit_pti, user, USER_PLANT, text, PAGE_USER_RX);
		plant(audit_pti, user, USER_PLANT + PAGE_SIZE, data, PAGE_KERNEL_RO);
	}
	plant(audit_wx, mm->pgd, USER_PLANT, text, PAGE_USER_RW);
	if (trampoline_pgd())
		plant(audit_wx, mm->pgd, USER_PLANT,
		      *lookup_address(trampoline_pgd(), trampoline_phys(), &(u64){0}) &
			      PTE_ADDR_MASK,
		      PAGE_USER_RW);
	report_info("pti-audit: %u planted breaches", planted);
	report_pass();
}

DEFINE_TEST(20, "pti-audit", "the user half maps nothing it should not, and no frame is W and X",
	    "nothing", run_pti_audit);
