// SPDX-License-Identifier: BSD-2-Clause
#include <kernel/lib/printf.h>
#include <kernel/report.h>
#include <tests/litmus/litmus_form.h>

const struct litmus_serializer_info litmus_serializers[LITMUS_NR_SERIALIZERS] = {
#define USER(id, name, role, need, insn)   {name, LITMUS_##role, LITMUS_NEEDS_##need, false},
#define KERNEL(id, name, role, need, insn) {name, LITMUS_##role, LITMUS_NEEDS_##need, true},
	LITMUS_SERIALIZERS(USER, KERNEL)
#undef USER
#undef KERNEL
};

#define FILLED(id, name, role, need, insn) \
	_Static_assert(sizeof(#insn) > 1, name ": a row without an instruction");
LITMUS_SERIALIZERS(FILLED, FILLED)
#undef FILLED

const char *const litmus_need_texts[] = {
#define X(id, text) text,
	LITMUS_NEEDS(X)
#undef X
};

const struct litmus_trial litmus_trials[LITMUS_NR_TRIALS] = {
	{"none", LITMUS_NONE},
	{"sfence", LITMUS_SFENCE},
	{"delay200", LITMUS_DELAY, 200},
	{"delay500", LITMUS_DELAY, 500},
	{"delay1000", LITMUS_DELAY, 1000},
	{"delay2000", LITMUS_DELAY, 2000},
};

static const char *const control_names[] = {
	[LITMUS_NOTHING] = "nothing in place of the instruction",
	[LITMUS_DELAYED] = "a mere delay in its place",
	[LITMUS_SENDER] = "no barrier at the sender",
};
static const char *const store_names[] = {"byte", "aligned", "line", "page"};
static const char *const cache_names[] = {"warm", "cold"};
static const char *const seen_names[] = {"old", "new", "torn"};

static size_t victim_name(char *buf, size_t size, const struct litmus_test *test)
{
	return scnprintf(buf, size, "%s%s%s", test->matched ? "delay-" : "",
			 test->trial ? "trial-" : "",
			 test->trial ? litmus_trials[test->trial - 1].name
				     : litmus_serializers[test->serializer].name);
}

static const char *sender_name(const struct litmus_test *test)
{
	if (!test->sender_barrier)
		return "po";
	return test->write_end ? "write-end" : "mb";
}

size_t litmus_name(char *buf, size_t size, const struct litmus_test *test)
{
	char victim[40];

	victim_name(victim, sizeof(victim), test);
	return scnprintf(buf, size, "%s.%s.%s.%s%s.k%u+%s+%s",
			 test->pattern == LITMUS_SB ? "SB" : "MP",
			 test->what == LITMUS_TEXT ? "F" : "PTE", store_names[test->store],
			 cache_names[test->cache], test->alias == LITMUS_ALIAS ? "" : ".same",
			 test->contended, sender_name(test),
			 test->serializer == LITMUS_NONE && !test->trial ? "po" : victim);
}

bool litmus_forbidden(const struct litmus_test *test)
{
	enum litmus_role role = litmus_serializers[test->serializer].role;
	bool victim = role == LITMUS_FLUSHES ||
		      role == (test->what == LITMUS_TEXT ? LITMUS_SERIALIZES : LITMUS_DROPS);

	if (test->matched || test->trial)
		return false;
	return victim && (test->sender_barrier || test->pattern == LITMUS_MP);
}

bool litmus_is_subject(const struct litmus_test *test)
{
	return !test->matched && !test->trial &&
	       (test->sender_barrier || test->pattern == LITMUS_MP) &&
	       litmus_serializers[test->serializer].role != LITMUS_CONTROL;
}

/* S as it is read in the outcome in question. */
static int litmus_s(const struct litmus_test *test)
{
	return test->pattern == LITMUS_MP;
}

u64 litmus_positive(const struct litmus_test *test, const struct litmus_counts *counts)
{
	const u64 *seen = counts->count[litmus_s(test)];

	return seen[LITMUS_OLD] + seen[LITMUS_TORN]; /* @litmus.torn */
}

u64 litmus_negative(const struct litmus_test *test, const struct litmus_counts *counts)
{
	int s, seen;
	u64 sum = 0;

	for (s = 0; s < 2; s++)
		for (seen = 0; seen < LITMUS_NR_SEEN; seen++)
			sum += counts->count[s][seen];
	return sum - litmus_positive(test, counts);
}

static void print_histogram(const struct litmus_test *test, const struct litmus_counts *counts,
			    const char *what)
{
	int reader = test->pattern == LITMUS_MP, s, seen, states = 0;

	for (s = 0; s < 2; s++)
		for (seen = 0; seen < LITMUS_NR_SEEN; seen++)
			states += counts->count[s][seen] != 0;
	report_info("Histogram (%d states)", states);
	for (s = 0; s < 2; s++)
		for (seen = 0; seen < LITMUS_NR_SEEN; seen++)
			if (counts->count[s][seen])
				report_info("%-10lu%c>%d:S=%d; 1:%s=%s;",
					    (unsigned long)counts->count[s][seen],
					    s == litmus_s(test) && seen != LITMUS_NEW ? '*' : ':',
					    reader, s, what, seen_names[seen]);
}

/* One word, as interface.md's key `verdict` has it. */
static const char *verdict_word(const struct litmus_judgement *judgement)
{
	if (!judgement)
		return "control";
	if (judgement->here == LITMUS_SOUND_HERE)
		return "sound";
	return judgement->here == LITMUS_BROKEN_HERE ? "broken" : "untestable";
}

/* litmus7's own form. */
static void print_form(const struct litmus_test *test, const struct litmus_counts *counts, u64 ns,
		       const char *name)
{
	unsigned long positive = litmus_positive(test, counts),
		      negative = litmus_negative(test, counts);
	const char *what = test->what == LITMUS_TEXT ? "text" : "page", *observed = "Sometimes";
	bool forbidden = litmus_forbidden(test);

	if (!positive)
		observed = "Never";
	else if (!negative)
		observed = "Always";
	report_info("Test %s %s", name, forbidden ? "Forbidden" : "Allowed");
	print_histogram(test, counts, what);
	report_info("%s", forbidden == !positive ? "Ok" : "No");
	report_info("Witnesses");
	report_info("Positive: %lu, Negative: %lu", positive, negative);
	report_info("Condition %sexists (%d:S=%d /\\ (1:%s=old \\/ 1:%s=torn)) is %svalidated",
		    forbidden ? "~" : "", litmus_s(test), litmus_s(test), what, what,
		    forbidden == !positive ? "" : "NOT ");
	report_info("Observation %s %s %lu %lu", name, observed, positive, negative);
	report_info("Time %s %lu.%03lu", name, (unsigned long)(ns / 1000000000),
		    (unsigned long)(ns / 1000000 % 1000));
}

void litmus_print(const struct litmus_test *test, const struct litmus_counts *counts, u64 ns,
		  unsigned int latency, const char *relation,
		  const struct litmus_evidence *evidence, const struct litmus_judgement *judgement)
{
	unsigned long positive = litmus_positive(test, counts),
		      negative = litmus_negative(test, counts);
	char name[LITMUS_NAME_MAX], victim[40];

	litmus_name(name, sizeof(name), test);
	/* The two kinds of control that exist for one row alone are their numbers; a slow line counts. */
	if (!test->matched && !test->trial)
		print_form(test, counts, ns, name);
	victim_name(victim, sizeof(victim), test);
	report_result(
		"litmus",
		"name=%s serializer=%s sender_barrier=%s rounds=%lu positive=%lu negative=%lu "
		"expected=%lu bound_ppm=%lu.%03lu latency_cycles=%u turns=%u fired=%u "
		"met=%s relation=%s verdict=%s",
		name, victim, test->sender_barrier ? "on" : "off", positive + negative, positive,
		negative, (unsigned long)(judgement ? judgement->expected : 0),
		(unsigned long)(judgement ? judgement->bound_ppb / 1000 : 0),
		(unsigned long)(judgement ? judgement->bound_ppb % 1000 : 0), latency,
		evidence->row.turns, evidence->row.fired, evidence->met ? "yes" : "no", relation,
		verdict_word(judgement));
}

static void print_lack(const char *name, const struct litmus_evidence *e, unsigned int latency,
		       const struct litmus_judgement *j)
{
	const struct litmus_tally *weakest = &e->controls[j->weakest];
	unsigned long seen = e->row.positive, rounds = e->row.rounds;

	switch (j->lack) {
	case LITMUS_LACKS_MACHINE:
		report_info("here %s: not testable here: old text was executed %lu times after a "
			    "meeting and a serialising instruction: this machine keeps it",
			    name, (unsigned long)e->lingered);
		break;
	case LITMUS_LACKS_REPETITION:
		report_info("here %s: not testable here: %lu of %lu, in one turn of %u: not "
			    "repeated",
			    name, seen, rounds, e->row.turns);
		break;
	case LITMUS_LACKS_MEETING:
		report_info(
			"here %s: not testable here: %lu of %lu, but the two never met: S=0 with "
			"new and S=1 with old were not both seen of each victim",
			name, seen, rounds);
		break;
	case LITMUS_LACKS_CONTROL:
		report_info(
			"here %s: not testable here: %lu of %lu, but not all of its controls ran",
			name, seen, rounds);
		break;
	case LITMUS_LACKS_DIFFERENCE:
		report_info("here %s: not testable here: %lu of %lu, and none of %lu either with a "
			    "mere delay of %u cycles: order and delay are not told apart",
			    name, seen, rounds, (unsigned long)e->controls[LITMUS_DELAYED].rounds,
			    latency);
		break;
	case LITMUS_LACKS_NOTHING:
	case LITMUS_LACKS_RATE:
		report_info("here %s: not testable here: %lu of %lu; %lu expected by %s (%lu of "
			    "%lu), %u needed%s",
			    name, seen, rounds, (unsigned long)j->expected,
			    control_names[j->weakest], (unsigned long)weakest->positive,
			    (unsigned long)weakest->rounds, LITMUS_EXPECTED_MIN,
			    j->more_s ? "" : ": no telling how long that takes");
		if (j->more_s)
			report_info("here %s: some %lu s more of this row would do", name,
				    (unsigned long)j->more_s);
	}
}

void litmus_print_verdict(const struct litmus_test *test, const struct litmus_evidence *e,
			  unsigned int latency, const struct litmus_judgement *j,
			  const struct litmus_witness *w)
{
	const struct litmus_tally *weakest = &e->controls[j->weakest];
	unsigned long seen = e->row.positive, rounds = e->row.rounds;
	char name[LITMUS_NAME_MAX];

	litmus_name(name, sizeof(name), test);
	if (j->here == LITMUS_NOT_TESTABLE_HERE) {
		print_lack(name, e, latency, j);
	} else if (j->here == LITMUS_SOUND_HERE) {
		report_info(
			"here %s: sound here: 0 of %lu; %lu expected by %s (%lu of %lu); its rate "
			"is below %lu.%03lu ppm at 95 %%",
			name, rounds, (unsigned long)j->expected, control_names[j->weakest],
			(unsigned long)weakest->positive, (unsigned long)weakest->rounds,
			(unsigned long)(j->bound_ppb / 1000), (unsigned long)(j->bound_ppb % 1000));
	} else {
		report_info("here %s: broken here: S=%d and not all new: %lu of %lu, in %u of %u "
			    "turns",
			    name, litmus_s(test), seen, rounds, e->row.fired, e->row.turns);
		report_info(
			"witness %s: turn %u, victim %u, site %u: S=%d, got 0x%x where 0x%x stood "
			"and 0x%x came; lead %ld, period %lu cycles",
			name, w->turn, w->victim, w->site, litmus_s(test), w->got, w->old, w->new,
			(long)w->lead, (unsigned long)w->period);
	}
}

void litmus_print_untestable(const struct litmus_test *test, const char *why)
{
	char name[LITMUS_NAME_MAX];

	litmus_name(name, sizeof(name), test);
	report_info("here %s: not testable here: %s", name, why);
}
