// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every protocol through window and storm, one row each: what is broken must be caught, what is
 * sound must not be accused. Questions are put, not judged.
 */
#include <arch/x86_64/tsc.h>
#include <entry/protocol.h>
#include <kernel/config.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <tests/probes.h>
#include <tests/scenario.h>
#include <tests/tlb.h>

#define ROW_NS	    1000000000ul /* at most, unless duration= is given */
#define WINDOW_PART 3		 /* of 4: the rest of a row's time is storm */

static bool expected_to_break(const struct protocol *protocol)
{
	return protocol->kind == PROTOCOL_BROKEN;
}

/* The row of a protocol that is wrong about mappings alone; true if it is as expected. */
static bool run_tlb_row(const struct protocol *protocol)
{
	struct tlb_run run = {.duration_ns = config.given.duration ? config.duration_ns : ROW_NS,
			      .user = USER_MIX,
			      .stop_at_first = true};
	const char *reason = tlb_cannot_judge(protocol), *first = NULL, *point;
	u64 start = now_ns();

	if (!reason) {
		protocol_select(protocol);
		report_violation_mark();
		tlb_run(&run);
		first = report_first_violation(&point);
		protocol_select(protocol_baseline());
		tlb_slots_reset();
	}
	report_result(NULL,
		      "protocol=%s expected=%s observed=%s caught_by=%s point=%s entries=%lu "
		      "ms=%lu events=%lu flushes=%lu skipped=%lu%s%s",
		      protocol->name, protocol_kind_name(protocol),
		      reason  ? "skip"
		      : first ? "broken"
			      : "sound",
		      first ? first : "none", first ? point : "none", run.stats.entries,
		      (now_ns() - start) / 1000000, run.events, run.flushes.flushes,
		      run.stats.ipis_skipped + run.skipped, reason ? " reason=" : "",
		      reason ? reason : "");
	if (reason || !first != expected_to_break(protocol))
		return true;
	report_fail("%s: expected %s, observed %s", protocol->name, protocol_kind_name(protocol),
		    first ? "broken" : "sound");
	return false;
}

/* Runs one protocol; true if the row is as expected. */
static bool run_row(const struct protocol *protocol)
{
	u64 row_ns = config.given.duration ? config.duration_ns : ROW_NS;
	struct scenario scenario = {row_ns * WINDOW_PART / 4, true, false};
	struct scenario_result window, storm = {};
	const char *first, *point;
	char kinds[96];
	u64 start;
	bool good;

	protocol_select(protocol);
	report_violation_mark();
	start = now_ns();
	window_run(&scenario, &window);
	first = report_first_violation(&point);
	if (!first) {
		scenario.duration_ns = row_ns - scenario.duration_ns;
		storm_run(&scenario, &storm);
		first = report_first_violation(&point);
	}
	report_violation_kinds(kinds, sizeof(kinds));
	good = protocol->kind == PROTOCOL_QUESTION || !first != expected_to_break(protocol);
	report_result(
		NULL,
		"protocol=%s expected=%s observed=%s caught_by=%s point=%s entries=%lu ms=%lu "
		"events=%lu pokes=%lu skipped=%lu",
		protocol->name, protocol_kind_name(protocol), first ? "broken" : "sound",
		first ? kinds : "none", first ? point : "none", window.entries + storm.entries,
		(now_ns() - start) / 1000000, window.events, window.pokes + storm.pokes,
		window.skipped + storm.skipped);
	if (!good)
		report_fail("%s: expected %s, observed %s", protocol->name,
			    protocol_kind_name(protocol), first ? "broken" : "sound");
	if (protocol_defers(protocol) && !first && !(window.skipped + storm.skipped))
		report_fail("%s: no CPU was ever skipped, so nothing was tried", protocol->name);
	return good;
}

/* What a broken protocol did must not stay: with everyone told, all sites are as they should be. */
static void check_damage(void)
{
	u64 before = report_violations();

	protocol_select(protocol_baseline());
	probes_check_final();
	if (report_violations() != before)
		report_error("a broken protocol left damage behind; boot again for the next one");
}

static void run_mutants(int variant)
{
	const struct protocol *configured = protocol_selected();
	const char *impossible = scenario_impossible();
	unsigned int i, rows = 0, good = 0;

	if (impossible) {
		report_skip("%s", impossible);
		return;
	}
	report_expect_violations();
	for (i = 0; i < nr_protocols; i++) {
		/* protocol= narrows the table down to one; without it all are meant. */
		if (config.given.protocol && &protocols[i] != configured)
			continue;
		report_step(protocols[i].name);
		good += tlb_concerns(&protocols[i]) ? run_tlb_row(&protocols[i])
						    : run_row(&protocols[i]);
		rows++;
		check_damage();
	}
	protocol_select(configured);
	report_info("mutants: %u of %u rows as expected", good, rows);
	report_pass();
}

DEFINE_TEST(TEST_EXTRA + 30, "mutants",
	    "every protocol through window and storm: broken ones are caught, sound ones are not",
	    "an isolated CPU, pti=on", run_mutants);
