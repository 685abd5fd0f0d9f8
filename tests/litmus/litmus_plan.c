// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/tsc.h>
#include <kernel/lib/sort.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <tests/litmus/litmus_plan.h>

#define PASSES	      24	  /* turns of each row, at least, where the time allows */
#define TURN_NS_MAX   100000000ul /* within the bound of a wait */
#define PROGRESS_NS   1000000000ul
#define HOPELESS_EACH 4	    /* a row that nothing predicts anything for: a turn in so many */
#define ROUNDS_TURN   65536 /* rounds of one turn where they are counted */
#define CONTROL_SHARE 8	    /* a control takes one round for so many of a subject */
#define REPEATS	      8	    /* turns more for a witness, at most */
#define ENOUGH	      2	    /* times the expectation needed: then a row is decided */
#define TRIP_TRIES    5
#define SEARCH_NS_MIN 200000ul /* a shorter look would tell nothing */

/* The first is what a plan begins with. */
static const struct litmus_timing timings[] = {
	{4, 0},
	{4, 8},
	{4, LITMUS_CONTENDED},
	{2, 0},
	{6, 0},
	{2, LITMUS_CONTENDED},
	{6, LITMUS_CONTENDED},
};

static struct litmus_tally tally_of(const struct litmus_row *row)
{
	struct litmus_tally tally = {.turns = row->race.turns, .fired = row->race.fired};

	tally.positive = litmus_positive(&row->race.test, &row->race.counts);
	tally.rounds = tally.positive + litmus_negative(&row->race.test, &row->race.counts);
	return tally;
}

static bool all_met(const struct litmus_plan *plan, const struct litmus_race *race)
{
	unsigned int v;

	for (v = 0; v < plan->victims; v++) /* @litmus.each */
		if (!(race->met[0][v / 64] & race->met[1][v / 64] & BIT(v % 64)))
			return false;
	return true;
}

static struct litmus_evidence evidence_of(const struct litmus_plan *plan,
					  const struct litmus_row *row)
{
	struct litmus_evidence e = {.row = tally_of(row),
				    .no_sender = row->race.test.pattern == LITMUS_MP,
				    .met = all_met(plan, &row->race),
				    .lingered = plan->lingered[row->race.test.what],
				    .ns = row->race.ns};
	enum litmus_control which;

	for (which = 0; which < LITMUS_NR_CONTROLS; which++)
		if (row->controls[which])
			e.controls[which] = tally_of(row->controls[which]);
	return e;
}

/* A subject, or what poses as one. */
static bool is_judged(const struct litmus_row *row)
{
	return litmus_is_subject(&row->race.test) ||
	       (row->race.test.trial && !row->race.test.matched &&
		(row->race.test.sender_barrier || row->race.test.pattern == LITMUS_MP));
}

static const char *missing(const struct litmus_plan *plan, const struct litmus_test *test)
{
	enum litmus_need need = litmus_serializers[test->serializer].need;

	if (need != LITMUS_NEEDS_NOTHING && !plan->has(need))
		return litmus_need_texts[need];
	return plan->missing ? plan->missing(test) : NULL;
}

/* Measured once for each instruction: it does not depend on the shape, but on what is used after it. */
static unsigned int latency_of(const struct litmus_plan *plan, const struct litmus_row *row)
{
	const struct litmus_row *other;

	for (other = plan->rows; other < row; other++)
		if (!other->missing && !other->race.test.matched &&
		    other->race.executes == row->race.executes &&
		    other->race.delay == row->race.delay &&
		    other->race.test.what == row->race.test.what)
			return other->latency;
	return litmus_latency(&row->race);
}

static struct litmus_row *add_row(struct litmus_plan *plan, const struct litmus_test *test)
{
	struct litmus_row *row = &plan->rows[plan->nr_rows++];

	*row = (struct litmus_row){.missing = missing(plan, test)};
	row->race.test = *test;
	row->race.timing = timings[0];
	row->race.barrier = test->sender_barrier;
	row->race.executes = test->serializer;
	if (test->trial) {
		row->race.executes = litmus_trials[test->trial - 1].executes;
		row->race.delay = litmus_trials[test->trial - 1].delay;
	}
	if (plan->plant)
		plan->plant(&row->race);
	if (!row->missing)
		row->latency = latency_of(plan, row);
	return row;
}

/* One serialiser, or one on trial, in one shape: its row and the controls that are its own. */
static void add_subject(struct litmus_plan *plan, const struct litmus_test *shape,
			const struct litmus_row *nothing)
{
	struct litmus_row *subject = add_row(plan, shape), *row;
	struct litmus_test test = *shape;

	subject->controls[LITMUS_NOTHING] = nothing;
	if (test.pattern == LITMUS_SB) {
		test.sender_barrier = false;
		subject->controls[LITMUS_SENDER] = add_row(plan, &test);
		test.sender_barrier = true;
	}
	test.matched = true;
	row = &plan->rows[plan->nr_rows++];
	*row = (struct litmus_row){.missing = subject->missing, .latency = subject->latency};
	row->race.test = test;
	row->race.timing = timings[0];
	row->race.barrier = subject->race.barrier;
	row->race.executes = subject->latency ? LITMUS_DELAY : LITMUS_NONE;
	row->race.delay = subject->latency;
	subject->controls[LITMUS_DELAYED] = row;
}

static bool is_wanted(const struct litmus_plan *plan, const struct litmus_test *test)
{
	char name[LITMUS_NAME_MAX];

	litmus_name(name, sizeof(name), test);
	return !plan->wanted || plan->wanted(name);
}

static void add_shape(struct litmus_plan *plan, const struct litmus_shape *shape, u8 trial)
{
	struct litmus_test test = {.pattern = shape->pattern,
				   .what = shape->what,
				   .store = shape->store,
				   .cache = shape->cache,
				   .alias = shape->alias,
				   .contended = shape->contended,
				   .write_end = shape->write_end,
				   .sender_barrier = true};
	bool wanted[LITMUS_NR_SERIALIZERS], any = false;
	const struct litmus_row *nothing;
	enum litmus_serializer which;

	for (which = 0; which < LITMUS_NR_SERIALIZERS; which++) {
		test.serializer = which;
		wanted[which] = is_wanted(plan, &test) && which != LITMUS_DELAY &&
				(shape->all || plan->matters(which)) &&
				(plan->privileged || !litmus_serializers[which].privileged);
		any |= wanted[which];
	}
	if (!any)
		return;
	test.serializer = LITMUS_NONE;
	nothing = add_row(plan, &test);
	for (which = 0; which < LITMUS_NR_SERIALIZERS; which++) {
		test.serializer = which;
		if (!wanted[which] || which == LITMUS_NONE)
			continue;
		if (litmus_serializers[which].role == LITMUS_CONTROL)
			add_row(plan, &test);
		else
			add_subject(plan, &test, nothing);
	}
	test.serializer = LITMUS_NONE;
	test.trial = trial;
	add_subject(plan, &test, nothing);
}

void litmus_plan_make(struct litmus_plan *plan)
{
	unsigned int i;

	plan->nr_rows = 0;
	for (i = 0; i < plan->nr_shapes; i++) {
		unsigned int first = plan->nr_rows;

		add_shape(plan, &plan->shapes[i], 1 + (plan->first_trial + i) % LITMUS_NR_TRIALS);
		for (; first < plan->nr_rows; first++)
			plan->rows[first].shape = i;
	}
}

/* How often @row fires with @timing, as far as a short look tells. The row itself is left alone. */
static void look(struct litmus_row *row, const struct litmus_timing *timing, u64 ns)
{
	static struct litmus_race race;
	u64 positive;

	race = row->race;
	race.timing = *timing;
	litmus_race_run(&race, ~0ul, ns);
	positive = litmus_positive(&race.test, &race.counts);
	row->rate =
		mul_div(positive, 1000000000, positive + litmus_negative(&race.test, &race.counts));
}

/*
 * What a timing is worth to a shape: of each row that is judged, the order of magnitude of its weakest
 * control's rate, added up. A row that it leaves without any weighs more than one that has plenty.
 */
static unsigned int worth(const struct litmus_plan *plan, unsigned int shape)
{
	unsigned int i, which, sum = 0;

	for (i = 0; i < plan->nr_rows; i++) {
		const struct litmus_row *row = &plan->rows[i];
		u64 weakest = ~0ul;

		if (row->shape != shape || row->missing || !is_judged(row) || row->race.test.trial)
			continue;
		for (which = 0; which < LITMUS_NR_CONTROLS; which++)
			if (row->controls[which])
				weakest = min(weakest, row->controls[which]->rate);
		for (; weakest; weakest >>= 1)
			sum++;
	}
	return sum;
}

static bool is_control(const struct litmus_row *row)
{
	return !row->missing && !litmus_is_subject(&row->race.test) && !row->race.test.trial;
}

/* The best timing for a shape, each control being looked at for @ns under each. */
static unsigned int best_timing(struct litmus_plan *plan, unsigned int shape, u64 ns)
{
	unsigned int t, i, best = 0, best_worth = 0;

	for (t = 0; t < ARRAY_SIZE(timings); t++) {
		for (i = 0; i < plan->nr_rows; i++)
			if (plan->rows[i].shape == shape && is_control(&plan->rows[i]))
				look(&plan->rows[i], &timings[t], ns);
		if (worth(plan, shape) <= best_worth)
			continue;
		best_worth = worth(plan, shape);
		best = t; /* @litmus.search */
	}
	return best;
}

static void print_timing(const struct litmus_row *first)
{
	char name[LITMUS_NAME_MAX];

	litmus_name(name, sizeof(name), &first->race.test);
	*strchr(name, '+') = '\0';
	report_info("timing %s: the sender early in %u of %u rounds, %u stores ahead of its own",
		    name, first->race.timing.early, LITMUS_EARLY_OF, first->race.timing.busy);
}

void litmus_plan_search(struct litmus_plan *plan, u64 ns)
{
	unsigned int shape, i, controls = 0, best;
	const struct litmus_row *first;

	for (i = 0; i < plan->nr_rows; i++)
		controls += is_control(&plan->rows[i]);
	ns /= max(controls, 1u) * ARRAY_SIZE(timings);
	if (ns < SEARCH_NS_MIN)
		return;
	for (shape = 0; shape < plan->nr_shapes; shape++) {
		first = NULL;
		best = best_timing(plan, shape, ns);
		for (i = 0; i < plan->nr_rows; i++) {
			if (plan->rows[i].shape != shape)
				continue;
			plan->rows[i].race.timing = timings[best];
			first = first ? first : &plan->rows[i];
		}
		if (first)
			print_timing(first);
	}
}

static void take_turn(struct litmus_plan *plan, struct litmus_row *row, u64 rounds, u64 ns)
{
	u64 before = litmus_positive(&row->race.test, &row->race.counts);

	litmus_race_run(&row->race, rounds, ns);
	plan->lingered[row->race.test.what] += row->race.lingered;
	row->race.lingered = 0;
	row->race.turns++;
	row->race.fired += litmus_positive(&row->race.test, &row->race.counts) > before;
}

/* Does it need more rounds? One for which nothing predicts anything takes fewer turns than others. */
static bool undecided(const struct litmus_plan *plan, const struct litmus_row *row,
		      unsigned int pass)
{
	struct litmus_evidence e = evidence_of(plan, row);
	struct litmus_judgement j = litmus_judge(&e);

	if (j.here == LITMUS_BROKEN_HERE || j.lack == LITMUS_LACKS_MACHINE)
		return false;
	if (j.here == LITMUS_SOUND_HERE)
		return j.expected < ENOUGH * LITMUS_EXPECTED_MIN;
	return j.expected || pass % HOPELESS_EACH == 0;
}

/* Marks what the pass is to run. Returns how many rows that are. */
static unsigned int choose(struct litmus_plan *plan, unsigned int pass)
{
	unsigned int i, nr = 0, which;

	for (i = 0; i < plan->nr_rows; i++)
		plan->rows[i].needed = pass < PASSES / 2;
	for (i = 0; i < plan->nr_rows; i++) {
		struct litmus_row *row = &plan->rows[i];

		if (!is_judged(row) || row->missing || !undecided(plan, row, pass))
			continue;
		row->needed = true;
		for (which = 0; which < LITMUS_NR_CONTROLS; which++)
			if (row->controls[which])
				plan->rows[row->controls[which] - plan->rows].needed = true;
	}
	for (i = 0; i < plan->nr_rows; i++)
		nr += plan->rows[i].needed && !plan->rows[i].missing;
	return nr;
}

/* What was seen in one turn only is looked at again, though the time be over. */
static void repeat_witnesses(struct litmus_plan *plan)
{
	unsigned int i, again;

	for (i = 0; i < plan->nr_rows; i++) {
		struct litmus_row *row = &plan->rows[i];

		if (!litmus_forbidden(&row->race.test) || !row->race.fired)
			continue;
		for (again = 0; again < REPEATS && row->race.fired < LITMUS_FIRED_MIN; again++)
			take_turn(plan, row, 2 * tally_of(row).rounds / row->race.turns,
				  TURN_NS_MAX);
	}
}

void litmus_plan_run(struct litmus_plan *plan, u64 ns)
{
	u64 now = now_ns(), end = now + ns, next = now + PROGRESS_NS;
	unsigned int pass, i, nr, left;
	u64 longest = min(ns / (max(plan->nr_rows, 1u) * PASSES), TURN_NS_MAX), turn;

	for (pass = 0; !pass || now < end; pass++) {
		nr = choose(plan, pass);
		if (!nr && pass % HOPELESS_EACH)
			continue;
		if (!nr)
			break;
		/* Those who come late on a busy machine make the turns shorter, and no row falls away. */
		left = nr * (pass < PASSES ? PASSES - pass : 1);
		turn = now < end ? min((end - now) / left, longest) : 0;
		for (i = 0; i < plan->nr_rows; i++) {
			if (!plan->rows[i].needed || plan->rows[i].missing)
				continue;
			take_turn(plan, &plan->rows[i], ~0ul, now < end ? turn : 0);
			now = now_ns();
			if (now < next)
				continue;
			report_progress("pass=%u rows=%u undecided=%u", pass + 1, plan->nr_rows,
					nr);
			next = now + PROGRESS_NS;
		}
	}
	repeat_witnesses(plan);
}

void litmus_plan_rounds(struct litmus_plan *plan, u64 rounds)
{
	u64 turn = min(rounds, (u64)ROUNDS_TURN), done, said = now_ns();
	unsigned int i;

	for (done = 0; done < rounds; done += turn) {
		for (i = 0; i < plan->nr_rows; i++) {
			struct litmus_row *row = &plan->rows[i];
			bool whole = litmus_is_subject(&row->race.test) ||
				     (row->race.test.matched && !row->race.test.trial);

			if (!row->missing)
				take_turn(plan, row, whole ? turn : turn / CONTROL_SHARE, ~0ul);
		}
		if (now_ns() - said < 10 * PROGRESS_NS)
			continue;
		said = now_ns();
		report_progress("rounds=%lu of %lu", (unsigned long)(done + turn),
				(unsigned long)rounds);
	}
	repeat_witnesses(plan);
}

static void judge_row(struct litmus_plan *plan, const struct litmus_row *row)
{
	struct litmus_evidence e = evidence_of(plan, row);
	struct litmus_judgement j = litmus_judge(&e);

	if (row->race.test.trial) {
		plan->trials++;
		plan->trials_sound += j.here == LITMUS_SOUND_HERE;
		if (j.here != LITMUS_SOUND_HERE)
			return;
	}
	litmus_print_verdict(&row->race.test, &e, row->latency, &j, &row->race.witness);
	if (!litmus_forbidden(&row->race.test))
		return;
	plan->sound += j.here == LITMUS_SOUND_HERE;
	plan->broken += j.here == LITMUS_BROKEN_HERE;
}

void litmus_plan_judge(struct litmus_plan *plan)
{
	const struct litmus_row *row, *end = plan->rows + plan->nr_rows;
	struct litmus_judgement j;
	struct litmus_evidence e;

	for (row = plan->rows; row < end; row++) {
		if (row->missing)
			continue;
		e = evidence_of(plan, row);
		j = litmus_judge(&e);
		litmus_print(&row->race.test, &row->race.counts, row->race.ns, row->latency,
			     plan->relation, &e, litmus_is_subject(&row->race.test) ? &j : NULL);
	}
	for (row = plan->rows; row < end; row++) {
		if (!is_judged(row))
			continue;
		if (!row->missing)
			judge_row(plan, row);
		else if (!row->race.test.trial)
			litmus_print_untestable(&row->race.test, row->missing);
	}
	report_info("litmus: %u forbidden combinations sound here, %u broken here; %u false "
		    "serialisers on trial, %u of them called sound",
		    plan->sound, plan->broken, plan->trials, plan->trials_sound);
}

void litmus_plan_report(const struct litmus_plan *plan, const char *unsound)
{
	if (plan->trials_sound)
		report_error("a false serialiser was called sound: this run proves nothing");
	else if (plan->broken)
		report_fail("%u forbidden combinations were seen", plan->broken);
	else if (!plan->sound)
		report_skip("%s", unsound);
	else
		report_pass();
}

struct litmus_trip litmus_print_pair(const struct topology *topology, u32 sender_apic,
				     u32 victim_apic)
{
	struct litmus_trip trip;
	unsigned int tries = TRIP_TRIES;

	/* A host that has put both on one CPU finds another soon, if it has one. */
	do
		trip = litmus_round_trip();
	while (trip.quick >= LITMUS_APART && --tries);

	report_info("pair sender_apic=%u victim_apic=%u relation=%s core_shift=%u package_shift=%u "
		    "round_trip_cycles=%u",
		    sender_apic, victim_apic,
		    cpu_relation_names[topology_relation(topology, sender_apic, victim_apic)],
		    topology->core_shift, topology->package_shift, trip.median);
	return trip;
}

static bool before(u32 a, u32 b)
{
	return a < b;
}

u32 litmus_median(u32 *samples, unsigned int nr)
{
	sort_u32(samples, nr, before);
	return samples[nr / 2];
}
