// SPDX-License-Identifier: BSD-2-Clause
/*
 * Events inside events, each pair that the architecture allows, and three deep: S, CR3, GS base
 * and stack pointer after an event must be what they were before it.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <entry/protocol/points.h>
#include <kernel/lib/string.h>
#include <kernel/nmi.h>
#include <kernel/report.h>
#include <kernel/wait.h>
#include <patching/text_poke.h>
#include <patching/text_poke_arch.h>
#include <tests/probes/probes.h>
#include <tests/selftest/selftest.h>

#define DEPTH	    3
#define BAD_ADDRESS 0x10

/* INT3_x: an int3, and event x where its handler has not looked for the batch yet. */

enum kind {
	NMI,
	DB,
	MC,
	INT3,
	INT3_NMI,
	INT3_DB,
	INT3_MC,
	PF,
	KINDS,
	NONE
};

static const char *const kind_names[KINDS] = {"NMI",	  "#DB",      "#MC",	  "int3",
					      "int3+NMI", "int3+#DB", "int3+#MC", "#PF"};

struct state {
	u64 signal, cr3, gs, kernel_gs, sp;
};

static enum kind script[DEPTH + 1];
static unsigned int level; /* of the script, that is raised next */
static u32 handlers, nmis, tried;
static const char *wrong;

static void fail(const char *why)
{
	if (!wrong)
		wrong = why;
}

static __always_inline struct state look(void)
{
	struct state state = {cea_read(kernel_cr3_loaded), read_cr3(), rdmsr(MSR_GS_BASE),
			      rdmsr(MSR_KERNEL_GS_BASE)};

	asm volatile("mov %%rsp, %0" : "=r"(state.sp));
	return state;
}

static void raise(enum kind kind)
{
	struct point_control *control = point_control(smp_processor_id());
	u64 hits = this_cpu()->int3_hits, fixups = this_cpu()->trap_fixups;
	u32 seen = nmis;

	switch (kind) {
	case NMI:
		nmi_send(smp_processor_id(), NMI_TEST);
		wait_until(READ_ONCE(nmis) != seen, "its own NMI", smp_processor_id());
		break;
	case DB:
		asm volatile("pushfq; orl $0x100, (%%rsp); popfq; nop" ::: "memory", "cc");
		break;
	case MC:
		asm volatile("int %0" ::"i"(INJECT_VECTOR + POINT_EVENT_MC) : "memory");
		break;
	case PF:
		asm volatile(ASM_TRY() "movb (%0), %%al\n2:" ::"r"(BAD_ADDRESS) : "rax", "memory");
		if (this_cpu()->trap_fixups != fixups + 1)
			fail("a page fault was not fixed up once");
		break;
	case INT3:
	case INT3_NMI:
	case INT3_DB:
	case INT3_MC:
		if (kind != INT3)
			control->inject[kind - INT3_NMI] = BIT(POINT_int3_before_ref);
		if (probes[0].run() != probes[0].value(probes[0].written))
			fail("an int3 was emulated wrongly");
		if (this_cpu()->int3_hits == hits)
			fail("no int3 was hit");
		break;
	case KINDS:
	case NONE:
		break;
	}
}

/* Raises what comes next in the script, if anything does, and compares. */
static noinline void go_on(void)
{
	struct state before, after;

	if (script[level] == NONE)
		return;
	before = look();
	raise(script[level++]);
	after = look();
	if (memcmp(&before, &after, sizeof(before)))
		fail(before.signal != after.signal ? "S is not what it was before an event"
		     : before.cr3 != after.cr3	   ? "CR3 is not what it was before an event"
		     : before.sp != after.sp	   ? "the stack pointer is not what it was"
						   : "GS is not what it was before an event");
}

/* Nothing inside of an NMI may unmask the next one, which waits all the while. */
static void on_nmi(struct pt_regs *regs)
{
	if (nmis++)
		return;
	handlers++;
	nmi_send(smp_processor_id(), NMI_TEST);
	go_on();
	selftest_let_nmi_come();
	if (READ_ONCE(nmis) != 1)
		fail("an event inside an NMI handler unmasked NMIs");
}

static void on_debug(struct pt_regs *regs)
{
	regs->flags &= ~X86_EFLAGS_TF;
	handlers++;
	go_on();
}

static void on_forced(struct pt_regs *regs)
{
	struct point_control *control = point_control(smp_processor_id());

	memset(control->inject, 0, sizeof(control->inject));
	handlers++;
	go_on();
}

static void run_nest(enum kind a, enum kind b, enum kind c)
{
	u32 expected = 0, i;
	u64 flags;

	script[0] = a;
	script[1] = b;
	script[2] = c;
	script[3] = NONE;
	tried++;
	for (i = 0; script[i] != NONE; i++)
		expected += script[i] != INT3 && script[i] != PF;
	level = handlers = nmis = 0;
	flags = local_irq_save();
	go_on();
	if (nmis)
		wait_until(READ_ONCE(nmis) >= 2, "the NMI that waited", smp_processor_id());
	local_irq_restore(flags);
	if (handlers != expected || script[level] != NONE)
		fail("not every event of a nest ran its handler");
	if (wrong)
		report_info("nested events: %s in %s in %s",
			    script[1] == NONE || script[2] == NONE ? "nothing"
								   : kind_names[script[2]],
			    script[1] == NONE ? "nothing" : kind_names[script[1]],
			    kind_names[script[0]]);
}

/* Which kinds an event brings, as bits: none comes inside of its own. */
static u32 brings(enum kind kind)
{
	return kind >= INT3_NMI && kind <= INT3_MC ? BIT(kind - INT3_NMI)
	       : kind <= MC			   ? BIT(kind)
						   : 0;
}

/* Forced events share a stack: one of them at a time. */
static bool forces(enum kind kind)
{
	return kind == MC || (kind >= INT3_NMI && kind <= INT3_MC);
}

static bool possible(enum kind a, enum kind b)
{
	return !(brings(a) & brings(b)) && !(forces(a) && forces(b));
}

/* An int3 or a page fault of the kernel has no hook where something could be raised. */
static bool has_inside(enum kind kind)
{
	return kind != INT3 && kind != PF;
}

/* Hooked in while an int3 stands on the first probe. */
static void run_nests(enum text_poke_step step)
{
	enum kind a, b, c;

	if (step != POKE_INT3_WRITTEN)
		return;
	for (a = 0; a < KINDS && !wrong; a++) {
		run_nest(a, NONE, NONE);
		for (b = 0; b < KINDS && has_inside(a) && !wrong; b++) {
			if (!possible(a, b))
				continue;
			run_nest(a, b, NONE);
			for (c = 0; c < KINDS && has_inside(b) && !wrong; c++)
				if (possible(a, c) && possible(b, c))
					run_nest(a, b, c);
		}
	}
}

static const char *nests(void)
{
	struct entry_hooks saved = entry_hooks;

	wrong = NULL;
	tried = 0;
	entry_hooks.nmi = on_nmi;
	entry_hooks.debug = on_debug;
	entry_hooks.inject = on_forced;
	points_enabled = true; /* those in C are all that is needed */
	selftest_poke_first(run_nests);
	points_enabled = false;
	points_clear(smp_processor_id(), true);
	entry_hooks = saved;
	report_info("nested events: %u nests", tried);
	CHECK(wrong || tried);
	return wrong;
}
SELFTEST("state is restored behind events inside events", nests);
