// SPDX-License-Identifier: BSD-2-Clause
/*
 * The open question as litmus tests (litmus_shapes.h): rows of one sender and its victims, one unless
 * cpus= names more, run in turns, so that each stands beside its controls. What a row of zeros means
 * is said by its verdict.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/topology.h>
#include <arch/x86_64/tsc.h>
#include <kernel/clocks.h>
#include <kernel/config.h>
#include <kernel/lib/parse.h>
#include <kernel/lib/printf.h>
#include <kernel/memory.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <tests/litmus/litmus_map.h>
#include <tests/litmus/litmus_plan.h>

#define ALL_NS (10 * NSEC_PER_SEC)

/* Each shape is run with all that the victim can do after S:=1, or with what matters most. */
static const struct litmus_shape shapes[] = {
	{LITMUS_SB, LITMUS_TEXT, LITMUS_BYTE, LITMUS_WARM, LITMUS_ALIAS, 8, true},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_BYTE, LITMUS_WARM, LITMUS_ALIAS, 0, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_BYTE, LITMUS_WARM, LITMUS_ALIAS, 32, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_BYTE, LITMUS_COLD, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_ALIGNED, LITMUS_WARM, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_LINE, LITMUS_WARM, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_PAGE, LITMUS_WARM, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_BYTE, LITMUS_WARM, LITMUS_SAME_PAGE, 8, false},
	{LITMUS_SB, LITMUS_TEXT, LITMUS_BYTE, LITMUS_WARM, LITMUS_ALIAS, 8, false, true},
	{LITMUS_SB, LITMUS_PTE, LITMUS_ALIGNED, LITMUS_WARM, LITMUS_ALIAS, 8, true},
	{LITMUS_SB, LITMUS_PTE, LITMUS_ALIGNED, LITMUS_WARM, LITMUS_ALIAS, 0, false},
	{LITMUS_SB, LITMUS_PTE, LITMUS_ALIGNED, LITMUS_WARM, LITMUS_ALIAS, 32, false},
	{LITMUS_SB, LITMUS_PTE, LITMUS_ALIGNED, LITMUS_COLD, LITMUS_ALIAS, 8, false},
	{LITMUS_SB, LITMUS_PTE, LITMUS_ALIGNED, LITMUS_COLD, LITMUS_ALIAS, 0, false},
	{LITMUS_SB, LITMUS_PTE, LITMUS_ALIGNED, LITMUS_COLD, LITMUS_ALIAS, 32, false},
};

static struct litmus_row *rows;

/* In every shape; all others only where there is time for them. */
static bool matters(enum litmus_serializer which)
{
	return config.duration_ns >= ALL_NS || which == LITMUS_NONE || which == LITMUS_MFENCE ||
	       which == LITMUS_IRET || which == LITMUS_CR3_FLUSH || which == LITMUS_ENTER;
}

static bool has(enum litmus_need need)
{
	switch (need) {
	case LITMUS_NEEDS_NOTHING:
		return true;
	case LITMUS_NEEDS_USER_MODE:
		return false;
	case LITMUS_NEEDS_RDTSCP:
		return cpu_has(X86_FEATURE_RDTSCP);
	case LITMUS_NEEDS_SERIALIZE:
		return cpu_has(X86_FEATURE_SERIALIZE);
	case LITMUS_NEEDS_INVPCID:
		return cpu_has(X86_FEATURE_INVPCID);
	case LITMUS_NEEDS_PCID:
		return read_cr4() & X86_CR4_PCIDE;
	case LITMUS_NEEDS_PTI:
		return pti_enabled;
	}
	return false;
}

static void print_sum(const struct litmus_plan *plan, const char *what, enum litmus_what kind)
{
	u64 with = 0, with_rounds = 0, without = 0, without_rounds = 0;
	unsigned int i;

	for (i = 0; i < plan->nr_rows; i++) {
		const struct litmus_race *race = &plan->rows[i].race;
		const struct litmus_test *test = &race->test;
		u64 positive = litmus_positive(test, &race->counts);
		u64 rounds = positive + litmus_negative(test, &race->counts);

		if (test->what != kind || !test->sender_barrier)
			continue;
		if (litmus_forbidden(test)) {
			with += positive;
			with_rounds += rounds;
		} else if (litmus_serializers[race->executes].role == LITMUS_CONTROL) {
			without += positive;
			without_rounds += rounds;
		}
	}
	report_info(
		"litmus: %s, sender's barrier on: %lu of %lu with what must discard the old, %lu "
		"of %lu with controls",
		what, with, with_rounds, without, without_rounds);
}

static const char *victims(void)
{
	static char list[CPUMASK_CPUS * 4];
	size_t len = 0;
	unsigned int i;

	for (i = 1; i < config.nr_named; i++)
		len += scnprintf(list + len, sizeof(list) - len, "%s%d", i > 1 ? "," : "",
				 config.cpus[i]);
	return list;
}

/* How far two of the CPUs of config.cpus are apart by their clocks, which tell them when to begin. */
static u64 skew(void)
{
	struct clock_offset sender = clock_offset(config.cpus[0]), victim;
	u64 most = 0;
	unsigned int i;

	for (i = 1; i < config.nr_named; i++) {
		victim = clock_offset(config.cpus[i]);
		most = max(most, clock_warp(&(struct clock_offset){victim.lo - sender.hi,
								   victim.hi - sender.lo}));
	}
	return most;
}

/* Races the CPUs of config.cpus. */
static void run_pair(const struct topology *topology, u64 ns, struct litmus_plan *plan)
{
	u32 sender = cpus[config.cpus[0]].apic_id, victim = cpus[config.cpus[1]].apic_id;
	u64 apart;

	plan->relation = cpu_relation_names[topology_relation(topology, sender, victim)];
	plan->victims = config.nr_named - 1;
	litmus_map();
	report_info("litmus: sender cpu=%d victim cpu=%s", config.cpus[0], victims());
	apart = skew();
	if (apart > LITMUS_LEAD_MAX) { /* @litmus.skew */
		report_info("litmus: not raced: their TSCs are %lu cycles or more apart", apart);
		plan->skew = apart;
		return;
	}
	if (litmus_print_pair(topology, sender, victim).quick >= LITMUS_APART) {
		plan->apart = true;
		return;
	}
	report_step("measuring");
	litmus_plan_make(plan);
	report_step("searching");
	litmus_plan_search(plan, ns / LITMUS_SEARCH_SHARE);
	report_step("racing");
	litmus_plan_run(plan, ns - ns / LITMUS_SEARCH_SHARE);
	report_step("judging");
	litmus_plan_judge(plan);
	print_sum(plan, "text", LITMUS_TEXT);
	print_sum(plan, "page-table entries", LITMUS_PTE);
}

/* The first CPU that is so related to CPU 0; 0: none is. */
static int related(const struct topology *topology, enum cpu_relation relation)
{
	unsigned int cpu;

	for (cpu = 1; cpu < nr_cpus; cpu++)
		if (topology_relation(topology, cpus[0].apic_id, cpus[cpu].apic_id) == relation)
			return cpu;
	return 0;
}

/* pairs=: CPU 0 with one of each kind that is asked for. The tests after this one keep their CPUs. */
static void run_pairs(const struct topology *topology, struct litmus_plan *plan)
{
	const int first = config.cpus[0], second = config.cpus[1];
	const unsigned int named = config.nr_named;
	enum cpu_relation relation;
	unsigned int found = 0;
	int partner;

	for (relation = 0; relation < CPU_RELATIONS; relation++)
		found += related(topology, relation) != 0;
	for (relation = 0; relation < CPU_RELATIONS; relation++) {
		if (config.pairs != PAIRS_ALL && config.pairs != PAIRS_SMT + relation)
			continue;
		partner = related(topology, relation);
		if (!partner) {
			report_info("pairs: no CPU here is CPU 0's neighbour by %s",
				    cpu_relation_names[relation]);
			continue;
		}
		config.nr_named = 2;
		config.cpus[0] = 0;
		config.cpus[1] = partner;
		run_pair(topology,
			 config.pairs == PAIRS_ALL ? config.duration_ns / found
						   : config.duration_ns,
			 plan);
	}
	config.nr_named = named;
	config.cpus[0] = first;
	config.cpus[1] = second;
}

static void run(int variant)
{
	struct topology topology = topology_read();
	struct litmus_plan plan = {
		.shapes = shapes,
		.nr_shapes = ARRAY_SIZE(shapes),
		.first_trial = config.seed % LITMUS_NR_TRIALS,
		.privileged = true,
		.matters = matters,
		.has = has,
	};

	if (nr_cpus < 2) {
		report_skip("one CPU: nobody to race with");
		return;
	}
	if (!rows)
		rows = alloc_zeroed(ARRAY_SIZE(shapes) * LITMUS_ROWS_A_SHAPE * sizeof(*rows));
	plan.rows = rows;
	if (config.pairs == PAIRS_NONE)
		run_pair(&topology, config.duration_ns, &plan);
	else
		run_pairs(&topology, &plan);
	if (plan.skew && !plan.sound && !plan.broken)
		report_skip(
			"the TSCs of the two are %lu cycles or more apart: they cannot begin at a time",
			plan.skew);
	else if (plan.apart && !plan.sound && !plan.broken)
		report_skip(
			"the two take turns, a line needs over %u cycles to and fro: nothing can be raced",
			LITMUS_APART);
	else if (!plan.relation)
		report_skip("no pair of CPU 0 is such as pairs= asks for");
	else
		litmus_plan_report(&plan, plan.lingered[LITMUS_TEXT]
						  ? "this machine keeps overwritten text; make "
						    "silicon asks the processor"
						  : "no zero stands beside controls that fired; "
						    "make silicon asks the processor");
}

DEFINE_TEST(TEST_EXTRA + 60, "litmus",
	    "sender reads S=0 and the victim, behind its serialiser, still uses the old",
	    "two CPUs", run, .timed = true);
