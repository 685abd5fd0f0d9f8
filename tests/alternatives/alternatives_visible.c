// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who sees what while a location is written: interrupts and NMIs on the CPU that writes, sent by
 * itself between the writes and by other CPUs at any time, read the location and execute it;
 * other CPUs read it.
 */
#include <arch/x86_64/apic.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <kernel/lib/atomic.h>
#include <kernel/job.h>
#include <kernel/lib/string.h>
#include <kernel/nmi.h>
#include <kernel/report.h>
#include <kernel/tick.h>
#include <kernel/wait.h>
#include <patching/kernel/park.h>
#include <patching/text_poke.h>
#include <patching/text_poke_arch.h>
#include <tests/alternatives/alternatives_look.h>
#include <tests/alternatives/old_alternative.h>

#define ROUNDS	    40
#define ROUNDS_MANY 5 /* of what involves every CPU; fewer where there are many */
#define ROUNDS_MIN  2
#define PAUSE	    20000 /* loops of a CPU that sends events */
#define OTHERS_MAX  2
#define ALL_THREE   7 /* the features of the case's entries */

static struct alt_work *site;
static unsigned int some_rounds; /* of what involves every CPU */
static u32 nmis, irqs, stop;
static u64 sent_here, sent_by_others, int3_hits, reached_parked;
static bool parking;

static void on_nmi(struct pt_regs *regs)
{
	if (smp_processor_id())
		return;
	reached_parked += parking;
	look_and_execute(LOOK_BY_NMI);
	WRITE_ONCE(nmis, nmis + 1);
}

static void on_irq(struct pt_regs *regs)
{
	reached_parked += parking;
	look_and_execute(LOOK_BY_IRQ);
	WRITE_ONCE(irqs, irqs + 1);
}

/* One of each, here and now; an interrupt only where they are on. */
static void disturb_self(bool irq)
{
	const unsigned int self = 0;
	u32 before = READ_ONCE(nmis);

	sent_here += 1 + irq;
	nmi_send(self, NMI_TEST);
	wait_until(READ_ONCE(nmis) != before, "an NMI to itself", self);
	if (!irq)
		return;
	before = READ_ONCE(irqs);
	apic_send_vector(cpus[self].apic_id, PROBE_VECTOR);
	wait_until(READ_ONCE(irqs) != before, "an interrupt to itself", self);
}

/* Other CPUs: send, wait until something came of it, and a while, or CPU 0 does nothing else. */
static void disturb_job(void *arg)
{
	u64 looks = 0;
	u32 before;

	while (!READ_ONCE(stop)) {
		before = READ_ONCE(nmis);
		nmi_send(0, NMI_TEST);
		apic_send_vector(cpus[0].apic_id, PROBE_VECTOR);
		atomic_add(&sent_by_others, 2);
		while (READ_ONCE(nmis) == before && !READ_ONCE(stop))
			wait_relax(&looks);
		for (looks = 0; looks < PAUSE && !READ_ONCE(stop);)
			wait_relax(&looks);
	}
}

static void watch_job(void *arg)
{
	u64 looks = 0;

	while (!READ_ONCE(stop)) {
		look_only(LOOK_BY_OTHERS);
		wait_relax(&looks);
	}
}

static int write_and_disturb(void *ctx, unsigned long addr, const u8 *bytes, size_t len)
{
	site->writes++;
	text_write_begin();
	text_write(addr, bytes, len);
	text_write_end();
	disturb_self(true);
	return 0;
}

static void write_bytes(const u8 *bytes, void (*between)(void))
{
	unsigned int i;

	text_write_begin();
	for (i = 0; i < LOOK_LEN; i++) {
		text_write(site->addr + i, bytes + i, 1);
		between();
	}
	text_write_end();
}

static void nmi_to_self(void)
{
	disturb_self(false);
}

static int write_bytewise(void *ctx, unsigned long addr, const u8 *bytes, size_t len)
{
	site->writes++;
	write_bytes(bytes, nmi_to_self);
	return 0;
}

static void read_original(void *ctx, unsigned long addr, u8 *buf, size_t len)
{
	memcpy(buf, site->original, len);
}

static struct alt_env env = {
	.features = alt_features,
	.feature_words = CPUFEATURE_WORDS,
	.read_original = read_original,
};

static void poke_step(enum text_poke_step step)
{
	disturb_self(true);
}

static void poke(const u8 *bytes)
{
	text_mutex_lock();
	text_poke_step_hook = poke_step;
	smp_text_poke_single(site->addr, bytes, LOOK_LEN, NULL);
	text_poke_step_hook = NULL;
	text_mutex_unlock();
}

/* Nobody reads this one: the NMIs end in park_nmi(), which only counts. */
static void parked_nmi(void)
{
	u64 before = parked_nmis();

	sent_here++;
	apic_send_nmi(cpus[0].apic_id);
	wait_until(parked_nmis() != before, "an NMI while parked", 0);
}

static void write_parked(void *bytes)
{
	WRITE_ONCE(parking, true);
	write_bytes(bytes, parked_nmi);
	WRITE_ONCE(parking, false);
}

static void there(enum look_way way)
{
	const u8 *last = alt_expected_bytes(site, site->c->entries);

	alt_features[CPUFEATURE_WORD_TEST] = ALL_THREE;
	if (way == LOOK_OLD)
		old_apply_alternatives(site->first, site->end, &env);
	else if (way == LOOK_INT3)
		poke(last);
	else if (way == LOOK_PARKED)
		park_all_and_run(write_parked, (void *)last);
	else
		apply_alternatives(site->first, site->end, &env);
}

static void back(enum look_way way)
{
	alt_features[CPUFEATURE_WORD_TEST] = 0;
	if (way == LOOK_OLD) /* it knows no way back */
		write_and_disturb(NULL, site->addr, site->original, LOOK_LEN);
	else if (way == LOOK_INT3)
		poke(site->original);
	else if (way == LOOK_PARKED)
		park_all_and_run(write_parked, site->original);
	else
		apply_alternatives(site->first, site->end, &env);
}

static void run_way(enum look_way way)
{
	unsigned int rounds = way < LOOK_INT3 ? ROUNDS : some_rounds, round;

	look_way(way);
	env.write = way == LOOK_BYTES ? write_bytewise : write_and_disturb;
	for (round = 0; round < rounds; round++) {
		there(way);
		back(way);
	}
	watchdog_touch();
}

static void start_others(void)
{
	unsigned int cpu, nr = 0;

	stop = 0;
	for_each_online_cpu(cpu)
		if (cpu && nr++ < OTHERS_MAX)
			job_start(cpu, nr == 2 ? watch_job : disturb_job, NULL);
	if (nr)
		wait_until(READ_ONCE(sent_by_others), "the first event from another CPU", -1);
}

static void stop_others(void)
{
	unsigned int cpu, nr = 0;

	WRITE_ONCE(stop, 1);
	for_each_online_cpu(cpu)
		if (cpu && nr++ < OTHERS_MAX)
			job_wait(cpu);
}

/* What each reader must have seen, and must not have. */
static void judge(struct alt_visible_counts *counts, u64 parked)
{
	enum look_reader r;

	for (r = 0; r < LOOK_READERS; r++) {
		const struct sights *old = &look_sights[LOOK_OLD][r],
				    *new = &look_sights[LOOK_NEW][r],
				    *bytes = &look_sights[LOOK_BYTES][r],
				    *int3 = &look_sights[LOOK_INT3][r];

		counts->old_intermediate += old->intermediate;
		counts->new_intermediate += new->intermediate + bytes->intermediate;
		counts->torn += old->torn + new->torn + bytes->torn;
		counts->int3_torn += int3->torn + int3->executed_torn + int3->intermediate +
				     int3->executed_intermediate;
		if (old->mismatched + new->mismatched + bytes->mismatched + int3->mismatched)
			report_fail("something else was executed than stood there");
		if (r == LOOK_BY_OTHERS)
			continue;
		if (old->intermediate < 2 * ROUNDS || old->executed_intermediate < 2 * ROUNDS)
			report_error("the old engine's intermediate instructions were not seen");
		if (int3->executed_torn + int3->executed_intermediate)
			report_fail("something half-written was executed in spite of the int3");
	}
	if (look_sights[LOOK_BYTES][LOOK_BY_NMI].executed_torn < 2 * ROUNDS)
		report_error("half-written instructions were not seen between their bytes");
	if (counts->new_intermediate)
		report_fail("an intermediate instruction was seen though each location is "
			    "written once");
	if (counts->int3_torn)
		report_fail("something half-written was to be seen without an int3 before it");
	if (!int3_hits)
		report_error("the int3 was never met");
	if (reached_parked)
		report_fail("an NMI reached the location while all CPUs were parked");
	if (parked < 2 * some_rounds * LOOK_LEN)
		report_error("NMIs did not arrive while parked");
}

static void explain(u64 parked)
{
	look_report();
	report_info("half-written: a write is several stores, so an NMI, or another CPU, may find "
		    "the first bytes of one instruction and the last of another, whichever engine "
		    "decides. int3: the first byte traps while the others change; %lu traps, "
		    "each one emulated. parked: %lu NMIs ended in text that does not change",
		    int3_hits, parked);
	if (!sent_by_others)
		report_info("events from other CPUs: SKIP, there is no other CPU");
}

void alt_test_visibility(struct alt_visible_counts *counts)
{
	void (*saved_nmi)(struct pt_regs *) = entry_hooks.nmi;
	u64 parked = parked_nmis(), hits = this_cpu()->int3_hits;
	enum look_way way;

	site = alt_work_find(ALT_CASE_VISIBLE);
	look_at(site);
	some_rounds = max(min(ROUNDS_MANY, 8 * ROUNDS_MANY / nr_cpus), (unsigned int)ROUNDS_MIN);
	sent_here = sent_by_others = reached_parked = 0;
	entry_hooks.nmi = on_nmi;
	set_irq_handler(PROBE_VECTOR, on_irq);
	text_write_begin();
	text_write(site->addr, site->original, LOOK_LEN);
	text_write_end();

	start_others();
	for (way = LOOK_OLD; way < LOOK_PARKED; way++)
		run_way(way);
	stop_others();
	int3_hits = this_cpu()->int3_hits - hits;
	run_way(LOOK_PARKED);
	parked = parked_nmis() - parked;
	entry_hooks.nmi = saved_nmi;

	judge(counts, parked);
	explain(parked);
	counts->events = sent_here + sent_by_others;
	counts->events_by_others = sent_by_others;
}
