// SPDX-License-Identifier: BSD-2-Clause
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <arch/x86_64/asm.h>
#include <tests/silicon/pair.h>
#include <tests/silicon/race.h>
#include <tests/silicon/serializers.h>

#define LINE	    64
#define ROUNDS	    256 /* sites for one meeting, at most */
#define PERIOD_MIN  64
#define PERIOD_MAX  1000000
#define JITTER	    63 /* cycles, a mask */
#define START_DELAY 2000
#define SAMPLES	    101

/*
 * How many sites, how far apart, and where in theirs the immediate begins. All sites together fill
 * half of a first-level instruction cache, page crossings a few of its ways, or none stays warm.
 */
static const struct layout {
	unsigned int sites, stride, imm;
} layouts[LITMUS_NR_STORES] = {
	[LITMUS_BYTE] = {256, 64, 4},
	[LITMUS_ALIGNED] = {256, 64, 4},
	[LITMUS_LINE] = {128, 128, 62},
	[LITMUS_PAGE] = {8, 8192, 4094},
};

/* The text of one kind of store: `mov $imm32, %eax; ret` a site, version is what all hold. */
static struct text {
	u8 *exec, *write;
	u8 version;
} texts[LITMUS_NR_STORES][2];

/* Lines that are handed to and fro; nothing else lies in them. */
static struct line {
	u32 value;
} __aligned(LINE) s_word[ROUNDS], spare[ROUNDS], contended[ROUNDS][LITMUS_CONTENDED],
	sender_lines[ROUNDS][LITMUS_CONTENDED];

static u32 s_read[ROUNDS], got[ROUNDS]; /* each written by one thread, read between the races */
static u32 late[2][16];			/* rounds that began too late, a line each */

/* What the victim must know of the batch to come. */
static struct {
	u32 go; /* number of the batch under way; last written */
	u32 number;
	bool stop;
	u64 t0;
} __aligned(128) batch;

const char *race_prepare(enum litmus_store store, enum litmus_alias alias)
{
	const struct layout *layout = &layouts[store];
	struct text *text = &texts[store][alias];
	size_t size = layout->sites * layout->stride;
	int fd, prot = PROT_READ | PROT_EXEC | (alias == LITMUS_SAME_PAGE ? PROT_WRITE : 0);
	unsigned int i;

	if (text->exec)
		return NULL;
	fd = memfd_create("text", 0);
	if (fd < 0 || ftruncate(fd, size))
		return "no memory that can be mapped twice";
	text->exec = mmap(NULL, size, prot, MAP_SHARED | MAP_POPULATE, fd, 0);
	text->write = text->exec;
	if (alias == LITMUS_ALIAS)
		text->write =
			mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	close(fd);
	if (text->exec == MAP_FAILED || text->write == MAP_FAILED) {
		text->exec = NULL;
		return alias == LITMUS_ALIAS ? "no memory may be executed"
					     : "no memory may be both written and executed";
	}
	for (i = 0; i < layout->sites; i++) {
		u8 *imm = text->write + i * layout->stride + layout->imm;

		imm[-1] = 0xb8; /* mov $imm32, %eax */
		memset(imm, 0, 4);
		imm[4] = 0xc3; /* ret */
	}
	return NULL;
}

static u32 random_bits(u64 *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 33;
}

/* What the site yields once it holds @version. */
static u32 value_of(const struct litmus_test *test, u8 version)
{
	return test->store == LITMUS_BYTE ? version : version * 0x01010101u;
}

static __always_inline u32 execute(const u8 *site)
{
	u32 value;

	asm volatile("call *%1" : "=a"(value) : "r"(site) : "memory");
	return value;
}

static __always_inline bool wait_until(u64 t)
{
	if ((s64)(rdtsc() - t) >= 0)
		return false;
	while ((s64)(rdtsc() - t) < 0)
		;
	return true;
}

static void send_rounds(struct litmus_race *race, const struct layout *layout,
			const struct text *text, u8 version, u32 number)
{
	static u64 state = 88172645463325252ull;
	const struct litmus_test *test = &race->test;
	bool mb = race->barrier, sb = test->pattern == LITMUS_SB;
	u8 *imm = text->write + layout->imm;
	u64 t = batch.t0 + race->lead;
	u32 too_late = 0;
	unsigned int i, j;

	for (i = 0; i < layout->sites; i++, t += race->period, imm += layout->stride) {
		too_late += !wait_until(t + (random_bits(&state) & JITTER));
		for (j = 0; j < race->timing.busy; j++)
			WRITE_ONCE(sender_lines[i][j].value, number);
		litmus_store_version(test->store, imm, version);
		if (mb)
			smp_mb(); /* pairs with the serialiser in receive_rounds() */
		if (sb)
			s_read[i] = READ_ONCE(s_word[i].value);
		else
			WRITE_ONCE(s_word[i].value, number);
	}
	late[PAIR_SENDER][0] = too_late;
}

static void receive_rounds(struct litmus_race *race, const struct layout *layout,
			   const struct text *text, u32 number)
{
	static u64 state = 1181783497276652981ull;
	const struct litmus_test *test = &race->test;
	enum litmus_serializer serializer = race->executes;
	bool sb = test->pattern == LITMUS_SB, plain = sb && serializer != LITMUS_XCHG;
	const u8 *site = text->exec + layout->imm - 1;
	unsigned int k = test->contended;
	u64 t = batch.t0;
	u32 too_late = 0;
	unsigned int i;

	for (i = 0; i < layout->sites; i++, t += race->period, site += layout->stride) {
		unsigned int j;

		too_late += !wait_until(t + (random_bits(&state) & JITTER));
		for (j = 0; j < k; j++)
			WRITE_ONCE(contended[i][j].value, number);
		if (!sb)
			s_read[i] = READ_ONCE(s_word[i].value);
		if (plain)
			WRITE_ONCE(s_word[i].value, number);
		if (serializer == LITMUS_XCHG)
			xchg(sb ? &s_word[i].value : &spare[i].value, number);
		else
			serialize_by(serializer, race->delay, &spare[i].value);
		got[i] = execute(site);
	}
	late[PAIR_VICTIM][0] = too_late;
}

/* Nothing older than the last batch is left; a victim that finds it runs on a machine that keeps it. */
static void warm_or_cool(struct litmus_race *race, const struct layout *layout,
			 const struct text *text)
{
	const u8 *site = text->exec + layout->imm - 1;
	u32 current = value_of(&race->test, text->version);
	unsigned int i, j;

	for (i = 0; i < layout->sites; i++)
		for (j = 0; j < race->timing.busy; j++)
			WRITE_ONCE(sender_lines[i][j].value, 0);
	iret_to_self();
	for (i = 0; i < layout->sites; i++, site += layout->stride) {
		if (race->test.cache == LITMUS_WARM) {
			race->lingered += execute(site) != current;
			continue;
		}
		asm volatile("clflush %0" ::"m"(*site) : "memory");
		asm volatile("clflush %0" ::"m"(site[5]) : "memory");
	}
}

static void victim(void *arg)
{
	struct litmus_race *race = arg;
	const struct layout *layout = &layouts[race->test.store];
	const struct text *text = &texts[race->test.store][race->test.alias];

	for (;;) {
		warm_or_cool(race, layout, text);
		pair_meet(PAIR_VICTIM);
		if (batch.stop)
			return;
		/* Bounded by the sender, who has just met us and only reads a clock in between. */
		while (smp_load_acquire(&batch.go) != batch.number)
			;
		receive_rounds(race, layout, text, batch.number);
		pair_meet(PAIR_VICTIM);
	}
}

/* Counts what the batch gave. Returns how often S was read as 0. */
static u32 tally(struct litmus_race *race, unsigned int sites, u8 version, u32 number)
{
	u32 new = value_of(&race->test, version), old = value_of(&race->test, version - 1);
	unsigned int i;
	u32 zeros = 0;

	for (i = 0; i < sites; i++) {
		bool s = s_read[i] == number;

		litmus_count(race, 0, i, s, got[i], old, new);
		zeros += !s;
	}
	return zeros;
}

/* As fast as both can follow, and so that S is read when it changes. */
static void adjust(struct litmus_race *race, int sites, int zeros)
{
	s64 step = litmus_lead_step(race, sites, zeros);
	int limit = sites / 2;

	if (late[PAIR_SENDER][0] > limit || late[PAIR_VICTIM][0] > limit)
		race->period += race->period / 16 + 1;
	else
		race->period -= race->period / 64;
	race->period = min(max(race->period, (u64)PERIOD_MIN), (u64)PERIOD_MAX);
	/* Mostly 0: in SB the sender reads too early, in MP it writes too late. */
	race->lead += race->test.pattern == LITMUS_SB ? step : -step;
	race->lead = min(max(race->lead, -(s64)PERIOD_MAX), (s64)PERIOD_MAX);
}

struct slice {
	struct litmus_race *race;
	u64 rounds, ns;
};

static void sender(void *arg)
{
	struct slice *slice = arg;
	struct litmus_race *race = slice->race;
	const struct layout *layout = &layouts[race->test.store];
	struct text *text = &texts[race->test.store][race->test.alias];
	u64 began = now_ns(), done = 0;

	while (!done || (done < slice->rounds && now_ns() - began < slice->ns)) {
		u32 number = batch.number + 1;
		unsigned int i, j;

		for (i = 0; i < layout->sites; i++)
			for (j = 0; j < race->test.contended; j++)
				WRITE_ONCE(contended[i][j].value, number);
		batch.number = number;
		batch.stop = false;
		pair_meet(PAIR_SENDER);
		batch.t0 = rdtsc() + START_DELAY + (race->lead < 0 ? -race->lead : 0);
		smp_store_release(&batch.go, number);
		text->version++;
		send_rounds(race, layout, text, text->version, number);
		pair_meet(PAIR_SENDER);
		adjust(race, layout->sites, tally(race, layout->sites, text->version, number));
		done += layout->sites;
	}
	batch.stop = true;
	pair_meet(PAIR_SENDER);
	race->ns += now_ns() - began;
}

static void slice_victim(void *arg)
{
	victim(((struct slice *)arg)->race);
}

void litmus_race_run(struct litmus_race *race, u64 rounds, u64 ns)
{
	struct slice slice = {race, rounds, ns};

	if (!race->period)
		race->period = 1000;
	pair_run(sender, slice_victim, &slice);
}

/* Median of what @which and the use of a site after it take; NONE: the use alone. */
static u32 median_of(const struct litmus_race *race, enum litmus_serializer which)
{
	const u8 *site =
		texts[race->test.store][race->test.alias].exec + layouts[race->test.store].imm - 1;
	static u32 samples[SAMPLES];
	unsigned int i;
	u64 began;

	for (i = 0; i < SAMPLES; i++) {
		lfence();
		began = rdtsc();
		lfence();
		if (which != LITMUS_NONE)
			serialize_by(which, race->delay, &spare[0].value);
		execute(site);
		lfence();
		samples[i] = min(rdtsc() - began, (u64)PERIOD_MAX);
	}
	return litmus_median(samples, SAMPLES);
}

/* One line, handed to and fro: the sender writes odd numbers, the victim even ones; pair_meet() first. */
static struct line ball __aligned(2 * LINE);

static void return_ball(void *unused)
{
	unsigned int i;

	pair_meet(PAIR_VICTIM);
	for (i = 0; i < SAMPLES; i++) {
		/* Bounded by the sender, who has met us. */
		while (smp_load_acquire(&ball.value) != 2 * i + 1)
			cpu_relax();
		smp_store_release(&ball.value, 2 * i + 2);
	}
}

static u32 measured;

static void throw_ball(void *result)
{
	static u32 samples[SAMPLES];
	struct litmus_trip *trip = result;
	unsigned int i;
	u64 began;

	ball.value = 0;
	pair_meet(PAIR_SENDER);
	for (i = 0; i < SAMPLES; i++) {
		began = rdtsc();
		smp_store_release(&ball.value, 2 * i + 1);
		while (smp_load_acquire(&ball.value) != 2 * i + 2)
			cpu_relax();
		samples[i] = min(rdtsc() - began, (u64)LITMUS_APART);
	}
	trip->median = litmus_median(samples, SAMPLES);
	trip->quick = samples[SAMPLES / 10]; /* sorted now */
}

struct litmus_trip litmus_round_trip(void)
{
	struct litmus_trip trip;

	pair_run(throw_ball, return_ball, &trip);
	return trip;
}

static void measure(void *arg)
{
	const struct litmus_race *race = arg;
	u32 empty = median_of(race, LITMUS_NONE), whole = median_of(race, race->executes);

	measured = whole - min(whole, empty);
}

static void wait_beside(void *unused)
{
}

unsigned int litmus_latency(const struct litmus_race *race)
{
	struct litmus_race copy = *race;

	pair_run(wait_beside, measure, &copy);
	return measured;
}
