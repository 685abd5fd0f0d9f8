// SPDX-License-Identifier: BSD-2-Clause
/*
 * Break-even: deferral takes a little from each entry of a program, and gives back what an IPI would
 * have taken from it. How many entries there may be for each IPI spared, under each protocol; both
 * are the cycles of the isolated CPU, so nothing need be known of what else they are worth.
 */
#include <arch/x86_64/percpu.h>
#include <kernel/isolation.h>
#include <kernel/lib/printf.h>
#include <kernel/report.h>
#include <tests/cost/cost.h>

#define IPIS_A_POKE 3

/*
 * By SYSCALL, of all ways in the shortest: what a protocol adds weighs most there. With PCID what is sound
 * for mappings, too, flushes on entry; noflush-tlb is for text alone. nested-leave-set has the entry
 * code of nested-signal: the control that shows how far apart the same thing may seem.
 */
static const struct even {
	const char *protocol, *op, *base, *ipi;
	bool in_words; /* of several that were measured the last */
} evens[] = {
	{"nested-signal", "syscall-pti-s", "syscall-pti", "irq-sync-pti", true},
	{"early-signal-xchg", "syscall-pti-s-xchg", "syscall-pti", "irq-sync-pti"},
	{"late-clear", "syscall-pti-late-clear", "syscall-pti", "irq-sync-pti"},
	{"nested-leave-set", "syscall-pti-leave-set", "syscall-pti-s", "irq-sync-pti"},
	{"isolation-signal-first", "syscall-pti-while-kept", "syscall-pti", "irq-sync-pti"},
	{"nested-signal", "syscall-pti-s", "syscall-off", "irq-sync-pti"},
	{"noflush-tlb", "syscall-pcid-s", "syscall-pcid", "irq-sync-pcid"},
	{"nested-signal", "syscall-pcid-s-flush", "syscall-pcid", "irq-sync-pcid", true},
	{"early-signal-xchg", "syscall-pcid-s-flush-xchg", "syscall-pcid", "irq-sync-pcid"},
	{"late-clear", "syscall-pcid-late-clear", "syscall-pcid", "irq-sync-pcid"},
	{"nested-leave-set", "syscall-pcid-leave-set", "syscall-pcid-s-flush", "irq-sync-pcid"},
	{"isolation-signal-first", "syscall-pcid-while-kept", "syscall-pcid", "irq-sync-pcid"},
	{"nested-signal", "syscall-pcid-s-flush", "syscall-off", "irq-sync-pcid"},
};

/* What a sync that tells everyone costs the sender more, for each isolated CPU. */
static u64 sender_cycles(void)
{
	u64 everyone = cost_median("sync-everyone"), deferred = cost_median("sync-deferred");

	return everyone > deferred ? (everyone - deferred) / nr_isolated() : 0;
}

static void print_row(const struct even *even, const struct cost_difference *extra, u64 ipi)
{
	char entries[64], between[32];

	if (extra->low > 0)
		scnprintf(entries, sizeof(entries), "%lu (%lu to %lu)", ipi / (u64)extra->mid,
			  ipi / (u64)extra->high, ipi / (u64)extra->low);
	else
		scnprintf(entries, sizeof(entries), "none: %s",
			  extra->high < 0 ? "it costs less" : "within its noise");
	scnprintf(between, sizeof(between), "%ld to %ld", extra->low, extra->high);
	report_info("  %-22s %-13s %8ld %18s %8lu  %s", even->protocol, even->base, extra->mid,
		    between, ipi, entries);
}

static void print_sentence(const struct even *even, const struct cost_difference *extra, u64 ipi)
{
	u64 entries;

	if (extra->low <= 0) {
		report_info(
			"break-even: none under %s: an entry costs no more than without, as far as "
			"this run can tell (%ld to %ld cycles)",
			even->protocol, extra->low, extra->high);
		return;
	}
	entries = ipi / (u64)extra->mid;
	report_info("break-even: under %s a program may enter the kernel %lu times for each IPI "
		    "that it is spared (%lu a second at one poke a second, which is %d IPIs); "
		    "with more its entries pay more than the IPIs would have cost it",
		    even->protocol, entries, entries * IPIS_A_POKE, IPIS_A_POKE);
}

static void print_rows(void)
{
	const struct even *even, *told = NULL;
	struct cost_difference extra, told_extra = {};
	u64 ipi;

	for (even = evens; even < evens + ARRAY_SIZE(evens); even++) {
		ipi = cost_median(even->ipi);
		if (!ipi)
			continue;
		if (!cost_difference(even->op, even->base, &extra)) {
			report_info("  %-22s %-13s SKIP: too few rounds; raise duration=",
				    even->protocol, even->base);
			continue;
		}
		print_row(even, &extra, ipi);
		if (even->in_words) {
			told = even;
			told_extra = extra;
		}
	}
	if (told)
		print_sentence(told, &told_extra, cost_median(told->ipi));
}

void cost_break_even(void)
{
	if (!cost_median("irq-sync-pti")) {
		report_info(
			"break-even: none: entries of an isolated CPU under kPTI were not measured");
		return;
	}
	report_info(
		"break-even, in cycles of an isolated CPU: what a SYSCALL costs more than the op it "
		"is compared with (in 95 %%), what one sync IPI takes, and entries for each IPI");
	report_info("  %-22s %-13s %8s %18s %8s  %s", "protocol", "against", "extra", "between",
		    "IPI", "entries an IPI");
	print_rows();
	report_info(
		"break-even: not counted is what the sender waits: %lu cycles for each isolated "
		"CPU that it tells",
		sender_cycles());
}
