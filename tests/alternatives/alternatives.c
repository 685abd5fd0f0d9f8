// SPDX-License-Identifier: BSD-2-Clause
/*
 * The alternatives engine in this kernel's own text, and the engine as it was before beside it.
 *
 * Rule: each location gets the last alternative whose feature is there, padded with NOPs, with
 * relative targets that lead where they led, and is written once. Written more than once, it holds
 * for a while what nobody chose, for an NMI to execute, and a direct call no longer finds the
 * indirect one that it replaces (J. Gross, "x86/alternative: Patch a single alternative location
 * only once", tip commit a17e1039874831c49d3c15d699a65a8f8130dbb5).
 *
 * Reached: 256 subsets of eight made-up features over all test locations, in C and in assembly.
 * Then interrupts and NMIs, sent by the CPU that writes and by others, read and execute a location
 * between its writes (alternatives_visible.c).
 *
 * Broken: bytes that differ from those the assembler made beforehand, code that yields another
 * value than its variant's, a number of writes that is not one, or a mixture seen by an event.
 *
 * Enough: the expected bytes come from the assembler, not from the engine. The old engine must
 * fail where the rule says so and nowhere else; were it never seen to fail, the test would be an
 * ERROR.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/tsc.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <kernel/tick.h>
#include <patching/kernel/alternatives.h>
#include <patching/text_poke_arch.h>
#include <tests/alternatives/alternatives_cases.h>
#include <tests/alternatives/old_alternative.h>

#define SUBSETS	    256
#define FAILURES    8 /* reported one by one */
#define OLD_SUBSETS 32

static struct {
	u64 writes, comparisons, failures;
	u64 old_writes, old_refused, old_equal;
	u64 told; /* old engine's failures that were shown, a bit a case */
} counts;

static void fail(const struct alt_work *w, const char *what)
{
	if (counts.failures++ < FAILURES)
		report_info("%s at %pS, test features %02x: %s; there is %*ph, expected %*ph",
			    w->c->name, (void *)w->addr, alt_features[CPUFEATURE_WORD_TEST], what,
			    (int)w->len, (void *)w->addr, (int)w->len,
			    alt_expected_bytes(w, alt_expected(w)));
	report_fail("%s: %s", w->c->name, what);
}

static struct alt_work *work_at(unsigned long addr)
{
	unsigned int i;

	for (i = 0; i < alt_works_nr; i++)
		if (alt_works[i].addr == addr)
			return &alt_works[i];
	return NULL;
}

static void read_original(void *ctx, unsigned long addr, u8 *buf, size_t len)
{
	memcpy(buf, work_at(addr)->original, len);
}

static int count_write(void *ctx, unsigned long addr, const u8 *bytes, size_t len)
{
	work_at(addr)->writes++;
	text_write(addr, bytes, len);
	return 0;
}

static enum alt_error reported;

static void note_error(void *ctx, enum alt_error error, const struct alt_instr *culprit,
		       const struct alt_instr *other)
{
	reported = error;
}

static const struct alt_env env = {
	.features = alt_features,
	.feature_words = CPUFEATURE_WORDS,
	.read_original = read_original,
	.write = count_write,
	.report = note_error,
};

/* A subset: the tests' features, and the three that the XSAVE examples are about. */
static void set_features(u32 subset, u32 xsave)
{
	alt_features[CPUFEATURE_WORD_TEST] = subset;
	alt_features[X86_FEATURE_XSAVES / 32] = xsave;
}

static void check(struct alt_work *w)
{
	unsigned int variant = alt_expected(w);

	counts.comparisons++;
	if (memcmp((void *)w->addr, alt_expected_bytes(w, variant), w->len))
		fail(w, "wrong bytes");
	if (!w->c->run)
		return;
	counts.comparisons++;
	if (w->c->run() != w->c->variants[variant].value)
		fail(w, "does something else than its variant");
}

/* Table entries of neighbouring cases lie together, so this is as few calls as there are files. */
static void apply(void)
{
	const struct alt_instr *end;
	unsigned int i, next;

	for (i = 0; i < alt_works_nr; i++)
		alt_works[i].writes = 0;
	text_write_begin();
	for (i = 0; i < alt_works_nr; i = next) {
		end = alt_works[i].end;
		for (next = i + 1; next < alt_works_nr && alt_works[next].first == end; next++)
			end = alt_works[next].end;
		if (apply_alternatives(alt_works[i].first, end, &env) != next - i)
			fail(&alt_works[i], "not every location was applied");
	}
	text_write_end();
	sync_self();
}

static void apply_and_check(void)
{
	unsigned int i;

	apply();
	for (i = 0; i < alt_works_nr; i++) {
		counts.writes += alt_works[i].writes;
		if (alt_works[i].writes != 1)
			fail(&alt_works[i], "not written exactly once");
		check(&alt_works[i]);
	}
}

/* One write an entry: with this table it must find its indirect call gone, or not. */
static bool old_must_fail(const struct alt_work *w)
{
	bool applied = false;
	unsigned int i;
	u32 feature;

	for (i = 1; i <= w->c->entries; i++) {
		feature = w->c->variants[i].feature;
		if (!alt_present(feature))
			continue;
		if (feature & ALT_DIRECT_CALL(0) && applied)
			return true;
		applied = true;
	}
	return false;
}

static void show_old_failure(const struct alt_work *w)
{
	unsigned int nr = w - alt_works;

	if (counts.told & BIT(nr))
		return;
	counts.told |= BIT(nr);
	report_info("old engine: %s, test features %02x: %s; the first entry has put %*ph where "
		    "%*ph was; the new engine: %*ph",
		    w->c->name, alt_features[CPUFEATURE_WORD_TEST], alt_strerror(reported),
		    (int)w->len, (void *)w->addr, (int)w->len, w->original, (int)w->len,
		    alt_expected_bytes(w, alt_expected(w)));
}

static void compare_old(struct alt_work *w)
{
	int result;

	w->writes = 0;
	reported = ALT_OK;
	text_write_begin();
	text_write(w->addr, w->original, w->len);
	result = old_apply_alternatives(w->first, w->end, &env);
	text_write_end();
	counts.old_writes += w->writes;
	counts.comparisons++;
	if (old_must_fail(w)) {
		if (result != -ALT_ERR_NOT_CALL || reported != ALT_ERR_NOT_CALL)
			fail(w, "the old engine should not have found the indirect call");
		counts.old_refused++;
		show_old_failure(w);
		return;
	}
	if (result != w->c->entries || w->writes != w->c->entries ||
	    memcmp((void *)w->addr, alt_expected_bytes(w, alt_expected(w)), w->len))
		fail(w, "the old engine yields something else");
	counts.old_equal++;
}

static void show_example(const char *name)
{
	const struct alt_work *w = alt_work_find(name);

	report_info("%s at %pS: %*ph -> %*ph, variant %u", name, (void *)w->addr, (int)w->len,
		    w->original, (int)w->len, (void *)w->addr, alt_expected(w));
}

static void all_subsets(void)
{
	u32 xsave = cpu_caps[X86_FEATURE_XSAVES / 32], subset;
	unsigned int i;

	for (subset = 0; subset < SUBSETS; subset++) {
		watchdog_touch();
		/* Every subset of XSAVEOPT, XSAVEC, XSAVES goes along: bits 0, 1 and 3. */
		set_features(subset, (xsave & ~0xbu) | (subset & 3) | (subset & 4) << 1);
		apply_and_check();
		if (subset % (SUBSETS / OLD_SUBSETS) != (subset / OLD_SUBSETS))
			continue;
		for (i = 0; i < alt_works_nr; i++)
			compare_old(&alt_works[i]);
	}
}

/* As the boot left it, and as it shall be left. */
static void real_features(void)
{
	memcpy(alt_features, cpu_caps, sizeof(alt_features));
}

static void run_alternatives(int variant)
{
	struct alt_visible_counts seen = {0};
	u64 start = now_ns(), middle;
	const char *wrong = alt_works_init();
	unsigned int i;

	memset(&counts, 0, sizeof(counts));
	if (wrong) {
		report_error("%s", wrong);
		return;
	}
	report_step("what the boot applied");
	real_features();
	for (i = 0; i < alt_works_nr; i++)
		check(&alt_works[i]);
	show_example(ALT_CASE_XSAVE_THREAD);
	show_example(ALT_CASE_XSAVE);

	report_step("every subset of the features");
	all_subsets();
	middle = now_ns();
	report_step("who sees what");
	alt_test_visibility(&seen);

	report_step("back to the real features");
	real_features();
	apply_and_check();
	report_result(NULL,
		      "sites=%u subsets=%u writes=%lu comparisons=%lu failures=%lu old_writes=%lu "
		      "old_equal=%lu old_refused=%lu events=%lu events_by_others=%lu "
		      "old_intermediate=%lu new_intermediate=%lu torn=%lu int3_torn=%lu "
		      "ms=%lu visible_ms=%lu",
		      alt_works_nr, SUBSETS, counts.writes, counts.comparisons, counts.failures,
		      counts.old_writes, counts.old_equal, counts.old_refused, seen.events,
		      seen.events_by_others, seen.old_intermediate, seen.new_intermediate,
		      seen.torn, seen.int3_torn, (now_ns() - start) / 1000000,
		      (now_ns() - middle) / 1000000);
	if (!counts.old_refused)
		report_error("the old engine was never seen to fail");
	report_pass();
}

DEFINE_TEST(25, "alternatives",
	    "every subset of features over many locations, and what others see meanwhile",
	    "nothing", run_alternatives, .judges_text = true);
