// SPDX-License-Identifier: BSD-2-Clause
/* The int3 engine, one step at a time on one CPU; and the queue's limits. */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <entry/entry.h>
#include <entry/protocol/protocol.h>
#include <kernel/lib/string.h>
#include <kernel/nmi.h>
#include <kernel/wait.h>
#include <patching/sync_policy.h>
#include <patching/text_poke.h>
#include <patching/text_poke_arch.h>
#include <tests/probes/probes.h>
#include <tests/selftest/selftest.h>

#define ARRAY_SITE_SIZE 8
#define MOV_EAX_IMM32	0xb8

extern u8 probe_array[], probe_array_end[];

/* The sites of the batch that runs: each time all of them, at each of its steps. */
static unsigned int first, end;
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
	u64 expected = step != POKE_BEFORE_REFS_DROP, hits;
	unsigned int i;

	steps_seen |= 1u << step;
	for (i = first; i < end; i++) {
		hits = this_cpu()->int3_hits;
		if (probes[i].run() != probes[i].value(probes[i].written))
			fail_step("the int3 did not stand for the new instruction");
		if (this_cpu()->int3_hits != hits + expected)
			fail_step("an int3 where none should be, or none where one should");
	}
}

static void batch_over(void)
{
	if (steps_seen != 7)
		fail_step("not every step of the batch was seen");
	steps_seen = 0;
	for (; first < end; first++) {
		probe_commit(&probes[first], text_epoch);
		if (probes[first].run() != probes[first].value(probes[first].committed))
			fail_step("the site does not do what was written");
	}
}

void selftest_poke_first(void (*hook)(enum text_poke_step step))
{
	struct probe *probe = &probes[0];

	text_mutex_lock();
	probe->written = probe->committed + 1;
	probe->queue(probe->written);
	text_poke_step_hook = hook;
	probe_commit(probe, smp_text_poke_batch_finish());
	text_poke_step_hook = NULL;
	text_mutex_unlock();
}

/*
 * Pokes every probe to its next version with @hook called at each step: one batch, or some more where
 * the next site is not above the last one.
 */
static const char *poke_all_with(void (*hook)(enum text_poke_step step))
{
	u64 batches;

	step_error = NULL;
	steps_seen = 0;
	text_mutex_lock();
	text_poke_step_hook = hook;
	for (first = end = 0; end < nr_probes; end++) {
		batches = text_poke_counts().batches;
		probes[end].written = probes[end].committed + 1;
		probes[end].queue(probes[end].written);
		if (text_poke_counts().batches != batches)
			batch_over();
	}
	smp_text_poke_batch_finish();
	batch_over();
	text_poke_step_hook = NULL;
	text_mutex_unlock();
	return step_error;
}

static const char *emulation(void)
{
	const char *error = NULL;
	unsigned int round;

	for (round = 0; round < 3 && !error; round++)
		error = poke_all_with(execute_at_step);
	return error;
}
SELFTEST("int3 stands for each kind of site", emulation);

/* In a real NMI: an int3 must come back without IRET, or NMIs nest on the live NMI stack. */
static unsigned int nmi_depth, nmi_depth_max, nmis_taken;

static void nested_nmi(struct pt_regs *regs)
{
	u64 hits = this_cpu()->int3_hits;
	unsigned int i;

	nmi_depth++;
	if (nmi_depth > nmi_depth_max)
		nmi_depth_max = nmi_depth;
	if (!nmis_taken++) {
		/* Another NMI waits from now on; the int3's return must not let it in. */
		nmi_send(smp_processor_id(), NMI_TEST);
		for (i = first; i < end; i++)
			if (probes[i].run() != probes[i].value(probes[i].written))
				fail_step("wrong result in an NMI");
		if (this_cpu()->int3_hits != hits + end - first)
			fail_step("not an int3 of each site in the NMI");
		selftest_let_nmi_come();
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
	const char *error;

	entry_hooks.nmi = nested_nmi;
	error = poke_all_with(nmi_at_step);
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

static bool array_holds(unsigned int i, u8 value)
{
	u8 insn[5] = {MOV_EAX_IMM32, value, value, value, value};

	return !memcmp(probe_array + i * ARRAY_SITE_SIZE, insn, sizeof(insn));
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
		CHECK(array_holds(i, i + 1));
	/* What runs is what stands there; on both sides of where the queue was full. */
	for (i = TEXT_POKE_BATCH - 2; i < nr; i++)
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
