// SPDX-License-Identifier: BSD-2-Clause
/*
 * Bugs that patchers of kernel text have had, each with the test that it would have failed. What
 * a foreign int3 finds is asked of the handler itself, so that a wrong answer does not end the run.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <kernel/job.h>
#include <kernel/test.h>
#include <kernel/wait.h>
#include <patching/emulate.h>
#include <patching/static_key.h>
#include <patching/text_poke.h>
#include <patching/text_poke_arch.h>
#include <tests/selftest/selftest.h>

#define SITE_SIZE     8
#define MOV_EAX_IMM32 0xb8
#define INT3_OPCODE   0xcc
#define CACHE_LINE    64
#define HOLDERS_MAX   1

extern u8 probe_array[], probe_array_end[];

static void queue(unsigned int i, u8 value)
{
	u8 insn[5] = {MOV_EAX_IMM32, value, value, value, value};

	smp_text_poke_batch_add((unsigned long)probe_array + i * SITE_SIZE, insn, sizeof(insn),
				NULL);
}

static void take_gpr(void *ctx, unsigned int reg, unsigned long value)
{
	*(u64 *)ctx = value;
}

/* Would an int3 there be the patcher's now? Its value, if so. */
static bool owned(u64 site, u64 *value)
{
	struct emu_regs regs = {site + 1, 0, 0, take_gpr, value};

	return smp_text_poke_int3_handler(regs.ip, &regs);
}

static const char *step_error;

/*
 * June 2025: two users of the queue, each with the lock for itself. One queues a high address,
 * the other pokes a lower one at once, past the check that keeps the queue sorted: the search in
 * the handler missed, and an int3 of the patcher's own had no owner.
 */
static void every_int3_is_owned(enum text_poke_step step)
{
	u8 *site;
	u64 value;

	for (site = probe_array; site < probe_array_end; site += SITE_SIZE)
		if (*site == INT3_OPCODE && !owned((u64)site, &value))
			step_error = "an int3 of the batch has no owner";
}

/* @nr sites are queued by one user, the next is poked by another. Returns the batches it took. */
static u64 poke_beside(unsigned int first, unsigned int nr, unsigned int next)
{
	u8 insn[5] = {MOV_EAX_IMM32, 0x77, 0x77, 0x77, 0x77};
	u64 batches = text_poke_counts().batches;
	unsigned int i;

	text_poke_step_hook = every_int3_is_owned;
	text_mutex_lock();
	for (i = first; i < first + nr; i++)
		queue(i, i);
	text_mutex_unlock();
	text_mutex_lock();
	smp_text_poke_single((unsigned long)probe_array + next * SITE_SIZE, insn, sizeof(insn),
			     NULL);
	text_mutex_unlock();
	text_poke_step_hook = NULL;
	return text_poke_counts().batches - batches;
}

static const char *one_shot(void)
{
	u64 ran;

	step_error = NULL;
	ran = poke_beside(140, 2, 5);
	if (step_error)
		return step_error;
	CHECK(ran == 2);
	CHECK(probe_array[141 * SITE_SIZE + 1] == 141 && probe_array[5 * SITE_SIZE + 1] == 0x77);
	return NULL;
}
SELFTEST("bug of 2025: a one-shot poke below a queue", one_shot);

/* The same where the queue is full: one more may not be written after its end. */
static const char *overflow(void)
{
	u64 ran;

	step_error = NULL;
	ran = poke_beside(0, TEXT_POKE_BATCH, TEXT_POKE_BATCH);
	if (step_error)
		return step_error;
	CHECK(ran == 2);
	CHECK(probe_array[(TEXT_POKE_BATCH - 1) * SITE_SIZE + 1] == TEXT_POKE_BATCH - 1);
	CHECK(probe_array[TEXT_POKE_BATCH * SITE_SIZE + 1] == 0x77);
	return NULL;
}
SELFTEST("bug of 2025: a one-shot poke behind a full queue", overflow);

/*
 * September 2022: an int3 of somebody else while a batch is active. Its handler had read where
 * the batch is, but not yet counted itself, when the patcher ended it.
 */
static void foreign_int3(enum text_poke_step step)
{
	u64 site = (u64)probe_array, value = 0x1234;

	if (owned((u64)foreign_int3, &value) || owned(site - 1, &value) ||
	    owned(site + 1, &value) || owned(0, &value))
		step_error = "the patcher took an int3 that is not its own";
	if (value != 0x1234)
		step_error = "an int3 that is not the patcher's was emulated";
	if (text_poke_handler_active(smp_processor_id()))
		step_error = "the handler did not let go of the batch";
}

static u32 held, dropping, returned, early, release;
static u64 looks_before;

/* Behind its last step the patcher has nothing but handlers to wait for: it does, or it returns. */
static void hold_batch(void *arg)
{
	text_poke_handler_enter();
	WRITE_ONCE(held, 1);
	wait_until(smp_load_acquire(&dropping), "the batch to end", 0);
	wait_until(wait_looks(0) != looks_before || READ_ONCE(returned),
		   "the patcher to wait for its handler", 0);
	early = READ_ONCE(returned);
	text_poke_handler_exit();
}

static void step_to_end(enum text_poke_step step)
{
	if (step != POKE_BEFORE_REFS_DROP)
		return;
	looks_before = wait_looks(0);
	smp_store_release(&dropping, 1);
}

static void poke_first(void (*hook)(enum text_poke_step step))
{
	text_mutex_lock();
	queue(0, 0x11);
	text_poke_step_hook = hook;
	smp_text_poke_batch_finish();
	text_poke_step_hook = NULL;
	text_mutex_unlock();
}

static const char *foreign(void)
{
	step_error = NULL;
	poke_first(foreign_int3);
	foreign_int3(POKE_BEFORE_REFS_DROP);
	if (step_error)
		return step_error;
	if (nr_cpus < 2)
		return SELFTEST_SKIP("only with a second CPU can a batch end under a handler");
	held = dropping = returned = early = 0;
	job_start(1, hold_batch, NULL);
	wait_until(READ_ONCE(held), "its handler to hold the batch", 1);
	poke_first(step_to_end);
	WRITE_ONCE(returned, 1);
	job_wait(1);
	CHECK(!early);
	return NULL;
}
SELFTEST("bug of 2022: a foreign int3, the batch ending underneath", foreign);

/*
 * March 2025: one counter for the handlers of all CPUs made a storm of int3s a queue of CPUs.
 * Each counts in a line that nobody else writes.
 */
static void hold_counter(void *arg)
{
	text_poke_handler_enter();
	WRITE_ONCE(held, 1);
	wait_until(READ_ONCE(release), "the counters to be looked at", 0);
	text_poke_handler_exit();
}

static bool only_one_counts(unsigned int holder)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (text_poke_handler_active(cpu) != (cpu == holder))
			return false;
	return true;
}

static const char *counters(void)
{
	unsigned int cpu, nr = 0;
	bool alone = true;

	for_each_online_cpu(cpu) {
		if (!cpu || nr++ == HOLDERS_MAX)
			continue;
		held = release = 0;
		job_start(cpu, hold_counter, NULL);
		wait_until(READ_ONCE(held), "its handler to count itself", cpu);
		alone &= only_one_counts(cpu);
		WRITE_ONCE(release, 1);
		job_wait(cpu);
	}
	text_poke_handler_enter();
	alone &= only_one_counts(0);
	text_poke_handler_exit();
	CHECK(alone);
	CHECK(only_one_counts(~0u));
	for_each_online_cpu(cpu) {
		u64 counter = (u64)&cpu_entry_area(cpu)->in_int3_handler;

		CHECK(ALIGN_DOWN(counter, (u64)CACHE_LINE) == CEA_FIRST + (u64)cpu * CEA_SIZE);
	}
	return NULL;
}
SELFTEST("bug of 2025: handlers of several CPUs share no counter", counters);

/*
 * 2013: int3s were handled by any code that had registered for them; a jump label that was flipped
 * before that had none. Here it happens before other CPUs run and before a test has a hook.
 */
static DEFINE_STATIC_KEY_FALSE(early_key);
static u32 early_taken, early_missed;
static u64 early_hits;

static noinline bool early_branch(void)
{
	return static_branch_unlikely(&early_key);
}

static void early_step(enum text_poke_step step)
{
	if (step == POKE_BEFORE_REFS_DROP)
		return;
	if (early_branch())
		early_taken++;
	else
		early_missed++;
}

static void early_flip(void)
{
	u64 before = this_cpu()->int3_hits;

	text_poke_step_hook = early_step;
	static_key_set(&early_key, true);
	text_poke_step_hook = NULL;
	early_hits = this_cpu()->int3_hits - before;
	early_taken += early_branch();
	static_key_set(&early_key, false);
	early_missed += early_branch();
}
DEFINE_EARLY_TEST(early_flip);

static const char *early_int3(void)
{
	CHECK(early_taken == 3 && !early_missed);
	CHECK(early_hits == 2);
	return NULL;
}
SELFTEST("bug of 2013: a jump label's int3 before anybody registers", early_int3);
