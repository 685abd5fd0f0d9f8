// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every protocol through window and storm, one row each.
 *
 * Rule: a check that was never seen to fail proves nothing. The protocols that are known to be
 * broken differ from the sound one in one step each, so each of them is a question to the oracles:
 * would you notice if this step were missing?
 *
 * Reached: each protocol in turn is what the entry code, the sender and the engine follow; then
 * window sweeps all points and storm runs freely, both until the first violation. Protocols that
 * are wrong about mappings alone change mappings instead of text (tests/tlb).
 *
 * Broken: a broken protocol that nobody caught, one that was caught by an oracle other than those
 * that its row names, or a sound protocol that was accused. Each fails the test by the protocol's
 * name.
 *
 * Enough: the oracles do not know which protocol is running (make check sees to it). Silence
 * counts only where everything was tried that a row promises to try. What this kernel's own
 * serialising instructions hide, on any machine, is put as a question and answered by SKIP.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/tsc.h>
#include <entry/protocol/protocol.h>
#include <kernel/config.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <patching/text_poke.h>
#include <tests/probes/probes.h>
#include <tests/scenarios/poke_stats.h>
#include <tests/scenarios/programs.h>
#include <tests/scenarios/scenario.h>
#include <tests/tlb/tlb.h>

#define ROW_NS	       1000000000ul /* at most, unless duration= is given */
#define WINDOW_PART    3	    /* of 4: the rest of a row's time is storm */
#define GAP_NS	       20000000ul
#define ALL_SITES      (~0u) /* of every context */
#define WINDOW_VICTIMS 1     /* the storm has them all */
#define STORMS	       8     /* at most */

/* What one row came to, in the order of the words below. */
enum observed {
	OBSERVED_SOUND,
	OBSERVED_BROKEN,
	OBSERVED_UNTRIED,
	OBSERVED_SKIP
};
static const char *const observed_names[] = {"sound", "broken", "untried", "skip"};

/* Why silence would say nothing about @protocol here; NULL: it says something. */
static const char *cannot_judge(const struct protocol *protocol)
{
	if (protocol->kind == PROTOCOL_QUESTION)
		return "this kernel closes that window itself, by the CR3 write after each text "
		       "write and the IRET of each point; test=litmus and make silicon ask";
	return tlb_concerns(protocol) ? tlb_cannot_judge(protocol) : NULL;
}

/* @text as the value of a key: in one word. */
static const char *as_word(const char *text)
{
	static char word[256];
	char *c;

	strscpy(word, text, sizeof(word));
	for (c = word; *c; c++)
		if (*c == ' ')
			*c = '-';
	return word;
}

/* Silence counts only where everything was tried that the row promises to try. */
static bool all_tried(const struct protocol *protocol, const struct scenario_result *window,
		      const struct scenario_result *storm)
{
	return !window->untried && !storm->untried && window->answered &&
	       (!protocol_defers(protocol) || (window->skipped && storm->skipped));
}

/* By whom, and where, a protocol was caught; NULL if it was not. */
struct finding {
	const char *oracle, *point;
	bool named; /* the oracle is one that the table of protocols names */
};

/* Is @word one of those in @list? No oracle's name is part of another's. */
static bool names(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (; list && strlen(list) >= len; list++)
		if (!memcmp(list, word, len))
			return true;
	return false;
}

/* Several may have seen it: the first that is named, or else the first. */
static struct finding caught(const struct protocol *protocol)
{
	struct finding first = {}, finding = {};
	unsigned int i;

	for (i = 0; (finding.oracle = report_violation_kind(i, &finding.point)); i++) {
		finding.named = names(protocol->caught_by, finding.oracle);
		if (finding.named)
			return finding;
		if (!i)
			first = finding;
	}
	return first;
}

/* What is wrong about mappings alone: they change, instead of text. */
static enum observed run_mappings(const struct protocol *protocol, struct scenario_result *result)
{
	struct tlb_run run = {.duration_ns = param_given(duration) ? config.duration_ns : ROW_NS,
			      .user = USER_MIX,
			      .stop_at_first = true};

	*result = (struct scenario_result){};
	report_violation_mark();
	if (cannot_judge(protocol))
		return OBSERVED_SKIP;
	tlb_run(&run);
	protocol_select(protocol_baseline());
	tlb_slots_reset();
	result->entries = run.stats.entries;
	result->events = run.events;
	result->skipped = run.stats.ipis_skipped + run.skipped;
	if (caught(protocol).oracle)
		return OBSERVED_BROKEN;
	return result->skipped && run.events ? OBSERVED_SOUND : OBSERVED_UNTRIED;
}

/*
 * Has the row under way been decided? What is missing may show in several ways, and first in one that its
 * row does not name: an emulator that keeps a translation of text nobody was told of goes on saying so.
 */
static bool row_found(void)
{
	struct finding finding = caught(protocol_selected());

	return finding.oracle && (finding.named || protocol_selected()->kind != PROTOCOL_BROKEN);
}

static enum observed run_scenarios(const struct protocol *protocol, struct scenario_result *window,
				   struct scenario_result *storm)
{
	u64 row_ns = param_given(duration) ? config.duration_ns : ROW_NS;
	struct scenario scenario = {row_ns * WINDOW_PART / 4, WINDOW_VICTIMS, row_found, false};

	unsigned int storms = protocol_defers(protocol) ? STORMS : 1;

	*storm = (struct scenario_result){};
	report_violation_mark();
	window_run(&scenario, window);
	scenario.duration_ns = row_ns - scenario.duration_ns;
	scenario.victims = PROGRAMS_ALL;
	/* On a crowded host a storm may be over after a poke or two, which skipped nobody. */
	while (!row_found() && storms-- && !storm->skipped)
		storm_run(&scenario, storm);
	if (caught(protocol).oracle)
		return OBSERVED_BROKEN;
	if (cannot_judge(protocol))
		return OBSERVED_SKIP;
	return all_tried(protocol, window, storm) ? OBSERVED_SOUND : OBSERVED_UNTRIED;
}

/* The row as a verdict on this machine, as test=litmus puts it. */
static void print_here(const struct protocol *protocol, enum observed observed)
{
	struct finding finding = caught(protocol);

	if (observed == OBSERVED_BROKEN)
		report_info("here %s: broken here: %s at point %s", protocol->name, finding.oracle,
			    finding.point);
	else if (observed == OBSERVED_SOUND)
		report_info("here %s: sound here", protocol->name);
	else
		report_info("here %s: not testable here: %s", protocol->name,
			    observed == OBSERVED_SKIP
				    ? cannot_judge(protocol)
				    : "not everything could be tried in the time given");
}

/*
 * An int3 that nobody owns stands for as long as one write takes, in which others may not run at
 * all on a crowded host: it is left there until somebody is in it.
 */
static void hold_gap(void)
{
	u64 end = now_ns() + GAP_NS;
	unsigned int cpu;

	while (now_ns() < end) {
		for_each_online_cpu(cpu)
			if (READ_ONCE(cpus[cpu].orphan_ip))
				return;
		cpu_relax();
	}
}

/* Runs one protocol and prints its row. */
static enum observed run_row(const struct protocol *protocol)
{
	struct scenario_result window, storm = {};
	enum observed observed;
	struct finding finding;
	u64 start;

	protocol_select(protocol);
	start = now_ns();
	text_poke_gap_hook = hold_gap;
	observed = tlb_concerns(protocol) ? run_mappings(protocol, &window)
					  : run_scenarios(protocol, &window, &storm);
	text_poke_gap_hook = NULL;
	finding = caught(protocol);
	report_result(NULL,
		      "protocol=%s expected=%s observed=%s caught_by=%s point=%s entries=%lu "
		      "ms=%lu events=%lu pokes=%lu skipped=%lu answered=%lu nmi=%lu "
		      "untried=%u%s%s",
		      protocol->name, protocol_kind_name(protocol), observed_names[observed],
		      finding.oracle ? finding.oracle : "none",
		      finding.oracle ? finding.point : "none", window.entries + storm.entries,
		      (now_ns() - start) / 1000000, window.events, window.pokes + storm.pokes,
		      window.skipped + storm.skipped, window.answered, window.nmis + storm.nmis,
		      window.untried + storm.untried, observed == OBSERVED_SKIP ? " reason=" : "",
		      observed == OBSERVED_SKIP ? as_word(cannot_judge(protocol)) : "");
	print_here(protocol, observed);
	return observed;
}

/* True if the row is as expected, or cannot be. What is not fails the test here. */
static bool judge_row(const struct protocol *protocol, enum observed observed)
{
	enum observed wanted = protocol->kind == PROTOCOL_BROKEN ? OBSERVED_BROKEN : OBSERVED_SOUND;

	if (observed == OBSERVED_BROKEN && wanted == observed && !caught(protocol).named) {
		report_fail("%s: caught by %s, expected %s", protocol->name,
			    caught(protocol).oracle, protocol->caught_by);
		return false;
	}
	if (observed == wanted || observed == OBSERVED_SKIP || protocol->kind == PROTOCOL_QUESTION)
		return true;
	if (observed == OBSERVED_UNTRIED && wanted == OBSERVED_SOUND)
		report_error("%s: not everything could be tried in the time given; raise duration=",
			     protocol->name);
	else
		report_fail("%s: expected %s, observed %s", protocol->name,
			    protocol_kind_name(protocol), observed_names[observed]);
	return false;
}

/*
 * With nothing in flight all sites are as they should be. What was caught may have left a CPU with
 * old text, an emulator with a translation of it: there every site is written anew, and all told.
 */
static void check_damage(const struct protocol *protocol, enum observed observed)
{
	u64 before = report_violations();
	struct random_stream random;

	protocol_select(protocol_baseline());
	if (observed == OBSERVED_BROKEN) {
		random_init(&random, config.seed, RANDOM_POKES, 0);
		probes_poke_some(&random, ALL_SITES);
		before = report_violations();
	}
	probes_check_final();
	if (report_violations() == before)
		return;
	if (observed == OBSERVED_BROKEN)
		report_error("%s left damage behind; boot again for the next one", protocol->name);
	else
		report_fail("%s: sites are not as they were committed", protocol->name);
}

static void run_mutants(int variant)
{
	const struct protocol *configured = protocol_selected();
	const char *impossible = scenario_impossible();
	unsigned int i, rows = 0, good = 0, skipped = 0;
	enum observed observed;
	/* protocol= and sync=ipi narrow the table down to one; without them all are meant. */
	bool narrowed = param_given(protocol) || config.sync == SYNC_IPI;

	if (impossible) {
		report_skip("%s", impossible);
		return;
	}
	report_expect_violations();
	for (i = 0; i < nr_protocols; i++) {
		if (narrowed && &protocols[i] != configured)
			continue;
		report_step(protocols[i].name);
		observed = run_row(&protocols[i]);
		good += judge_row(&protocols[i], observed);
		skipped += observed == OBSERVED_SKIP;
		rows++;
		check_damage(&protocols[i], observed);
	}
	protocol_select(configured);
	report_info("mutants: %u of %u rows as expected, %u skipped", good - skipped,
		    rows - skipped, skipped);
	if (rows == skipped)
		report_skip("%s: this platform cannot judge it", configured->name);
	else
		report_pass();
}

DEFINE_TEST(TEST_EXTRA + 30, "mutants",
	    "every protocol through window and storm: broken ones are caught, sound ones are not",
	    "an isolated CPU, pti=on", run_mutants, .judges_text = true);
