// SPDX-License-Identifier: BSD-2-Clause
/*
 * Counts IPIs that were needless: the sender read S=1, and by the time the IPI arrived the CPU was
 * in user mode again.
 *
 * Rule: none is broken by it. S=1 may be old news when it is acted upon; that costs an
 * interruption, which is what deferral is to spare, and never correctness.
 *
 * Reached: programs stay in user mode for 0 to 2,000 us between their entries, for each sound
 * protocol that defers, in turns within one run, so that the host's load meets all alike. The
 * syncs change nothing, so that there are many; now and then an NMI comes, since NMIs are where
 * the protocols leave S differently.
 *
 * Broken: a protocol that holds S at 1 for longer than it must has a higher ratio of needless to
 * useful IPIs than the others at the same rate of entries. A number to look at, not a failure.
 *
 * Enough: who was interrupted where is counted in the IPI's own handler by the mode that it
 * interrupted, not derived. Needless IPIs are compared with useful ones of the same cell; with
 * fewer than ten of each it says too-few instead of a ratio.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/tsc.h>
#include <entry/protocol/protocol.h>
#include <entry/user_abi.h>
#include <kernel/config.h>
#include <kernel/isolation.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/nmi.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <kernel/wait.h>
#include <patching/sync_policy.h>
#include <patching/text_poke_arch.h>
#include <tests/probes/probes.h>
#include <tests/scenarios/poke_stats.h>
#include <tests/scenarios/programs.h>
#include <tests/scenarios/scenario.h>

#define ROUNDS	     4	/* each protocol has its turn so often: the host's load changes */
#define PAUSE_US     50 /* at most, between two syncs: no lockstep with the programs */
#define SYNCS_A_NMI  64
#define PROTOCOLS    8
#define SYNCS_A_LOOK 64
#define ENOUGH	     10 /* IPIs of each sort, to be compared */

/* How long programs stay in user mode four times of ten. */
static const u32 spin_us[] = {0, 20, 200, 2000};

struct cell {
	struct poke_stats stats;
	u64 ns;
};
static struct cell cells[ARRAY_SIZE(spin_us)][PROTOCOLS];

static void set_spin(u32 us)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (cpu_isolated[cpu])
			WRITE_ONCE(((struct user_page *)user_data(cpu))->spin_cycles,
				   ns_to_tsc(us * 1000ul));
}

/* It is over before the next sync: what an NMI leaves behind counts, not that it runs. */
static void send_nmi(unsigned int target)
{
	u64 seen = READ_ONCE(cpus[target].nmi_count);

	nmi_send(target, NMI_TEST);
	wait_until(READ_ONCE(cpus[target].nmi_count) != seen, "an NMI to arrive", target);
	udelay(PAUSE_US);
}

static void sync_some(struct random_stream *random, unsigned int target)
{
	unsigned int i;

	text_mutex_lock();
	for (i = 0; i < SYNCS_A_LOOK; i++) {
		text_sync();
		if (!random_below(random, SYNCS_A_NMI))
			send_nmi(target);
		udelay(random_below(random, PAUSE_US));
	}
	text_mutex_unlock();
	watchdog_touch();
	report_flush();
}

static void turn(struct cell *cell, u32 us, u64 ns, struct random_stream *random)
{
	u64 start, now;
	struct poke_stats before, after;
	unsigned int target = first_isolated();

	programs_start(USER_MIX, PROGRAMS_ALL);
	set_spin(us);
	start = now_ns();
	poke_stats_read(&before);
	do {
		sync_some(random, target);
		now = now_ns();
	} while (now - start < ns);
	poke_stats_read(&after);
	programs_stop();
	poke_stats_since(&after, &before);
	cell->ns += now - start;
	cell->stats.entries += after.entries;
	cell->stats.ipis_isolated += after.ipis_isolated;
	cell->stats.ipis_skipped += after.ipis_skipped;
	cell->stats.ipis_needless += after.ipis_needless;
	cell->stats.nmi += after.nmi;
}

/* Of a million syncs of an isolated CPU. */
static u64 needless_ppm(const struct cell *cell)
{
	u64 syncs = cell->stats.ipis_isolated + cell->stats.ipis_skipped;

	return syncs ? cell->stats.ipis_needless * 1000000 / syncs : 0;
}

/*
 * How much wider than the first protocol's the window is in which an IPI becomes needless. Against
 * the useful IPIs: those hit the rest of the kernel, which is the same under all; against all
 * syncs would be against the host's scheduler, which stops a program anywhere.
 */
static void print_ratio(const struct poke_stats *base, const struct poke_stats *s, char *buf,
			size_t size)
{
	u64 useful = s->ipis_isolated - s->ipis_needless, percent;
	u64 base_useful = base->ipis_isolated - base->ipis_needless;

	if (base->ipis_needless < ENOUGH || base_useful < ENOUGH || useful < ENOUGH) {
		strscpy(buf, "too-few", size);
		return;
	}
	percent = s->ipis_needless * 100 * base_useful / (useful * base->ipis_needless);
	scnprintf(buf, size, "%lu.%02lu", percent / 100, percent % 100);
}

static void print_step(unsigned int step, const struct protocol *const *chosen, unsigned int count)
{
	const struct poke_stats *s;
	const struct cell *cell;
	unsigned int i;
	char ratio[24];

	for (i = 0; i < count; i++) {
		cell = &cells[step][i];
		s = &cell->stats;
		print_ratio(&cells[step][0].stats, s, ratio, sizeof(ratio));
		report_result(NULL,
			      "protocol=%s spin_us=%u entries=%lu entries_per_s=%lu "
			      "ipis_isolated=%lu ipis_skipped=%lu ipis_needless=%lu "
			      "needless_ppm=%lu nmi=%lu ratio=%s",
			      chosen[i]->name, spin_us[step], s->entries,
			      s->entries * 1000 / (cell->ns / 1000000 + 1), s->ipis_isolated,
			      s->ipis_skipped, s->ipis_needless, needless_ppm(cell), s->nmi, ratio);
	}
}

/* The default protocol first: the others are compared with it. */
static unsigned int choose(const struct protocol **chosen)
{
	unsigned int i, count = 0;

	chosen[count++] = protocol_default();
	for (i = 0; i < nr_protocols; i++) {
		if (protocols[i].kind != PROTOCOL_SOUND || !protocol_defers(&protocols[i]) ||
		    protocols[i].isolation || &protocols[i] == chosen[0])
			continue;
		if (count == PROTOCOLS) {
			report_error("no room for more than %d protocols: %s", PROTOCOLS,
				     protocols[i].name);
			break;
		}
		chosen[count++] = &protocols[i];
	}
	return count;
}

static void run_needless(int variant)
{
	const struct protocol *configured = protocol_selected(), *chosen[PROTOCOLS];
	unsigned int count = choose(chosen), step, round, i;
	const char *impossible = scenario_impossible();
	u64 ns = config.duration_ns / (ARRAY_SIZE(spin_us) * ROUNDS * count), needless = 0;
	struct random_stream random;

	if (impossible) {
		report_skip("%s", impossible);
		return;
	}
	memset(cells, 0, sizeof(cells));
	random_init(&random, config.seed, RANDOM_EVENTS, 0);
	probes_install();
	for (step = 0; step < ARRAY_SIZE(spin_us); step++) {
		report_step("syncing");
		for (round = 0; round < ROUNDS; round++) {
			for (i = 0; i < count; i++) {
				protocol_select(chosen[i]);
				turn(&cells[step][i], spin_us[step], ns, &random);
			}
		}
		print_step(step, chosen, count);
		for (i = 0; i < count; i++)
			needless += cells[step][i].stats.ipis_needless;
	}
	protocol_select(configured);
	if (!needless)
		report_skip("no IPI met a program in user mode in the time given; raise duration=");
	else
		report_pass();
}

DEFINE_TEST(TEST_EXTRA + 40, "needless",
	    "counts sync IPIs that arrive in user mode, as programs enter more or less often",
	    "an isolated CPU, pti=on", run_needless, .timed = true, .judges_text = true);
