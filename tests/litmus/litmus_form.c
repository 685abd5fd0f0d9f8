// SPDX-License-Identifier: BSD-2-Clause
#include <kernel/lib/printf.h>
#include <kernel/report.h>
#include <tests/litmus/litmus_form.h>

const struct litmus_serializer_info litmus_serializers[LITMUS_NR_SERIALIZERS] = {
#define X(id, name, role) {name, LITMUS_##role},
	LITMUS_UNPRIVILEGED(X) LITMUS_PRIVILEGED(X)
#undef X
};

static const char *const store_names[] = {"byte", "aligned", "line", "page"};
static const char *const cache_names[] = {"warm", "cold"};
static const char *const seen_names[] = {"old", "new", "torn"};

size_t litmus_name(char *buf, size_t size, const struct litmus_test *test)
{
	return scnprintf(
		buf, size, "%s.%s.%s.%s%s.k%u+%s+%s", test->pattern == LITMUS_SB ? "SB" : "MP",
		test->what == LITMUS_TEXT ? "F" : "PTE", store_names[test->store],
		cache_names[test->cache], test->alias == LITMUS_ALIAS ? "" : ".same",
		test->contended, test->sender_barrier ? "mb" : "po",
		test->serializer == LITMUS_NONE ? "po" : litmus_serializers[test->serializer].name);
}

/* What drops translations of the page in question (SDM vol. 3, 4.10.4.1). */
static bool drops_walks(enum litmus_serializer which)
{
	return which == LITMUS_CR3_FLUSH || which == LITMUS_CR3_SAME || which == LITMUS_INVPCID ||
	       which == LITMUS_INVLPG;
}

bool litmus_forbidden(const struct litmus_test *test)
{
	bool victim = litmus_serializers[test->serializer].role == LITMUS_SERIALIZES;

	if (test->what == LITMUS_PTE)
		victim = drops_walks(test->serializer);
	return victim && (test->sender_barrier || test->pattern == LITMUS_MP);
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
	u64 sum = 0;

	for (int s = 0; s < 2; s++)
		for (int seen = 0; seen < LITMUS_NR_SEEN; seen++)
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

void litmus_print(const struct litmus_test *test, const struct litmus_counts *counts, u64 ns)
{
	unsigned long positive = litmus_positive(test, counts),
		      negative = litmus_negative(test, counts);
	const char *what = test->what == LITMUS_TEXT ? "text" : "page", *observed = "Sometimes";
	bool forbidden = litmus_forbidden(test);
	char name[LITMUS_NAME_MAX];

	if (!positive)
		observed = "Never";
	else if (!negative)
		observed = "Always";
	litmus_name(name, sizeof(name), test);
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
	report_result(
		"litmus",
		"name=%s serializer=%s sender_barrier=%s rounds=%lu positive=%lu negative=%lu",
		name, litmus_serializers[test->serializer].name,
		test->sender_barrier ? "on" : "off", positive + negative, positive, negative);
}

enum litmus_here litmus_judge(const struct litmus_test *test, const struct litmus_counts *counts,
			      const struct litmus_controls *controls)
{
	if (litmus_positive(test, counts)) /* @litmus.positive */
		return LITMUS_BROKEN_HERE;
	if (controls->victim < LITMUS_VICTIM_CONTROL_MIN) /* @litmus.victim-control */
		return LITMUS_NOT_TESTABLE_HERE;
	if (test->pattern == LITMUS_SB &&
	    controls->sender < LITMUS_SENDER_CONTROL_MIN) /* @litmus.sender-control */
		return LITMUS_NOT_TESTABLE_HERE;
	return LITMUS_SOUND_HERE;
}

void litmus_add_control(struct litmus_controls *controls, const struct litmus_test *subject,
			const struct litmus_test *other, u64 positive)
{
	if (other->sender_barrier && litmus_serializers[other->serializer].role == LITMUS_CONTROL)
		controls->victim = max(controls->victim, positive);
	if (!other->sender_barrier && other->serializer == subject->serializer)
		controls->sender = positive;
}

enum litmus_here litmus_verdict(const struct litmus_test *test, const struct litmus_counts *counts,
				const struct litmus_controls *controls, const char *untestable)
{
	char name[LITMUS_NAME_MAX], numbers[120];
	enum litmus_here here;
	u64 positive;

	litmus_name(name, sizeof(name), test);
	if (untestable) {
		report_info("here %s: not testable here: %s", name, untestable);
		return LITMUS_NOT_TESTABLE_HERE;
	}
	here = litmus_judge(test, counts, controls);
	positive = litmus_positive(test, counts);
	scnprintf(numbers, sizeof(numbers), "%lu of %lu; controls: victim %lu, sender %lu",
		  (unsigned long)positive,
		  (unsigned long)(positive + litmus_negative(test, counts)),
		  (unsigned long)controls->victim, (unsigned long)controls->sender);
	if (here == LITMUS_SOUND_HERE)
		report_info("here %s: sound here: %s", name, numbers);
	else if (here == LITMUS_BROKEN_HERE)
		report_info("here %s: broken here: S=%d and not all new: %s", name, litmus_s(test),
			    numbers);
	else
		report_info("here %s: not testable here: %s fired too rarely: %s", name,
			    controls->victim < LITMUS_VICTIM_CONTROL_MIN ? "the victim's control"
									 : "the sender's control",
			    numbers);
	return here;
}
