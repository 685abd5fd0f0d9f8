// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <entry/entry.h>
#include <entry/protocol/invariant.h>
#include <entry/protocol/points.h>
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
	return housekeeping_cpu(cpu) ||
	       READ_ONCE(cpu_entry_area(cpu)->kernel_cr3_loaded); /* @sync.condition */
}

/* The seed's question: with && an isolated CPU is never told, whatever it does. */
static bool cond_and(unsigned int cpu)
{
	return housekeeping_cpu(cpu) && READ_ONCE(cpu_entry_area(cpu)->kernel_cr3_loaded);
}

#define BIT_OF(feature) (1u << ((feature) % 32))
#define SOUND		PROTOCOL_SOUND, NULL, do_sync_core_defer_cond, true
#define BROKEN(oracles) PROTOCOL_BROKEN, oracles, do_sync_core_defer_cond, true
#define QUESTION	PROTOCOL_QUESTION, "silicon only", do_sync_core_defer_cond, true

/* Each mutant is one change away from nested-signal. */
/* clang-format off: a table */
const struct protocol protocols[] = {
	{"always-ipi", "everyone is told of everything at once: the baseline", PROTOCOL_SOUND, NULL,
	 NULL, false, BIT_OF(X86_FEATURE_P_NO_SIGNAL)},
	{"nested-signal",
	 "S:=1 before CR3, S:=0 before the way back; NMI-like entries save S and "
	 "CR3, write both always, and put both back",
	 SOUND},
	{"late-clear", "as nested-signal, but S:=0 behind the CR3 write on the way out", SOUND,
	 BIT_OF(X86_FEATURE_P_EXIT_LATE)},
	{"nested-leave-set", "as nested-signal, but S stays 1 on the way out of an NMI", SOUND,
	 BIT_OF(X86_FEATURE_P_NMI_LEAVE_SET)},
	{"late-signal", "v6, v7: S:=1 behind the CR3 write; NMIs only when they switch CR3",
	 BROKEN("invariant"), BIT_OF(X86_FEATURE_P_ENTER_LATE) | BIT_OF(X86_FEATURE_P_NMI_LATE)},
	{"early-signal", "order of v8: S:=1 before the CR3 write; NMIs only when they switch CR3",
	 BROKEN("invariant"), BIT_OF(X86_FEATURE_P_NMI_PARANOID)},
	{"early-signal-xchg", "one reading of v9: the same with XCHG", BROKEN("invariant"),
	 BIT_OF(X86_FEATURE_P_ENTER_XCHG) | BIT_OF(X86_FEATURE_P_NMI_PARANOID)},
	{"cond-and", "IPI only if housekeeping and S: the seed's question", PROTOCOL_BROKEN,
	 "epoch", cond_and, true},
	{"no-entry-signal", "no S:=1 on entry from user mode", PROTOCOL_BROKEN, "epoch",
	 do_sync_core_defer_cond, false, BIT_OF(X86_FEATURE_P_ENTER_SILENT)},
	{"mutable-entry", "a branch before the CR3 write on entry is patched at run time",
	 BROKEN("epoch"), BIT_OF(X86_FEATURE_P_MUTABLE_ENTRY), .mutable_entry = true},
	{"nested-no-restore", "a nested exit always writes S:=0", BROKEN("invariant"),
	 BIT_OF(X86_FEATURE_P_NMI_NO_RESTORE)},
	{"nested-no-save", "a nested entry does not set S", BROKEN("invariant"),
	 BIT_OF(X86_FEATURE_P_NMI_SILENT)},
	{"nested-skip-if-signalled", "nested CR3 write only if S was 0 or CR3 the user's",
	 BROKEN("epoch"), BIT_OF(X86_FEATURE_P_NMI_SKIP)},
	{"nested-no-serialise", "nested CR3 write only if it was the user's", BROKEN("epoch"),
	 BIT_OF(X86_FEATURE_P_NMI_NO_SERIAL)},
	{"signal-wrong-gs", "S found through GS on NMI entry, where GS may be the user's",
	 BROKEN("invariant"), BIT_OF(X86_FEATURE_P_NMI_WRONG_GS)},
	{"no-final-sync", "nobody is told of the last write", BROKEN("epoch"),
	 .poke = {.no_final_sync = true}},
	{"no-int3", "an instruction is overwritten while others execute it", BROKEN("torn"),
	 .poke = {.no_int3 = true}},
	{"refs-dropped-early", "the batch is let go before its int3s are gone",
	 BROKEN("orphan_int3"), .poke = {.drop_refs_early = true}},
	{"noflush-tlb", "the CR3 write on entry keeps translations (bit 63)", BROKEN("stale_read"),
	 BIT_OF(X86_FEATURE_P_ENTER_KEEP)},
	{"other-pcid-tlb", "a switch to another PCID trusts a flush that never reached it",
	 BROKEN("stale_read"), .tlb = {.switch_keeps = true}},
	{"global-tlb", "kernel mappings are global: no CR3 write flushes them",
	 BROKEN("stale_read"), .tlb = {.global_pages = true}},
	{"table-freed-early", "a page table is freed while a flush is left for later",
	 BROKEN("table_freed"), .tlb = {.free_early = true}},
	{"no-sender-barrier", "no full barrier between the change and the read of S", QUESTION,
	 .no_barrier = true},
	{"no-middle-sync", "no sync between the tail and the first byte", QUESTION,
	 .poke = {.no_middle_sync = true}},
};
/* clang-format on */
const unsigned int nr_protocols = ARRAY_SIZE(protocols);

static const struct protocol *selected = &protocols[0];

const char *protocol_kind_name(const struct protocol *protocol)
{
	static const char *const names[] = {"sound", "broken", "question"};

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

static void follow(const struct protocol *protocol)
{
	selected = protocol;
	sync_set_cond(protocol->cond);
	sync_without_barrier = protocol->no_barrier;
	text_poke_set_variant(&protocol->poke);
	tlb_variant = protocol->tlb;
	report_protocol(protocol->name);
	text_open(protocol->mutable_entry ? (unsigned long)mutable_entry_site : 0, JUMP_LABEL_SIZE);
	signal_is_kept = pti_enabled && protocol->keeps_signal;
}

void protocol_prepare(const struct protocol *protocol)
{
	set_entry_bits(protocol->entry_bits);
	follow(protocol);
}

void protocol_select(const struct protocol *protocol)
{
	/* Told of everything while the entry code changes: right for the old one and the new. */
	signal_is_kept = false;
	sync_set_cond(NULL);
	if (set_entry_bits(protocol->entry_bits))
		alternatives_reapply();
	follow(protocol);
}

static void poke_point(enum text_poke_step step)
{
	point_here(POINT_poke_int3_written + step);
}

static void sync_point(enum sync_step step)
{
	point_here(POINT_sender_before_barrier + step);
}

void protocol_enable_points(bool on)
{
	if (points_enabled == on)
		return;
	cpu_cap_set(X86_FEATURE_POINTS, on);
	alternatives_reapply();
	points_enabled = on;
	text_poke_step_hook = on ? poke_point : NULL;
	sync_step_hook = on ? sync_point : NULL;
}
