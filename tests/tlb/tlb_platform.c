// SPDX-License-Identifier: BSD-2-Clause
/*
 * What this machine keeps: a translation is primed, its entry changed, and read again after each
 * thing that ought to flush it, and each that ought not. A machine that keeps nothing over a
 * no-flush write cannot show that a kernel relied on one; it is asked, not guessed.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/tlb.h>
#include <entry/protocol/features.h>
#include <entry/protocol/protocol.h>
#include <kernel/lib/printf.h>
#include <kernel/memory.h>
#include <kernel/report.h>
#include <patching/kernel/tlb.h>
#include <patching/kernel/vmap.h>
#include <tests/tlb/tlb.h>

#define ROUNDS	   64
#define PROBE_PAGE (2 * VMAP_REGION_PAGES)
#define OTHER_PCID (PTI_USER_PCID_MASK - 1)

_Static_assert(PROBE_PAGE >= TLB_SLOT_PAGES, "a page of its own");

static void nothing(void)
{
}

static void write_same_cr3(void)
{
	write_cr3(read_cr3());
}

static void write_cr3_noflush(void)
{
	write_cr3(read_cr3() | X86_CR3_NOFLUSH);
}

/* Flushes the other PCID, and comes back without a flush. */
static void flush_other_pcid(void)
{
	u64 cr3 = read_cr3();

	write_cr3((cr3 & PTE_ADDR_MASK) | OTHER_PCID);
	write_cr3(cr3 | X86_CR3_NOFLUSH);
}

static void flush_page(void)
{
	invlpg((void *)vmap_addr(PROBE_PAGE));
}

enum way {
	OVER_NOTHING,
	OVER_CR3,
	OVER_NOFLUSH,
	OVER_OTHER_PCID,
	OVER_CR3_GLOBAL,
	OVER_INVLPG,
	OVER_FLUSH_ALL_GLOBAL,
	WAYS,
};

static const struct {
	const char *name;
	void (*fn)(void);
	bool pcid, global;
} ways[WAYS] = {
	[OVER_NOTHING] = {"nothing", nothing},
	[OVER_CR3] = {"cr3", write_same_cr3},
	[OVER_NOFLUSH] = {"cr3-noflush", write_cr3_noflush, true},
	[OVER_OTHER_PCID] = {"cr3-other-pcid", flush_other_pcid, true},
	[OVER_CR3_GLOBAL] = {"cr3-global-page", write_same_cr3, false, true},
	[OVER_INVLPG] = {"invlpg", flush_page},
	[OVER_FLUSH_ALL_GLOBAL] = {"flush-all-global-page", tlb_flush_all, false, true},
};

/* Of ROUNDS translations, how many outlived it; -1: not possible here. */
static int kept[WAYS];
static bool measured;

static int measure(enum way way, u64 **frames)
{
	const struct tlb_variant saved = tlb_variant;
	volatile u64 *page = (void *)vmap_addr(PROBE_PAGE);
	unsigned int round, count = 0;
	u64 flags, before;

	if ((ways[way].pcid && !pcid_enabled) || (ways[way].global && !(read_cr4() & X86_CR4_PGE)))
		return -1;
	tlb_variant.global_pages = ways[way].global;
	for (round = 0; round < ROUNDS; round++) {
		flags = local_irq_save();
		vmap_set_page(PROBE_PAGE, virt_to_phys(frames[0]));
		tlb_flush_all();
		before = *page;
		vmap_set_page(PROBE_PAGE, virt_to_phys(frames[1]));
		ways[way].fn();
		count += *page == before;
		vmap_set_page(PROBE_PAGE, 0);
		tlb_flush_all();
		local_irq_restore(flags);
	}
	tlb_variant = saved;
	return count;
}

static void measure_all(void)
{
	u64 *frames[2] = {alloc_page_zeroed(), alloc_page_zeroed()};
	char line[256];
	size_t len = 0;
	enum way way;

	measured = true;
	*frames[1] = 1;
	for (way = 0; way < WAYS; way++) {
		kept[way] = measure(way, frames);
		len += kept[way] < 0 ? scnprintf(line + len, sizeof(line) - len, " %s=none",
						 ways[way].name)
				     : scnprintf(line + len, sizeof(line) - len, " %s=%d",
						 ways[way].name, kept[way]);
	}
	report_info("tlb: changed translations that outlived, of %d:%s", ROUNDS, line);
	free_page(frames[0]);
	free_page(frames[1]);
	if (kept[OVER_CR3] || kept[OVER_INVLPG] || kept[OVER_FLUSH_ALL_GLOBAL] > 0)
		report_fail("translations outlive what must flush them:%s", line);
}

static const char *lacks(enum way way, const char *what)
{
	static char reason[200];

	if (kept[way] > 0)
		return NULL;
	if (kept[way] < 0)
		scnprintf(reason, sizeof(reason),
			  "%s: there is no %s here (cpu_has_pcid=%u pcid=%s); each CR3 write "
			  "flushes, %d of %d changed translations outlived one",
			  what, ways[way].global ? "global page" : "PCID",
			  cpu_has(X86_FEATURE_PCID), pcid_enabled ? "on" : "off", kept[OVER_CR3],
			  ROUNDS);
	else
		scnprintf(reason, sizeof(reason),
			  "%s: this machine keeps no translation over one, measured: 0 of %d "
			  "(with nothing in between: %d)",
			  what, ROUNDS, kept[OVER_NOTHING]);
	return reason;
}

static bool keeps_on_entry(const struct protocol *protocol)
{
	return protocol->entry_bits & 1u << X86_FEATURE_P_ENTER_KEEP % 32;
}

bool tlb_concerns(const struct protocol *protocol)
{
	return keeps_on_entry(protocol) || protocol->tlb.switch_keeps ||
	       protocol->tlb.global_pages || protocol->tlb.free_early;
}

const char *tlb_cannot_judge(const struct protocol *protocol)
{
	const struct text_poke_variant *poke = &protocol->poke;

	if (!measured)
		measure_all();
	if (!kept[OVER_NOTHING])
		return "this machine keeps no translation at all, so none can be stale";
	if (poke->no_final_sync || poke->no_int3 || poke->drop_refs_early || poke->no_middle_sync)
		return "it differs only in how text is written; see test=mutants";
	if (keeps_on_entry(protocol))
		return lacks(OVER_NOFLUSH, "a no-flush CR3 write");
	if (protocol->tlb.switch_keeps)
		return lacks(OVER_OTHER_PCID, "a flush of another PCID");
	if (protocol->tlb.global_pages)
		return lacks(OVER_CR3_GLOBAL, "a CR3 write under a global page");
	return NULL;
}
