// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/tlb.h>
#include <entry/entry.h>
#include <entry/protocol/features.h>
#include <entry/protocol/invariant.h>
#include <entry/protocol/protocol.h>
#include <kernel/isolation.h>
#include <kernel/lib/string.h>
#include <kernel/params.h>
#include <kernel/report.h>
#include <patching/kernel/alternatives.h>
#include <patching/static_key.h>
#include <patching/text_poke_arch.h>

/* True = send the IPI (Linux series v8, 09/10). The only thing read of a CPU that is skipped. */
static bool do_sync_core_defer_cond(unsigned int cpu)
{
	return !marked_isolated(cpu) ||
	       READ_ONCE(cpu_entry_area(cpu)->kernel_cr3_loaded); /* @sync.condition */
}

/* Frederic Weisbecker's question of April 2026: with && an isolated CPU is never told, whatever it does. */
static bool cond_and(unsigned int cpu)
{
	return !marked_isolated(cpu) && READ_ONCE(cpu_entry_area(cpu)->kernel_cr3_loaded);
}

/*
 * In which order a CPU enters and leaves isolation, under syncs. A sync has two moments, in front of
 * its reads and behind them; the end of a list is one as well, so that none is a multiple of a batch's
 * six and each step comes between any two syncs in time.
 */
#define GO3  ISOLATION_GO, ISOLATION_GO, ISOLATION_GO
#define GO12 GO3, GO3, GO3, GO3
/* The sound ones begin as they are left, and are so most of the time: somebody has to be skipped. */
static const u8 any_order[] = {GO3, GO3, GO3, ISOLATION_UNMARK, GO3, ISOLATION_MARK, ISOLATION_END};
static const u8 signal_first[] = {
	/* @isolate.order */
	GO12, GO12,	      ISOLATION_UNMARK, ISOLATION_STOP, GO3,
	GO3,  ISOLATION_KEEP, ISOLATION_RAISE,	ISOLATION_MARK, ISOLATION_END,
};
static const u8 mark_first[] = {
	ISOLATION_UNMARK, ISOLATION_STOP,  GO3, ISOLATION_MARK, ISOLATION_LET,
	ISOLATION_KEEP,	  ISOLATION_RAISE, GO3, ISOLATION_END,
};
static const u8 stop_first[] = {
	ISOLATION_STOP, ISOLATION_LET, ISOLATION_UNMARK, GO3, ISOLATION_KEEP, ISOLATION_RAISE,
	ISOLATION_MARK, GO3,	       ISOLATION_END,
};

#define BIT_OF(feature) (1u << ((feature) % 32))

/* Each mutant is one change away from nested-signal. */
const struct protocol protocols[] = {
	{
		.name = "always-ipi",
		.summary = "everyone is told of everything at once: the baseline",
		.kind = PROTOCOL_SOUND,
		.entry_bits = BIT_OF(X86_FEATURE_P_NO_SIGNAL),
	},
	{
		.name = "nested-signal",
		.summary = "S:=1 before CR3, S:=0 before the way back; NMI-like entries save S "
			   "and CR3, write both always, and put both back",
		.kind = PROTOCOL_SOUND,
		.cond = do_sync_core_defer_cond,
	},
	{
		.name = "late-clear",
		.summary = "as nested-signal, but S:=0 behind the CR3 write on the way out",
		.kind = PROTOCOL_SOUND,
		.cond = do_sync_core_defer_cond,
		.entry_bits = BIT_OF(X86_FEATURE_P_EXIT_LATE),
	},
	{
		.name = "nested-leave-set",
		.summary = "as nested-signal, but S stays 1 on the way out of an NMI",
		.kind = PROTOCOL_SOUND,
		.cond = do_sync_core_defer_cond,
		.entry_bits = BIT_OF(X86_FEATURE_P_NMI_LEAVE_SET),
	},
	{
		.name = "isolation-any",
		.summary = "as nested-signal, with CPUs marked isolated and not while others patch",
		.kind = PROTOCOL_SOUND,
		.cond = do_sync_core_defer_cond,
		.isolation = any_order,
	},
	{
		.name = "isolation-signal-first",
		.summary = "S is kept while isolated: the CPU keeps S before it is marked, and "
			   "until it no longer is",
		.kind = PROTOCOL_SOUND,
		.cond = do_sync_core_defer_cond,
		.entry_bits = BIT_OF(X86_FEATURE_P_WHILE_KEPT),
		.isolation = signal_first,
	},
	{
		.name = "isolation-mark-first",
		.summary = "S is kept while isolated: marked before the CPU keeps S",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "epoch",
		.cond = do_sync_core_defer_cond,
		.entry_bits = BIT_OF(X86_FEATURE_P_WHILE_KEPT),
		.isolation = mark_first,
	},
	{
		.name = "isolation-stop-first",
		.summary = "S is kept while isolated: no longer kept, and still marked",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "epoch",
		.cond = do_sync_core_defer_cond,
		.entry_bits = BIT_OF(X86_FEATURE_P_WHILE_KEPT),
		.isolation = stop_first,
	},
	{
		.name = "late-signal",
		.summary = "v6, v7: S:=1 behind the CR3 write; NMIs only when they switch CR3",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "invariant",
		.cond = do_sync_core_defer_cond,
		.entry_bits = BIT_OF(X86_FEATURE_P_ENTER_LATE) | BIT_OF(X86_FEATURE_P_NMI_LATE),
	},
	{
		.name = "early-signal",
		.summary = "order of v8: S:=1 before the CR3 write; NMIs only when they switch CR3",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "invariant",
		.cond = do_sync_core_defer_cond,
		.entry_bits = BIT_OF(X86_FEATURE_P_NMI_PARANOID),
	},
	{
		.name = "early-signal-xchg",
		.summary = "one reading of v9: the same with XCHG",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "invariant",
		.cond = do_sync_core_defer_cond,
		.entry_bits = BIT_OF(X86_FEATURE_P_ENTER_XCHG) | BIT_OF(X86_FEATURE_P_NMI_PARANOID),
	},
	{
		.name = "cond-and",
		.summary = "IPI only if housekeeping and S: F. Weisbecker's question",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "epoch",
		.cond = cond_and,
	},
	{
		.name = "no-entry-signal",
		.summary = "no S:=1 on entry from user mode",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "epoch",
		.cond = do_sync_core_defer_cond,
		.entry_bits = BIT_OF(X86_FEATURE_P_ENTER_SILENT),
	},
	{
		.name = "mutable-entry",
		.summary = "a branch before the CR3 write on entry is patched at run time",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "epoch",
		.cond = do_sync_core_defer_cond,
		.entry_bits = BIT_OF(X86_FEATURE_P_MUTABLE_ENTRY),
		.mutable_entry = true,
	},
	{
		.name = "nested-no-restore",
		.summary = "a nested exit always writes S:=0",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "invariant",
		.cond = do_sync_core_defer_cond,
		.entry_bits = BIT_OF(X86_FEATURE_P_NMI_NO_RESTORE),
	},
	{
		.name = "nested-no-save",
		.summary = "a nested entry does not set S",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "invariant",
		.cond = do_sync_core_defer_cond,
		.entry_bits = BIT_OF(X86_FEATURE_P_NMI_SILENT),
	},
	{
		.name = "nested-skip-if-signalled",
		.summary = "nested CR3 write only if S was 0 or CR3 the user's",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "epoch",
		.cond = do_sync_core_defer_cond,
		.entry_bits = BIT_OF(X86_FEATURE_P_NMI_SKIP),
	},
	{
		.name = "nested-no-serialise",
		.summary = "nested CR3 write only if it was the user's",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "epoch",
		.cond = do_sync_core_defer_cond,
		.entry_bits = BIT_OF(X86_FEATURE_P_NMI_NO_SERIAL),
	},
	{
		.name = "signal-wrong-gs",
		.summary = "S found through GS on NMI entry, where GS may be the user's",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "invariant",
		.cond = do_sync_core_defer_cond,
		.entry_bits = BIT_OF(X86_FEATURE_P_NMI_WRONG_GS),
	},
	{
		.name = "no-final-sync",
		.summary = "nobody is told of the last write",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "epoch",
		.cond = do_sync_core_defer_cond,
		.poke.no_final_sync = true,
	},
	{
		.name = "no-int3",
		.summary = "an instruction is overwritten while others execute it",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "torn",
		.cond = do_sync_core_defer_cond,
		.poke.no_int3 = true,
	},
	{
		.name = "refs-dropped-early",
		.summary = "the batch is let go before its int3s are gone",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "orphan_int3",
		.cond = do_sync_core_defer_cond,
		.poke.drop_refs_early = true,
	},
	{
		.name = "noflush-tlb",
		.summary = "the CR3 write on entry keeps translations (bit 63)",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "stale_read",
		.cond = do_sync_core_defer_cond,
		.entry_bits = BIT_OF(X86_FEATURE_P_ENTER_KEEP),
	},
	{
		.name = "other-pcid-tlb",
		.summary = "a switch to another PCID trusts a flush that never reached it",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "stale_read",
		.cond = do_sync_core_defer_cond,
		.tlb.switch_keeps = true,
	},
	{
		.name = "global-tlb",
		.summary = "kernel mappings are global: no CR3 write flushes them",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "stale_read",
		.cond = do_sync_core_defer_cond,
		.tlb.global_pages = true,
	},
	{
		.name = "table-freed-early",
		.summary = "a page table is freed while a flush is left for later",
		.kind = PROTOCOL_BROKEN,
		.caught_by = "table_freed",
		.cond = do_sync_core_defer_cond,
		.tlb.free_early = true,
	},
	{
		.name = "no-sender-barrier",
		.summary = "no full barrier between the change and the read of S",
		.kind = PROTOCOL_QUESTION,
		.caught_by = "silicon only",
		.cond = do_sync_core_defer_cond,
		.no_barrier = true,
	},
	{
		.name = "no-middle-sync",
		.summary = "no sync between the tail and the first byte",
		.kind = PROTOCOL_QUESTION,
		.caught_by = "silicon only",
		.cond = do_sync_core_defer_cond,
		.poke.no_middle_sync = true,
	},
};
const unsigned int nr_protocols = ARRAY_SIZE(protocols);

static const struct protocol *selected = &protocols[0];

const char *protocol_kind_name(const struct protocol *protocol)
{
	static const char *const names[] = {
		[PROTOCOL_SOUND] = "sound",
		[PROTOCOL_BROKEN] = "broken",
		[PROTOCOL_QUESTION] = "question",
	};

	return names[protocol->kind];
}

const struct protocol *protocol_find(const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < nr_protocols; i++)
		if (strlen(protocols[i].name) == len && !memcmp(protocols[i].name, name, len))
			return &protocols[i];
	return NULL;
}

const char *protocol_name_at(unsigned int i)
{
	return i < nr_protocols ? protocols[i].name : NULL;
}

bool protocol_keeps_signal(const struct protocol *protocol)
{
	return !(protocol->entry_bits &
		 (BIT_OF(X86_FEATURE_P_NO_SIGNAL) | BIT_OF(X86_FEATURE_P_ENTER_SILENT) |
		  BIT_OF(X86_FEATURE_P_WHILE_KEPT)));
}

const struct protocol *protocol_baseline(void)
{
	return &protocols[0];
}

const struct protocol *protocol_default(void)
{
	return &protocols[1];
}

const struct protocol *protocol_selected(void)
{
	return selected;
}

/*
 * The entry code's bits; points stay as they are. True if anything changed. Without PCID each CR3
 * write flushes; with it, where nothing is ever left for later, none on entry has to.
 */
static bool set_entry_bits(u32 bits)
{
	const u32 silent = BIT_OF(X86_FEATURE_P_NO_SIGNAL);
	u32 *word = &cpu_caps[CPUFEATURE_WORD_PROTOCOL];
	u32 points = *word & BIT_OF(X86_FEATURE_POINTS);

	if (!pcid_enabled)
		bits &= ~BIT_OF(X86_FEATURE_P_ENTER_KEEP);
	else if (bits & silent) /* @tlb.keep */
		bits |= BIT_OF(X86_FEATURE_P_NO_SIGNAL_KEEP);
	if (*word == (bits | points))
		return false;
	*word = bits | points;
	return true;
}

const char *protocol_impossible(const struct protocol *protocol)
{
	bool keeps = protocol->tlb.switch_keeps ||
		     protocol->entry_bits & BIT_OF(X86_FEATURE_P_ENTER_KEEP);

	return keeps && !pcid_enabled
		       ? "protocol= keeps translations over a CR3 write: there is no PCID here"
		       : NULL;
}

void protocol_follow(const struct protocol *protocol)
{
	selected = protocol;
	sync_set_cond(protocol->cond);
	sync_without_barrier = protocol->no_barrier;
	text_poke_set_variant(&protocol->poke);
	tlb_set_variant(&protocol->tlb);
	report_protocol(protocol->name);
	text_open(protocol->mutable_entry ? (unsigned long)mutable_entry_site : 0, JUMP_LABEL_SIZE);
	signal_is_kept = pti_enabled && protocol_keeps_signal(protocol);
}

void protocol_prepare(const struct protocol *protocol)
{
	set_entry_bits(protocol->entry_bits);
	selected = protocol;
	report_protocol(protocol->name);
}

void protocol_select(const struct protocol *protocol)
{
	/* Told of everything while the entry code changes: right for the old one and the new. */
	signal_is_kept = false;
	sync_set_cond(NULL);
	if (set_entry_bits(protocol->entry_bits))
		alternatives_reapply();
	protocol_follow(protocol);
}
