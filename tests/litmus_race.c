// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/tsc.h>
#include <kernel/config.h>
#include <kernel/job.h>
#include <kernel/wait.h>
#include <tests/litmus_form.h>
#include <tests/litmus_map.h>
#include <tests/litmus_race.h>

#define LINE	      64
#define CONTENDED     32
#define PERIOD_FIRST  1000
#define PERIOD_MIN    64
#define PERIOD_MAX    1000000
#define JITTER	      63 /* cycles, a mask */
#define START_DELAY   2000
#define LEAD_STEP_MAX 64

enum role {
	SENDER,
	VICTIM
};

/* Lines that are handed to and fro; nothing else lies in them. */
static struct line {
	u32 value;
} __aligned(LINE) s_word[LITMUS_ROUNDS], contended[LITMUS_ROUNDS][CONTENDED], arrived[2];

static u32 s_read[LITMUS_ROUNDS],
	got[LITMUS_ROUNDS];		/* each written by one CPU, read between the races */
static u32 late[2][LINE / sizeof(u32)]; /* rounds that began too late, a line each */
static struct litmus_race *race;
static u64 race_end;

/* What the victim must know of the batch to come. */
static struct {
	u32 go; /* number of the batch under way; last written */
	u32 number;
	bool stop;
	u64 t0;
} __aligned(2 * LINE) batch;

/* Both come here; bounded. The barrier: neither goes on with old stores buffered. */
static void meet(enum role me)
{
	u32 mine = arrived[me].value + 1;

	smp_store_release(&arrived[me].value, mine);
	smp_mb(); /* pairs with itself on the other CPU */
	wait_until((s32)(smp_load_acquire(&arrived[!me].value) - mine) >= 0,
		   "the other CPU of a litmus test", config.cpus[!me]);
}

static u32 random_bits(u64 *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 33;
}

static __always_inline bool wait_for(u64 t)
{
	if ((s64)(rdtsc() - t) >= 0)
		return false;
	while ((s64)(rdtsc() - t) < 0)
		;
	return true;
}

static void send_rounds(u8 version)
{
	static u64 state = 88172645463325252ull;
	unsigned int i, sites = litmus_sites(&race->test);
	u64 t = batch.t0 + race->lead;
	u32 too_late = 0;

	for (i = 0; i < sites; i++, t += race->period) {
		too_late += !wait_for(t + (random_bits(&state) & JITTER));
		litmus_change(&race->test, i, version);
		if (race->test.sender_barrier)
			smp_mb(); /* pairs with litmus_serialize() in receive_rounds() */
		s_read[i] = READ_ONCE(s_word[i].value);
	}
	late[SENDER][0] = too_late;
}

static void receive_rounds(u32 number)
{
	static u64 state = 1181783497276652981ull;
	enum litmus_serializer which = race->test.serializer;
	unsigned int i, j, sites = litmus_sites(&race->test);
	u64 t = batch.t0;
	u32 too_late = 0;

	for (i = 0; i < sites; i++, t += race->period) {
		const u8 *at = litmus_target(&race->test, i);

		too_late += !wait_for(t + (random_bits(&state) & JITTER));
		for (j = 0; j < race->test.contended; j++)
			WRITE_ONCE(contended[i][j].value, number);
		if (which == LITMUS_XCHG)
			xchg(&s_word[i].value, number);
		else
			WRITE_ONCE(s_word[i].value, number);
		litmus_serialize(which, &litmus_operands, at, i);
		got[i] = litmus_use(&race->test, at);
	}
	late[VICTIM][0] = too_late;
}

/* Nothing older than the last batch is left; then what the test wants to be there. */
static void warm_or_cool(void)
{
	unsigned int i, sites = litmus_sites(&race->test);

	write_cr3(litmus_operands.cr3[0]);
	for (i = 0; i < sites; i++) {
		const u8 *at = litmus_target(&race->test, i);

		if (race->test.cache == LITMUS_WARM)
			litmus_use(&race->test, at);
		else if (race->test.what == LITMUS_TEXT)
			asm volatile("clflush %0\n"
				     "clflush %1" ::"m"(*at),
				     "m"(at[5])
				     : "memory");
	}
}

static void victim(void *unused)
{
	u64 cr3 = read_cr3(), flags;

	write_cr3(litmus_operands.cr3[0]);
	for (;;) {
		warm_or_cool();
		meet(VICTIM);
		if (batch.stop)
			break;
		flags = local_irq_save();
		/* Bounded by the sender, who has just met us and only reads a clock in between. */
		while (smp_load_acquire(&batch.go) != batch.number)
			;
		receive_rounds(batch.number);
		local_irq_restore(flags);
		meet(VICTIM);
	}
	write_cr3(cr3);
}

/* Counts what the batch gave. Returns how often S was read as 0. */
static u32 tally(u8 version, u32 number)
{
	u32 new = litmus_value(&race->test, version), old = litmus_value(&race->test, version - 1),
	    zeros = 0;
	unsigned int i, sites = litmus_sites(&race->test);

	for (i = 0; i < sites; i++) {
		bool s = s_read[i] == number;

		litmus_count(&race->counts, s, got[i], old, new);
		zeros += !s;
	}
	return zeros;
}

/* As fast as both can follow, and so that S is read when it changes. */
static void adjust(int sites, int zeros)
{
	int limit = sites / 2, step = (2 * zeros - sites) * LEAD_STEP_MAX / sites;

	if (late[SENDER][0] > limit || late[VICTIM][0] > limit)
		race->period += race->period / 16 + 1;
	else
		race->period -= race->period / 64;
	race->period = min(max(race->period, (u64)PERIOD_MIN), (u64)PERIOD_MAX);
	race->lead += step; /* mostly 0: the sender reads too early */
	race->lead = min(max(race->lead, -(s64)PERIOD_MAX), (s64)PERIOD_MAX);
}

static void one_batch(void)
{
	u8 *version = race->test.what == LITMUS_TEXT ? &litmus_texts[race->test.store].version
						     : &litmus_mapping.version;
	u32 number = batch.number + 1;
	unsigned int i, j, sites = litmus_sites(&race->test);
	u64 flags;

	for (i = 0; i < sites; i++)
		for (j = 0; j < race->test.contended; j++)
			WRITE_ONCE(contended[i][j].value, number);
	batch.number = number;
	batch.stop = false;
	meet(SENDER);
	flags = local_irq_save();
	batch.t0 = rdtsc() + START_DELAY + (race->lead < 0 ? -race->lead : 0);
	smp_store_release(&batch.go, number);
	++*version;
	send_rounds(*version);
	local_irq_restore(flags);
	meet(SENDER);
	adjust(sites, tally(*version, number));
}

static void sender(void *unused)
{
	u64 cr3 = read_cr3();

	write_cr3(litmus_operands.cr3[0]);
	do
		one_batch();
	while (now_ns() < race_end);
	batch.stop = true;
	meet(SENDER);
	write_cr3(cr3);
}

void litmus_race_run(struct litmus_race *this_race, u64 ns)
{
	static void (*const roles[])(void *arg) = {sender, victim};
	u64 began = now_ns();
	int role;

	race = this_race;
	race_end = began + ns;
	if (!race->period)
		race->period = PERIOD_FIRST;
	for (role = 0; role < 2; role++)
		if (config.cpus[role])
			job_start(config.cpus[role], roles[role], NULL);
	for (role = 0; role < 2; role++)
		if (!config.cpus[role])
			roles[role](NULL);
	for (role = 0; role < 2; role++)
		if (config.cpus[role])
			job_wait(config.cpus[role]);
	race->ns += now_ns() - began;
}
