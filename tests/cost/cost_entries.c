// SPDX-License-Identifier: BSD-2-Clause
/*
 * From user mode into the kernel and back, by SYSCALL, an interrupt gate, an exception and an interrupt,
 * with the entry code of each kind: the alternatives are applied again between two of them.
 */
#include <arch/x86_64/apic.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pti.h>
#include <arch/x86_64/tlb.h>
#include <arch/x86_64/vectors.h>
#include <entry/protocol/invariant.h>
#include <entry/protocol/protocol.h>
#include <entry/user_abi.h>
#include <kernel/config.h>
#include <kernel/isolation.h>
#include <kernel/job.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <kernel/wait.h>
#include <patching/kernel/alternatives.h>
#include <patching/sync_policy.h>
#include <patching/text_poke_arch.h>
#include <tests/cost/cost.h>

#define UD2_SIZE 2

/* How a program gets into the kernel, in the order of each kind's ops. */
enum way {
	SYSCALL,
	INT80,
	UD,
	IRQ,	  /* an IPI whose handler does nothing */
	IRQ_SYNC, /* the IPI that deferral spares it */
	WATCH,	  /* not at all: the two looks at the clock around an interruption */
	WAYS,
};

enum kind {
	OFF,
	PTI,
	PTI_S,
	PTI_S_XCHG,
	PTI_LATE_CLEAR,
	PTI_LEAVE_SET,
	PTI_WHILE_KEPT,
	PTI_S_FLUSH,
	PCID,
	PCID_S,
	PCID_S_FLUSH,
	PCID_S_FLUSH_XCHG,
	PCID_LATE_CLEAR,
	PCID_LEAVE_SET,
	PCID_WHILE_KEPT,
};

/*
 * The baseline keeps translations over the CR3 write where it can, for it leaves no flush for later. So
 * does noflush-tlb, which is broken and measured for that; XCHG is early-signal-xchg's, whose entry from
 * user mode is as that of the sound ones.
 */
static const struct {
	const char *protocol; /* NULL: the baseline */
	bool pti, pcid;
} kinds[] = {
	[OFF] = {NULL, false, false},
	[PTI] = {NULL, true, false},
	[PTI_S] = {"nested-signal", true, false},
	[PTI_S_XCHG] = {"early-signal-xchg", true, false},
	[PTI_LATE_CLEAR] = {"late-clear", true, false},
	[PTI_LEAVE_SET] = {"nested-leave-set", true, false},
	[PTI_WHILE_KEPT] = {"isolation-signal-first", true, false},
	[PTI_S_FLUSH] = {"nested-signal", true, false},
	[PCID] = {NULL, true, true},
	[PCID_S] = {"noflush-tlb", true, true},
	[PCID_S_FLUSH] = {"nested-signal", true, true},
	[PCID_S_FLUSH_XCHG] = {"early-signal-xchg", true, true},
	[PCID_LATE_CLEAR] = {"late-clear", true, true},
	[PCID_LEAVE_SET] = {"nested-leave-set", true, true},
	[PCID_WHILE_KEPT] = {"isolation-signal-first", true, true},
};

static const struct protocol *configured;
static bool pti_configured, pcid_configured;

static const struct protocol *protocol_of(enum kind kind)
{
	const char *name = kinds[kind].protocol;

	return name ? protocol_find(name, strlen(name)) : protocol_baseline();
}

static const char *missing(int arg)
{
	enum kind kind = arg / WAYS;

	if (!nr_isolated())
		return "no isolated CPU";
	if (!protocol_of(kind))
		return "this kernel has no such protocol";
	if (kinds[kind].pti && !pti_enabled)
		return "pti=off";
	if (kind == PTI_S_FLUSH)
		return "without PCID every CR3 write flushes: the same as pti-s";
	if (kinds[kind].pcid && !pcid_enabled)
		return "this run has no PCID";
	return NULL;
}

static void set_pti(bool on)
{
	if (pti_enabled == on)
		return;
	pti_switch(on, user_mm(first_isolated()));
	if (!alternatives_reapply())
		report_error("switching kPTI %s changed no entry code", on ? "on" : "off");
}

/* Told of everything meanwhile: without kPTI S stays 1, and PCIDs come and go. */
static void prepare(enum kind kind)
{
	bool pcid = kinds[kind].pcid;

	if (!configured) {
		configured = protocol_selected();
		pti_configured = pti_enabled;
		pcid_configured = pcid_enabled;
	}
	if (kind == OFF || pcid_enabled != pcid)
		protocol_select(protocol_baseline());
	if (pcid_enabled != pcid)
		pcid_switch(pcid);
	set_pti(kinds[kind].pti);
	protocol_select(protocol_of(kind));
	signal_is_kept = false; /* oracle 1 looks at some of them and not at others */
}

void cost_entries_done(void)
{
	if (!configured)
		return;
	protocol_select(protocol_baseline());
	if (pcid_enabled != pcid_configured)
		pcid_switch(pcid_configured);
	set_pti(pti_configured);
	protocol_select(configured);
	configured = NULL;
}

static void event(struct pt_regs *regs)
{
	if (regs->vector == X86_TRAP_UD)
		regs->ip += UD2_SIZE;
}

static void note_cr4(void *cr4)
{
	*(u64 *)cr4 = read_cr4();
}

/* One after the other: the next comes when the program has noted the last. */
static void interrupt(unsigned int cpu, enum way way, unsigned int n)
{
	struct user_page *page = user_data(cpu);
	unsigned int i;

	wait_until(READ_ONCE(page->watching), "its user program to watch the clock", cpu);
	for (i = 1; i <= n; i++) {
		if (way == IRQ_SYNC) {
			text_mutex_lock();
			text_sync();
			text_mutex_unlock();
		} else {
			apic_send_vector(cpus[cpu].apic_id, WAKE_VECTOR);
		}
		wait_until(READ_ONCE(page->next) >= i, "its user program to note an interrupt",
			   cpu);
	}
}

static void set_actions(struct user_page *page, enum way way)
{
	static const u8 actions[WAYS] = {
		[SYSCALL] = USER_ACT_SYSCALL, [INT80] = USER_ACT_INT80,	  [UD] = USER_ACT_UD,
		[IRQ] = USER_ACT_SPIN,	      [IRQ_SYNC] = USER_ACT_SPIN, [WATCH] = USER_ACT_SPIN,
	};

	memset(page, 0, sizeof(*page));
	page->actions[0] = actions[way];
	page->actions[1] = way == WATCH;
}

/* Returns how often the CPU entered the kernel meanwhile. */
static u64 run_program(unsigned int cpu, enum way way, unsigned int n)
{
	struct user_program program = {(u64)user_cost, USER_DATA, event};
	struct cpu_entry_area *cea = cpu_entry_area(cpu);
	struct user_page *page = user_data(cpu);
	u64 entries;

	set_actions(page, way);
	user_start(cpu, &program);
	wait_until(READ_ONCE(page->loops), "its user program to run", cpu);
	entries = READ_ONCE(cea->entries);
	WRITE_ONCE(page->nr_actions, n);
	if (way == IRQ || way == IRQ_SYNC)
		interrupt(cpu, way, n);
	wait_until(READ_ONCE(page->next) == n, "its user program to enter", cpu);
	return READ_ONCE(cea->entries) - entries;
}

static void measure(int arg, u64 *samples, unsigned int n)
{
	enum way way = arg % WAYS;
	unsigned int cpu = first_isolated(), i;
	struct user_page *page = user_data(cpu);
	u64 entries, cr4;
	u32 signal;

	prepare(arg / WAYS);
	job_start(cpu, note_cr4, &cr4);
	job_wait(cpu);
	entries = run_program(cpu, way, n);
	signal = READ_ONCE(cpu_entry_area(cpu)->kernel_cr3_loaded);
	user_stop(cpu);
	for (i = 0; i < n; i++)
		samples[i] = page->samples[i];

	if (!(cr4 & X86_CR4_PCIDE) == pcid_enabled)
		report_error("cpu %u: CR4 is %lx with PCID %s", cpu, cr4,
			     pcid_enabled ? "on" : "off");
	if (way != WATCH && entries < n)
		report_fail("%u entries by the program's count, %lu by the kernel's", n, entries);
	if (signal == (pti_enabled && protocol_defers(protocol_selected())))
		report_fail("%s: S is %u in user mode", protocol_selected()->name, signal);
}

/* clang-format off */
#define OP(op_name, op_base, op_empty, kind, way, n)                                     \
	{                                                                                \
		.name = op_name, .base = op_base, .empty = op_empty, .missing = missing, \
		.measure = measure, .arg = (kind) * WAYS + (way), .per_round = n         \
	}
/* clang-format on */
#define BY_SYSCALL(name, kind) \
	OP("syscall-" name, "syscall-off", NULL, kind, SYSCALL, COST_PER_ROUND)
#define BY_IRQ(name, kind, way) OP(name, "irq-off", "watch", kind, way, COST_PER_ROUND_OF_TWO)
#define ALL_WAYS(name, kind)                                                                       \
	BY_SYSCALL(name, kind), OP("int80-" name, "int80-off", NULL, kind, INT80, COST_PER_ROUND), \
		OP("ud-" name, "ud-off", NULL, kind, UD, COST_PER_ROUND),                          \
		BY_IRQ("irq-" name, kind, IRQ)

const struct cost_op *cost_entries(void)
{
	static const struct cost_op ops[] = {
		OP("watch", "irq-off", "watch", OFF, WATCH, COST_PER_ROUND),
		ALL_WAYS("off", OFF),
		ALL_WAYS("pti", PTI),
		BY_IRQ("irq-sync-pti", PTI, IRQ_SYNC),
		ALL_WAYS("pti-s", PTI_S),
		ALL_WAYS("pti-s-xchg", PTI_S_XCHG),
		BY_SYSCALL("pti-late-clear", PTI_LATE_CLEAR),
		BY_SYSCALL("pti-leave-set", PTI_LEAVE_SET),
		BY_SYSCALL("pti-while-kept", PTI_WHILE_KEPT),
		ALL_WAYS("pti-s-flush", PTI_S_FLUSH),
		ALL_WAYS("pcid", PCID),
		BY_IRQ("irq-sync-pcid", PCID, IRQ_SYNC),
		ALL_WAYS("pcid-s", PCID_S),
		ALL_WAYS("pcid-s-flush", PCID_S_FLUSH),
		ALL_WAYS("pcid-s-flush-xchg", PCID_S_FLUSH_XCHG),
		BY_SYSCALL("pcid-late-clear", PCID_LATE_CLEAR),
		BY_SYSCALL("pcid-leave-set", PCID_LEAVE_SET),
		BY_SYSCALL("pcid-while-kept", PCID_WHILE_KEPT),
		{},
	};

	return ops;
}
