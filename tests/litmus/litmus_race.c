// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/tsc.h>
#include <kernel/config.h>
#include <kernel/job.h>
#include <kernel/lib/string.h>
#include <kernel/memory.h>
#include <kernel/wait.h>
#include <tests/litmus/litmus_map.h>
#include <tests/litmus/litmus_race.h>

#define LINE	     64
#define PERIOD_FIRST 1000
#define PERIOD_MIN   64
#define PERIOD_MAX   1000000
#define JITTER	     63 /* cycles, a mask */
#define START_DELAY  2000
#define SAMPLES	     101

/* A line that is handed to and fro; nothing else lies in it. */
struct line {
	u32 value;
} __aligned(LINE);

/* What each victim has of its own: the sender races with every one of them in every round. */
struct victim {
	struct line s_word[LITMUS_ROUNDS];
	struct line contended[LITMUS_ROUNDS][LITMUS_CONTENDED];
	struct line arrived;
	u32 got[LITMUS_ROUNDS];			   /* written by the victim, */
	u32 late;				   /* (rounds that began too late) */
	u32 s_read[LITMUS_ROUNDS] __aligned(LINE); /* by the sender; read between the races */
	unsigned int cpu;
	u64 jitter; /* state of its random numbers */
};

static struct victim *victims[CPUMASK_CPUS];
static unsigned int nr_victims;
static struct line sender_arrived, (*sender_lines)[LITMUS_CONTENDED]; /* of each round */
static u32 sender_late;
static struct litmus_race *race;
static u64 race_end, rounds_left;

/* What the victim must know of the batch to come. */
static struct {
	u32 go; /* number of the batch under way; last written */
	u32 number;
	bool stop;
	u64 t0;
} __aligned(2 * LINE) batch;

/* All come here, the sender last; bounded. The barriers: nobody goes on with old stores buffered. */
static void meet_victims(void)
{
	u32 mine = sender_arrived.value + 1;
	unsigned int v;

	smp_mb(); /* pairs with the barrier in meet_sender() */
	for (v = 0; v < nr_victims; v++)
		wait_until((s32)(smp_load_acquire(&victims[v]->arrived.value) - mine) >= 0,
			   "a victim of a litmus test", victims[v]->cpu);
	smp_store_release(&sender_arrived.value, mine);
}

static void meet_sender(struct victim *me)
{
	u32 mine = sender_arrived.value + 1; /* it waits for us before it counts */

	smp_mb(); /* pairs with the barrier in meet_victims() */
	smp_store_release(&me->arrived.value, mine);
	wait_until(smp_load_acquire(&sender_arrived.value) == mine, "the sender of a litmus test",
		   config.cpus[0]);
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
	bool write_end = race->barrier && race->test.write_end;
	unsigned int i, j, v, sites = litmus_sites(&race->test);
	u64 t = batch.t0 + race->lead;

	sender_late = 0;
	for (i = 0; i < sites; i++, t += race->period) {
		sender_late += !wait_for(t + (random_bits(&state) & JITTER));
		for (j = 0; j < race->timing.busy; j++)
			WRITE_ONCE(sender_lines[i][j].value, version);
		if (write_end)
			litmus_write_by_engine(i, version);
		else
			litmus_change(&race->test, i, version);
		if (race->barrier && !write_end)
			smp_mb(); /* pairs with litmus_serialize() in receive_rounds() */
		for (v = 0; v < nr_victims; v++)
			victims[v]->s_read[i] = READ_ONCE(victims[v]->s_word[i].value);
	}
}

/* A control of a warm row would otherwise see what it left in the TLB itself, and tell of nothing. */
static bool drops_first(const struct litmus_race *race)
{
	return race->test.what == LITMUS_PTE && race->test.cache == LITMUS_WARM &&
	       litmus_serializers[race->executes].role == LITMUS_CONTROL;
}

static void receive_rounds(struct victim *me, u32 number)
{
	enum litmus_serializer which = race->executes;
	bool drop = drops_first(race);
	unsigned int i, j, sites = litmus_sites(&race->test);
	u64 t = batch.t0;

	me->late = 0;
	for (i = 0; i < sites; i++, t += race->period) {
		const u8 *at = litmus_target(&race->test, i);

		me->late += !wait_for(t + (random_bits(&me->jitter) & JITTER));
		if (drop)
			invlpg(at);
		for (j = 0; j < race->test.contended; j++)
			WRITE_ONCE(me->contended[i][j].value, number);
		if (litmus_signals_by_xchg(which))
			xchg(&me->s_word[i].value, number);
		else
			WRITE_ONCE(me->s_word[i].value, number);
		litmus_serialize(which, race->delay, &litmus_operands, at, i);
		me->got[i] = litmus_use(&race->test, at);
	}
}

/*
 * Nothing older than the last batch is left; a victim that finds it all the same runs on a machine that
 * keeps what was overwritten; then what the test wants to be there.
 */
static void warm_or_cool(void)
{
	u32 current = litmus_value(&race->test, *litmus_version_of(&race->test));
	unsigned int i, j, sites = litmus_sites(&race->test);
	u64 lingered = 0;

	for (i = 0; i < sites; i++)
		for (j = 0; j < race->timing.busy; j++)
			WRITE_ONCE(sender_lines[i][j].value, 0);
	write_cr3(litmus_operands.cr3[0]);
	for (i = 0; i < sites; i++) {
		const u8 *at = litmus_target(&race->test, i);

		if (race->test.cache == LITMUS_WARM)
			lingered += litmus_use(&race->test, at) != current;
		else if (race->test.what == LITMUS_TEXT)
			asm volatile("clflush %0\n"
				     "clflush %1" ::"m"(*at),
				     "m"(at[5])
				     : "memory");
	}
	if (lingered)
		atomic_add(&race->lingered, lingered);
}

static void victim(void *arg)
{
	struct victim *me = arg;
	u64 cr3 = read_cr3(), flags;

	write_cr3(litmus_operands.cr3[0]);
	for (;;) {
		warm_or_cool();
		meet_sender(me);
		if (batch.stop)
			break;
		flags = local_irq_save();
		/* Bounded by the sender, who has just met us and only reads a clock in between. */
		while (smp_load_acquire(&batch.go) != batch.number)
			;
		receive_rounds(me, batch.number);
		local_irq_restore(flags);
		meet_sender(me);
	}
	write_cr3(cr3);
}

/* Counts what the batch gave. Returns how often S was read as 0. */
static u32 tally(unsigned int v, u8 version, u32 number)
{
	const struct victim *victim = victims[v];
	u32 new = litmus_value(&race->test, version), old = litmus_value(&race->test, version - 1),
	    zeros = 0;
	unsigned int i, sites = litmus_sites(&race->test);

	for (i = 0; i < sites; i++) {
		bool s = victim->s_read[i] == number;

		litmus_count(race, v, i, s, victim->got[i], old, new);
		zeros += !s;
	}
	return zeros;
}

/* As fast as all can follow, and so that S is read when it changes. */
static void adjust(int sites, int zeros, int late)
{
	if (late > sites / 2)
		race->period += race->period / 16 + 1;
	else
		race->period -= race->period / 64;
	race->period = min(max(race->period, (u64)PERIOD_MIN), (u64)PERIOD_MAX);
	race->lead += litmus_lead_step(race, sites, zeros);
	race->lead = min(max(race->lead, -(s64)LITMUS_LEAD_MAX), (s64)LITMUS_LEAD_MAX);
}

static void one_batch(void)
{
	unsigned int i, j, v, sites = litmus_sites(&race->test);
	u32 number = batch.number + 1, zeros = 0, late;
	u64 flags;
	u8 version;

	for (v = 0; v < nr_victims; v++)
		for (i = 0; i < sites; i++)
			for (j = 0; j < race->test.contended; j++)
				WRITE_ONCE(victims[v]->contended[i][j].value, number);
	batch.number = number;
	batch.stop = false;
	meet_victims();
	flags = local_irq_save();
	batch.t0 = rdtsc() + START_DELAY + (race->lead < 0 ? -race->lead : 0);
	smp_store_release(&batch.go, number);
	version = ++*litmus_version_of(&race->test);
	send_rounds(version);
	local_irq_restore(flags);
	meet_victims();
	late = sender_late;
	for (v = 0; v < nr_victims; v++) {
		zeros += tally(v, version, number);
		late = max(late, victims[v]->late);
	}
	adjust(sites, zeros / nr_victims, late);
}

static void sender(void *unused)
{
	u64 cr3 = read_cr3();

	write_cr3(litmus_operands.cr3[0]);
	do {
		one_batch();
		rounds_left -= min(rounds_left, (u64)litmus_sites(&race->test));
	} while (rounds_left && now_ns() < race_end);
	batch.stop = true;
	meet_victims();
	write_cr3(cr3);
}

static void add_victims(void)
{
	unsigned int v;

	while (nr_victims + 1 < config.nr_named) {
		struct victim *victim = alloc_zeroed(sizeof(*victim));

		victim->jitter = 1181783497276652981ull + nr_victims;
		victims[nr_victims++] = victim;
	}
	for (v = 0; v < nr_victims; v++)
		victims[v]->cpu = config.cpus[v + 1];
}

void litmus_race_run(struct litmus_race *this_race, u64 rounds, u64 ns)
{
	unsigned int v;
	int self = smp_processor_id();
	u64 began = now_ns();

	if (!sender_lines)
		sender_lines = alloc_zeroed(LITMUS_ROUNDS * sizeof(*sender_lines));
	add_victims();
	race = this_race;
	rounds_left = rounds;
	race_end = began + ns;
	if (!race->period)
		race->period = PERIOD_FIRST;
	if (config.cpus[0] != self)
		job_start(config.cpus[0], sender, NULL);
	for (v = 0; v < nr_victims; v++)
		if (victims[v]->cpu != self)
			job_start(victims[v]->cpu, victim, victims[v]);
	if (config.cpus[0] == self)
		sender(NULL);
	for (v = 0; v < nr_victims; v++)
		if (victims[v]->cpu == self)
			victim(victims[v]);
	for (v = 0; v < config.nr_named; v++)
		if (config.cpus[v] != self)
			job_wait(config.cpus[v]);
	race->ns += now_ns() - began;
}

/* One line, handed to and fro: the sender writes odd numbers, the victim even ones. */
static struct line ball __aligned(2 * LINE);

static void return_ball(void *unused)
{
	unsigned int i;

	for (i = 0; i < SAMPLES; i++) {
		wait_until(smp_load_acquire(&ball.value) == 2 * i + 1, "the sender of a line",
			   config.cpus[0]);
		smp_store_release(&ball.value, 2 * i + 2);
	}
}

static void throw_ball(void *result)
{
	static u32 samples[SAMPLES];
	struct litmus_trip *trip = result;
	unsigned int i;
	u64 began;

	for (i = 0; i < SAMPLES; i++) {
		began = rdtsc();
		smp_store_release(&ball.value, 2 * i + 1);
		wait_until(smp_load_acquire(&ball.value) == 2 * i + 2, "the receiver of a line",
			   config.cpus[1]);
		samples[i] = min(rdtsc() - began, (u64)PERIOD_MAX);
	}
	trip->median = litmus_median(samples, SAMPLES);
	trip->quick = samples[SAMPLES / 10]; /* sorted now */
}

struct litmus_trip litmus_round_trip(void)
{
	int self = smp_processor_id();
	struct litmus_trip trip = {};

	ball.value = 0;
	if (config.cpus[1] != self)
		job_start(config.cpus[1], return_ball, NULL);
	if (config.cpus[0] != self)
		job_start(config.cpus[0], throw_ball, &trip);
	if (config.cpus[1] == self)
		return_ball(NULL);
	if (config.cpus[0] == self)
		throw_ball(&trip);
	if (config.cpus[1] != self)
		job_wait(config.cpus[1]);
	if (config.cpus[0] != self)
		job_wait(config.cpus[0]);
	return trip;
}

/* Median of what @which and the use of a site after it take; NONE: the use alone. */
static u32 median_of(enum litmus_serializer which, unsigned int delay)
{
	static u32 samples[SAMPLES];
	static struct line line;
	const u8 *at;
	unsigned int i;
	u64 began;

	for (i = 0; i < SAMPLES; i++) {
		at = litmus_target(&race->test, 0);
		lfence();
		began = rdtsc();
		lfence();
		if (litmus_signals_by_xchg(which))
			xchg(&line.value, i);
		litmus_serialize(which, delay, &litmus_operands, at, i);
		litmus_use(&race->test, at);
		lfence();
		samples[i] = min(rdtsc() - began, (u64)PERIOD_MAX);
	}
	return litmus_median(samples, SAMPLES);
}

static void measure(void *result)
{
	u64 cr3 = read_cr3(), flags = local_irq_save();
	u32 whole, empty;

	write_cr3(litmus_operands.cr3[0]);
	empty = median_of(LITMUS_NONE, 0);
	whole = median_of(race->executes, race->delay);
	write_cr3(cr3);
	local_irq_restore(flags);
	*(unsigned int *)result = whole - min(whole, empty);
}

unsigned int litmus_latency(const struct litmus_race *of)
{
	static struct litmus_race copy;
	unsigned int cycles;

	copy = *of;
	race = &copy;
	if (config.cpus[1] == (int)smp_processor_id()) {
		measure(&cycles);
		return cycles;
	}
	job_start(config.cpus[1], measure, &cycles);
	job_wait(config.cpus[1]);
	return cycles;
}
