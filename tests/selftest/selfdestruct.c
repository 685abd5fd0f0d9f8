// SPDX-License-Identifier: BSD-2-Clause
/*
 * Dies on purpose, in every way that a run can end.
 *
 * Rule: a run that did not end well must not look like a pass, whatever is left of the kernel:
 * each ending has its status (README) and names the test and the step.
 *
 * Reached: test=selfdestruct:KIND panics, hangs with interrupts on or off, loses a CPU, triple
 * faults, ends without a report, fails, skips, or breaks a rule that only start-up can break.
 *
 * Broken: another status than the one that README has for this ending, or silence about where.
 *
 * Enough: tests/bats/death.bats holds each KIND to its status and its words, from outside.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/smp.h>
#include <arch/x86_64/sync_core.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <kernel/job.h>
#include <kernel/lib/string.h>
#include <kernel/machine.h>
#include <kernel/nmi.h>
#include <kernel/panic.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <kernel/wait.h>
#include <patching/static_call.h>
#include <patching/static_key.h>
#include <patching/text_poke.h>
#include <patching/text_poke_arch.h>

static void do_panic(void)
{
	panic("selfdestruct: asked for");
}

/* The stack pointer into the guard page below the stack: the #PF has no stack to be told on. */
static void do_doublefault(void)
{
	asm volatile("mov %0, %%rsp; push %%rax" ::"r"(kstack_top(0) - KSTACK_SIZE) : "memory");
}

static void do_triplefault(void)
{
	struct {
		u16 limit;
		u64 base;
	} __packed nothing = {0, 0};

	asm volatile("lidt %0; ud2" ::"m"(nothing));
}

/* Does not die: prints for longer than the watchdog waits for anything else. */
static void do_talk(void)
{
	u64 start = rdtsc();
	unsigned int lines = 0;

	while (rdtsc() - start < 2 * wait_bound()) {
		report_info("selfdestruct: line %u", ++lines);
		udelay(500000);
	}
	report_pass();
}

static void do_hang(void)
{
	local_irq_enable();
	for (;;)
		cpu_relax();
}

static void do_hang_irqoff(void)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

static void do_wait(void)
{
	report_step("waiting for what never comes");
	wait_until(false, "what never comes", nr_cpus > 1 ? 1 : -1);
}

/* Works until it was stopped, and on for a while. */
static void work_through_a_stop(void *arg)
{
	u64 now = rdtsc(), last = now;

	for (; now - last < 3 * wait_stop_min(); now = rdtsc())
		last = now;
	udelay(300000);
}

/* Does not die: a wait, and silence, in which the host stops the machine for longer than either may be. */
static void do_stopped(void)
{
	if (nr_cpus == 1) {
		report_skip("needs a second CPU to wait for");
		return;
	}
	report_info("selfdestruct: to be stopped for 10 s");
	job_start(1, work_through_a_stop, NULL);
	job_wait(1);
	report_result(NULL, "cpus=%u", nr_cpus);
	report_pass();
}

/* Nor this: its result comes before the tick that looks for a stop. */
static void do_stopped_late(void)
{
	u64 now, last, flags;

	report_info("selfdestruct: to be stopped for 10 s");
	flags = local_irq_save();
	for (now = last = rdtsc(); now - last < 3 * wait_stop_min(); now = rdtsc())
		last = now;
	report_result(NULL, "cpus=%u", nr_cpus);
	local_irq_restore(flags);
	report_pass();
}

static bool moved;

static void move_clock(void *cycles)
{
	moved = tsc_move((s64)cycles);
}

/* Does not die: leaves the clock of CPU 1 half a second ahead, which no wait takes for a stop. */
static void do_clock(void)
{
	if (nr_cpus == 1) {
		report_skip("needs a second CPU");
		return;
	}
	job_start(1, move_clock, (void *)ns_to_tsc(500000000));
	job_wait(1);
	if (moved)
		report_pass();
	else
		report_skip("this CPU has no IA32_TSC_ADJUST");
}

/* Nor this: CPU 0's loses a tenth of each of some seconds, between two looks at the other clock. */
static void do_rate(void)
{
	unsigned int i;

	for (i = 0; i < 15 && tsc_move(-(s64)ns_to_tsc(20000000)); i++)
		udelay(200000);
	if (i)
		report_pass();
	else
		report_skip("this CPU has no IA32_TSC_ADJUST");
}

static void do_noreport(void)
{
}

static void do_fail(void)
{
	report_fail("selfdestruct: asked for");
}

static void do_skip(void)
{
	report_skip("selfdestruct: asked for");
}

static void do_mce(void)
{
	asm volatile("int $18");
}

/* What an SMI inside an NMI handler may do, whose own handler returns by IRET from an interrupt. */
static void unmask_nmis(struct pt_regs *regs)
{
	iret_to_self();
	nmi_send(smp_processor_id(), NMI_TEST);
	udelay(1000000);
}

static void do_nested_nmi(void)
{
	entry_hooks.nmi = unmask_nmis;
	nmi_send(smp_processor_id(), NMI_TEST);
	wait_until(false, "an NMI inside an NMI", smp_processor_id());
}

/* The same where the first one has not said yet that it is one: a breakpoint stops it there. */
static void unmask_early(struct pt_regs *regs)
{
	asm volatile("mov %0, %%dr7" ::"r"(0x400ul));
	unmask_nmis(regs);
}

static void do_nested_early(void)
{
	const char *stub = entry_stubs + X86_TRAP_NMI * ENTRY_STUB_SIZE;

	entry_hooks.debug = unmask_early;
	asm volatile("mov %0, %%dr0; mov %1, %%dr7" ::"r"(stub), "r"(0x402ul));
	nmi_send(smp_processor_id(), NMI_TEST);
	wait_until(false, "an NMI inside an NMI", smp_processor_id());
}

static void do_poke_entry(void)
{
	static const u8 nop5[5] = {0x0f, 0x1f, 0x44, 0, 0};

	text_mutex_lock();
	smp_text_poke_single((u64)entry_SYSCALL_64, nop5, sizeof(nop5), NULL);
}

static DEFINE_STATIC_KEY_FALSE_RO(sealed_key);

static void do_set_ro(void)
{
	static_key_set(&sealed_key, true);
	if (static_branch_unlikely(&sealed_key))
		report_pass();
}

static u32 nothing(void)
{
	return 0;
}

static DEFINE_STATIC_CALL_RO(sealed_call, nothing);

static void do_update_ro(void)
{
	static_call_update(&sealed_call, NULL);
	static_call(sealed_call, nothing);
}

static void leave_cpu_out(void)
{
	if (test_requested("selfdestruct:cpu"))
		smp_left_out = nr_cpus - 1;
}

DEFINE_EARLY_TEST(leave_cpu_out);

/* Start-up has missed the CPU that was left out, and ended the run: only with one CPU we get here. */
static void do_cpu(void)
{
	report_skip("needs a second CPU that can fail to start");
}

static const struct {
	const char *kind;
	void (*run)(void);
} kinds[] = {
	{"panic", do_panic},
	{"doublefault", do_doublefault},
	{"triplefault", do_triplefault},
	{"reset", machine_reset},
	{"talk", do_talk},
	{"hang", do_hang},
	{"hang-irqoff", do_hang_irqoff},
	{"wait", do_wait},
	{"cpu", do_cpu},
	{"stopped", do_stopped},
	{"stopped-late", do_stopped_late},
	{"clock", do_clock},
	{"rate", do_rate},
	{"noreport", do_noreport},
	{"fail", do_fail},
	{"skip", do_skip},
	{"mce", do_mce},
	{"nested-nmi", do_nested_nmi},
	{"nested-early", do_nested_early},
	{"poke-entry", do_poke_entry},
	{"set-ro", do_set_ro},
	{"update-ro", do_update_ro},
};

static bool kind_known(const char *kind, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strlen(kinds[i].kind) == len && !memcmp(kinds[i].kind, kind, len))
			return true;
	return false;
}

static void run_selfdestruct(int variant)
{
	unsigned int i;

	report_info("selfdestruct: %s, on purpose", test_kind());
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].kind, test_kind()))
			kinds[i].run();
}

DEFINE_TEST(
	TEST_ASKED + 1, "selfdestruct",
	"dies on purpose; KIND is panic, doublefault, triplefault, reset, talk, hang, "
	"hang-irqoff, wait, cpu, stopped, stopped-late, clock, rate, noreport, fail, skip, mce, "
	"nested-nmi, nested-early, poke-entry, set-ro or update-ro",
	"nothing", run_selfdestruct, .kind_known = kind_known);
