// SPDX-License-Identifier: BSD-2-Clause
/*
 * Each counter that stands for a broken promise is made to count once: a counter that cannot is
 * worth nothing. What is broken here is put right again at once.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <entry/int3.h>
#include <entry/protocol/invariant.h>
#include <kernel/job.h>
#include <kernel/report.h>
#include <kernel/wait.h>
#include <patching/sync_policy.h>
#include <patching/text_poke_arch.h>
#include <tests/probes/probes.h>
#include <tests/selftest/selftest.h>

#define INT3_OPCODE   0xcc
#define MOV_EAX_IMM32 0xb8

/* Runs the first site, a mov, with interrupts off, and says how many violations that made. */
static u64 violations_of_one_run(void)
{
	u64 before = report_violations();

	probe_run(&probes[0]);
	return report_violations() - before;
}

static const char *invariant(void)
{
	struct cpu_entry_area *cea = this_cea();
	bool kept = signal_is_kept;
	u64 flags = local_irq_save(), count;

	signal_is_kept = true;
	WRITE_ONCE(cea->kernel_cr3_loaded, 0);
	count = violations_of_one_run();
	WRITE_ONCE(cea->kernel_cr3_loaded, 1);
	signal_is_kept = kept;
	local_irq_restore(flags);
	CHECK(count == 1);
	CHECK(violations_of_one_run() == 0);
	return NULL;
}
SELFTEST("oracle 1 fires on S=0 in the kernel", invariant);

static const char *epoch(void)
{
	struct cpu_entry_area *cea = this_cea();
	u64 flags = local_irq_save(), credit = cea->credit, committed = probes[0].committed_epoch,
	    count;

	probes[0].committed_epoch = credit + 1;
	count = violations_of_one_run();
	probes[0].committed_epoch = committed;
	local_irq_restore(flags);
	CHECK(count == 1);
	CHECK(violations_of_one_run() == 0);
	return NULL;
}
SELFTEST("oracle 2 fires on credit below the epoch", epoch);

/* The site stays as it is, its committed version moves on: what runs is an older one. */
static const char *stale(void)
{
	struct probe *probe = &probes[0];
	u64 count;

	probe->written++;
	probe->committed++;
	count = violations_of_one_run();
	probe->written--;
	probe->committed--;
	CHECK(count == 1);
	CHECK(violations_of_one_run() == 0);
	return NULL;
}
SELFTEST("oracle 3 fires on a stale version", stale);

/* One byte of the immediate that belongs to no version. */
static const char *torn(void)
{
	unsigned long addr = (unsigned long)probes[0].run;
	u8 good = ((u8 *)addr)[3], bad = good ^ 0xff;
	u64 count;

	text_write_begin();
	text_write(addr + 3, &bad, 1);
	text_write_end();
	count = violations_of_one_run();
	text_write_begin();
	text_write(addr + 3, &good, 1);
	text_write_end();
	CHECK(count == 1);
	CHECK(violations_of_one_run() == 0);
	return NULL;
}
SELFTEST("oracle 3 fires on a torn instruction", torn);

static void run_first_probe(void *arg)
{
	probe_run(&probes[0]);
}

static unsigned int other_cpu(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (cpu != smp_processor_id())
			return cpu;
	return smp_processor_id();
}

/* An int3 that no batch owns: waited out, then counted. Somebody else has to take it away. */
static const char *orphan_there(void)
{
	static const u8 int3 = INT3_OPCODE, mov = MOV_EAX_IMM32;
	unsigned long addr = (unsigned long)probes[0].run;
	unsigned int cpu = other_cpu(), round;
	u64 before;

	if (cpu == smp_processor_id())
		return SELFTEST_SKIP("needs a second CPU");
	before = cpus[cpu].orphan_int3 + cpus[cpu].emulator_ghosts;
	text_write_begin();
	text_write(addr, &int3, 1);
	text_write_end();
	job_start(cpu, run_first_probe, NULL);
	wait_until(READ_ONCE(cpus[cpu].orphan_ip) == addr, "its orphan int3", cpu);
	/* Twice, for emulators that keep a translation of what was overwritten (tcg-retranslate). */
	for (round = 0; round < 2; round++) {
		text_write_begin();
		text_write(addr, &mov, 1);
		text_write_end();
		text_sync();
	}
	job_wait(cpu);
	/* An emulator may have made a ghost of it before the second write. */
	CHECK(cpus[cpu].orphan_int3 + cpus[cpu].emulator_ghosts == before + 1);
	return NULL;
}
SELFTEST("an orphan int3 is counted", orphan_there);

/* The handler is told of a trap whose byte is gone: once is an orphan, twice is the emulator. */
static const char *ghost(void)
{
	struct pt_regs regs = {.ip = (u64)probes[0].run + 1};
	struct cpu *cpu = this_cpu();
	u64 flags = local_irq_save(), orphans = cpu->orphan_int3, ghosts = cpu->emulator_ghosts;

	handle_int3(&regs);
	int3_settle();
	if (cpu->orphan_int3 != orphans + 1 || cpu->emulator_ghosts != ghosts)
		goto bad;
	regs.ip = (u64)probes[0].run + 1;
	handle_int3(&regs);
	regs.ip++;
	handle_int3(&regs);
	if (cpu->orphan_int3 != orphans + 1 || cpu->emulator_ghosts != ghosts + 1)
		goto bad;
	cpu->emulator_ghosts--;
	cpu->orphan_int3--;
	local_irq_restore(flags);
	return NULL;
bad:
	local_irq_restore(flags);
	return "orphan_int3 and emulator_ghosts are not told apart";
}
SELFTEST("orphans and ghosts are told apart", ghost);

/* A torn instruction came to #UD; the whole one stands there by the time the handler looks. */
static const char *torn_trap(void)
{
	static const u8 whole[] = {MOV_EAX_IMM32, 7, 7, 7, 7}, none[] = {0x0f, 0x0b};
	u64 start = (u64)probes[0].run, before = report_violations();
	struct pt_regs regs = {.ip = start, .vector = X86_TRAP_UD};

	CHECK(*(const u8 *)start == whole[0]);
	CHECK(trap_from_kernel(&regs) && regs.ip == start + sizeof(whole));
	CHECK(report_violations() == before + 1);
	regs.ip = (u64)none;
	CHECK(!handle_torn(&regs) && regs.ip == (u64)none);
	CHECK(report_violations() == before + 1);
	return NULL;
}
SELFTEST("a torn instruction is told from an invalid one", torn_trap);
