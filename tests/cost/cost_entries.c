// SPDX-License-Identifier: BSD-2-Clause
/*
 * From user mode into the kernel and back, by SYSCALL and by an interrupt gate, with the entry
 * code of each kind: the alternatives are applied again between two of them.
 */
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pti.h>
#include <arch/x86_64/tlb.h>
#include <entry/protocol/protocol.h>
#include <entry/user_abi.h>
#include <kernel/config.h>
#include <kernel/isolation.h>
#include <kernel/job.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <kernel/wait.h>
#include <patching/kernel/alternatives.h>
#include <tests/cost/cost.h>

enum kind {
	OFF,
	PTI,
	PTI_S,
	PTI_S_FLUSH,
	PCID,
	PCID_S,
	PCID_S_FLUSH,
};

static const struct protocol *configured;
static bool pti_configured, pcid_configured;

static unsigned int first_isolated(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (cpu_isolated[cpu])
			return cpu;
	return 0;
}

/* S is kept, and the CR3 write on entry keeps translations: broken, and measured for that. */
static const struct protocol *keeping_protocol(void)
{
	static const char name[] = "noflush-tlb";

	return protocol_find(name, strlen(name));
}

static const struct protocol *protocol_of(enum kind kind)
{
	switch (kind) {
	case PTI_S:
	case PTI_S_FLUSH:
	case PCID_S_FLUSH:
		return protocol_default();
	case PCID_S:
		return keeping_protocol();
	case OFF:
	case PTI:
	case PCID: /* it keeps translations, for the baseline leaves no flush for later */
		break;
	}
	return protocol_baseline();
}

static const char *missing(int arg)
{
	enum kind kind = arg >> 1;

	if (!nr_isolated())
		return "no isolated CPU";
	if (kind == OFF)
		return NULL;
	if (!pti_enabled)
		return "pti=off";
	if (kind == PTI_S_FLUSH)
		return "without PCID every CR3 write flushes: the same as pti-s";
	if (kind >= PCID && !pcid_enabled)
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
	bool pcid = kind >= PCID;

	if (!configured) {
		configured = protocol_selected();
		pti_configured = pti_enabled;
		pcid_configured = pcid_enabled;
	}
	if (kind == OFF || pcid_enabled != pcid)
		protocol_select(protocol_baseline());
	if (pcid_enabled != pcid)
		pcid_switch(pcid);
	set_pti(kind != OFF);
	protocol_select(protocol_of(kind));
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
}

static void note_cr4(void *cr4)
{
	*(u64 *)cr4 = read_cr4();
}

static void measure(int arg, u32 *samples, unsigned int n)
{
	struct user_program program = {(u64)user_cost, USER_DATA, event};
	unsigned int cpu = first_isolated(), way = arg & 1;
	struct cpu_entry_area *cea = cpu_entry_area(cpu);
	struct user_page *page = user_data(cpu);
	u64 entries, cr4;
	u32 signal;

	prepare(arg >> 1);
	job_start(cpu, note_cr4, &cr4);
	job_wait(cpu);
	memset(page, 0, sizeof(*page));
	page->actions[0] = way ? USER_ACT_INT80 : USER_ACT_SYSCALL;
	user_start(cpu, &program);
	wait_until(READ_ONCE(page->loops), "its user program to run", cpu);
	entries = READ_ONCE(cea->entries);
	WRITE_ONCE(page->nr_actions, n);
	wait_until(READ_ONCE(page->next) == n, "its user program to enter", cpu);
	entries = READ_ONCE(cea->entries) - entries;
	signal = READ_ONCE(cea->kernel_cr3_loaded);
	user_stop(cpu);
	memcpy(samples, page->samples, n * sizeof(*samples));

	if (!(cr4 & X86_CR4_PCIDE) == pcid_enabled)
		report_error("cpu %u: CR4 is %lx with PCID %s", cpu, cr4,
			     pcid_enabled ? "on" : "off");
	if (entries < n)
		report_fail("%u entries by the program's count, %lu by the kernel's", n, entries);
	if (signal == (pti_enabled && protocol_keeps_signal(protocol_selected())))
		report_fail("%s: S is %u in user mode", protocol_selected()->name, signal);
}

#define OP(op_name, op_base, op_arg)                                                             \
	.name = op_name, .base = op_base, .missing = missing, .measure = measure, .arg = op_arg, \
	.per_round = COST_PER_ROUND
#define SYSCALL(name, kind) OP("syscall-" name, "syscall-off", (kind) << 1)
#define INT80(name, kind)   OP("int80-" name, "int80-off", (kind) << 1 | 1)

const struct cost_op cost_entries[] = {
	{SYSCALL("off", OFF)},
	{INT80("off", OFF)},
	{SYSCALL("pti", PTI)},
	{INT80("pti", PTI)},
	{SYSCALL("pti-s", PTI_S)},
	{INT80("pti-s", PTI_S)},
	{SYSCALL("pti-s-flush", PTI_S_FLUSH)},
	{INT80("pti-s-flush", PTI_S_FLUSH)},
	{SYSCALL("pcid", PCID)},
	{INT80("pcid", PCID)},
	{SYSCALL("pcid-s", PCID_S)},
	{INT80("pcid-s", PCID_S)},
	{SYSCALL("pcid-s-flush", PCID_S_FLUSH)},
	{INT80("pcid-s-flush", PCID_S_FLUSH)},
	{},
};
