// SPDX-License-Identifier: BSD-2-Clause
/* The int3 engine, one step at a time on one CPU; and the queue's limits. */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <entry/entry.h>
#include <entry/protocol/protocol.h>
#include <kernel/nmi.h>
#include <kernel/wait.h>
#include <patching/sync_policy.h>
#include <patching/text_poke.h>
#include <patching/text_poke_arch.h>
#include <tests/probes/probes.h>
#include <tests/selftest/selftest.h>

#define ARRAY_SITE_SIZE 8
#define MOV_EAX_IMM32	0xb8
#define NMI_CYCLES	200000 /* any NMI of its own has come by then */

extern u8 probe_array[], probe_array_end[];

static struct probe *current;
static const char *step_error;
static unsigned int steps_seen;

static void fail_step(const char *error)
{
	if (!step_error)
		step_error = error;
}

/* While the int3 stands, the site must do what it will do; afterwards without a trap. */
static void execute_at_step(enum text_poke_step step)
{
	u64 hits = this_cpu()->int3_hits;
	u32 result = current->run();

	steps_seen |= 1u << step;
	if (result != current->value(current->written))
		fail_step("the int3 did not stand for the new instruction");
	if ((step != POKE_BEFORE_REFS_DROP) != (this_cpu()->int3_hits == hits + 1))
		fail_step("an int3 where none should be, or none where one should");
}

/* Pokes @probe to its next version with @hook called at each step. */
static const char *poke_with(struct probe *probe, void (*hook)(enum text_poke_step step))
{
	u64 epoch;

	current = probe;
	step_error = NULL;
	steps_seen = 0;
	text_mutex_lock();
	probe->written = probe->committed + 1;
	probe->queue(probe->written);
	text_poke_step_hook = hook;
	epoch = smp_text_poke_batch_finish();
	text_poke_step_hook = NULL;
	probe_commit(probe, epoch);
	text_mutex_unlock();
	if (!step_error && steps_seen != 7)
		step_error = "not every step of the batch was seen";
	if (!step_error && probe->run() != probe->value(probe->committed))
		step_error = "the site does not do what was written";
	return step_error;
}

static const char *emulation(void)
{
	const char *error;
	unsigned int i, round;

	for (i = 0; i < nr_probes; i++)
		for (round = 0; round < 3; round++) {
			error = poke_with(&probes[i], execute_at_step);
			if (error)
				return error;
		}
	return NULL;
}
SELFTEST("int3 stands for each kind of site", emulation);

/* In a real NMI: an int3 must come back without IRET, or NMIs nest on the live NMI stack. */
static unsigned int nmi_depth, nmi_depth_max, nmis_taken;

static void nested_nmi(struct pt_regs *regs)
{
	u64 hits = this_cpu()->int3_hits, end;

	nmi_depth++;
	if (nmi_depth > nmi_depth_max)
		nmi_depth_max = nmi_depth;
	if (!nmis_taken++) {
		/* Another NMI waits from now on; the int3's return must not let it in. */
		nmi_send(smp_processor_id(), NMI_TEST);
		if (current->run() != current->value(current->written))
			fail_step("wrong result in an NMI");
		if (this_cpu()->int3_hits != hits + 1)
			fail_step("no int3 in the NMI");
		for (end = rdtsc() + NMI_CYCLES; rdtsc() < end;)
			cpu_relax();
		if (nmis_taken != 1)
			fail_step("a return inside an NMI handler unmasked NMIs");
	}
	nmi_depth--;
}

static void nmi_at_step(enum text_poke_step step)
{
	u64 flags;

	steps_seen |= 1u << step;
	if (step == POKE_BEFORE_REFS_DROP)
		return;
	nmi_depth = nmi_depth_max = nmis_taken = 0;
	flags = local_irq_save();
	nmi_send(smp_processor_id(), NMI_TEST);
	wait_until(READ_ONCE(nmis_taken) >= 2, "two NMIs of its own", smp_processor_id());
	local_irq_restore(flags);
	if (nmi_depth_max != 1)
		fail_step("NMI handlers nested");
}

static const char *int3_in_nmi(void)
{
	void (*saved)(struct pt_regs *) = entry_hooks.nmi;
	const char *error = NULL;
	unsigned int i;

	entry_hooks.nmi = nested_nmi;
	for (i = 0; i < nr_probes && !error; i++)
		error = poke_with(&probes[i], nmi_at_step);
	entry_hooks.nmi = saved;
	return error;
}
SELFTEST("int3 inside an NMI, NMIs stay masked", int3_in_nmi);

static void queue_array(unsigned int i, u8 value)
{
	u8 insn[5] = {MOV_EAX_IMM32, value, value, value, value};

	smp_text_poke_batch_add((unsigned long)probe_array + i * ARRAY_SITE_SIZE, insn,
				sizeof(insn), NULL);
}

static u32 run_array(unsigned int i)
{
	return ((u32(*)(void))(probe_array + i * ARRAY_SITE_SIZE))();
}

/* More sites than a batch holds, in an order that the binary search cannot stand. */
static const char *queue_limits(void)
{
	unsigned int nr = (probe_array_end - probe_array) / ARRAY_SITE_SIZE, i;
	u64 batches, ran;

	CHECK(nr > TEXT_POKE_BATCH);
	text_mutex_lock();
	for (i = 0; i < nr; i++)
		queue_array(i, i + 1);
	smp_text_poke_batch_finish();
	text_mutex_unlock();
	for (i = 0; i < nr; i++)
		CHECK(run_array(i) == (u8)(i + 1) * 0x01010101u);

	batches = text_poke_counts().batches;
	text_mutex_lock();
	queue_array(9, 0x99);
	queue_array(3, 0x33);
	queue_array(3, 0x44);
	ran = text_poke_counts().batches - batches;
	smp_text_poke_batch_finish();
	text_mutex_unlock();
	CHECK(ran == 2);
	CHECK(run_array(9) == 0x99999999 && run_array(3) == 0x44444444);
	CHECK(smp_text_poke_batch_finish() == text_epoch);
	return NULL;
}
SELFTEST("a full queue and an unsorted one", queue_limits);

/* Every sync of a batch reaches every CPU that it tells: three numbers, all acknowledged. */
static const char *epochs(void)
{
	const char *error = NULL;
	unsigned int cpu;
	u64 before;

	sync_set_cond(NULL); /* everyone is told */
	text_mutex_lock();
	before = text_epoch;
	queue_array(0, 7);
	smp_text_poke_batch_finish();
	text_mutex_unlock();
	if (text_epoch != before + 3)
		error = "a batch is three syncs";
	for_each_online_cpu(cpu)
		if (sync_credit(cpu) < text_epoch)
			error = "a CPU was told and has no credit";
	protocol_select(protocol_selected());
	return error;
}
SELFTEST("three syncs a batch, credit everywhere", epochs);
