// SPDX-License-Identifier: BSD-2-Clause
/* The int3 engine of patching/, and what happens without its parts, while the other CPU executes. */
#include <string.h>
#include <arch/x86_64/asm.h>
#include <kernel/report.h>
#include <patching/text_poke.h>
#include <tests/silicon/int3_sites.h>
#include <tests/silicon/pair.h>
#include <tests/silicon/silicon.h>
#include <tests/silicon/user_text.h>

#define PASSES	      8
#define POKES_A_VISIT 16
#define PAUSE	      1023 /* cycles between pokes, a mask: the victim gets a look at the text */
#define CONTROL_MIN   20

enum way_number {
	WAY_ENGINE,
	WAY_NO_SYNCS,
	WAY_PLAIN,
};

static struct way {
	const char *name;
	bool plain, no_sync;
	struct text_poke_variant variant;
	u64 pokes;
	u64 count[SITE_WHERES][SEEN_NR];
} ways[] = {
	[WAY_ENGINE] = {.name = "engine"},
	[WAY_NO_SYNCS] = {.name = "no-syncs", .no_sync = true},
	[WAY_PLAIN] = {.name = "plain-store", .plain = true},
	{.name = "no-middle-sync", .variant.no_middle_sync = true},
	{.name = "no-final-sync", .variant.no_final_sync = true},
};

static struct site *current;
static u32 stop;

struct slice {
	struct way *way;
	u64 ns;
};

/* The second line of a crossing goes far from both, so there is time to see the first alone. */
static void flush_second_line(const struct site *site)
{
	if (site->where != SITE_INSIDE)
		asm volatile("clflush %0"
			     : "+m"(*user_text_alias(site->addr + SITE_LEN - 1))::"memory");
}

/* One store of 8 bytes, the last three as they were. */
static void store_plainly(const struct site *site, const u8 bytes[SITE_LEN])
{
	u8 *alias = user_text_alias(site->addr);
	u64 value;

	memcpy(&value, alias, sizeof(value));
	memcpy(&value, bytes, SITE_LEN);
	flush_second_line(site);
	asm volatile("movq %1, %0" : "=m"(*(u64 *)alias) : "r"(value) : "memory");
}

static void poke(struct way *way, struct site *site)
{
	u32 version = site->committed + 1;
	u8 bytes[SITE_LEN];

	site_bytes(site, version, bytes);
	smp_store_release(&site->newest, version);
	if (way->plain) {
		store_plainly(site, bytes);
	} else {
		flush_second_line(site);
		smp_text_poke_single(site->addr, bytes, SITE_LEN, NULL);
	}
	smp_store_release(&site->committed, version);
	way->pokes++;
}

static u32 random_bits(void)
{
	static u64 state = 2463534242ull;

	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return state >> 33;
}

/* Three visits of four go where an instruction is fetched in two pieces. */
static struct site *next_site(void)
{
	bool crossing = random_bits() & 3;
	struct site *site;

	do
		site = site_at(random_bits() % nr_sites());
	while ((site->where != SITE_INSIDE) != crossing);
	return site;
}

static void patcher(void *arg)
{
	struct slice *slice = arg;
	u64 end = now_ns() + slice->ns, until;
	struct way *way = slice->way;

	text_poke_set_variant(&way->variant);
	user_text_no_sync = way->no_sync;
	do {
		struct site *site = next_site();
		unsigned int i;

		smp_store_release(&current, site);
		for (i = 0; i < POKES_A_VISIT; i++) {
			poke(way, site);
			until = rdtsc() + (random_bits() & PAUSE);
			while ((s64)(rdtsc() - until) < 0)
				cpu_relax();
		}
	} while (now_ns() < end);
	smp_store_release(&stop, 1);
}

static void victim(void *arg)
{
	struct way *way = ((struct slice *)arg)->way;

	while (!smp_load_acquire(&stop)) {
		const struct site *site = smp_load_acquire(&current);

		way->count[site->where][site_execute(site)]++;
	}
}

static void run_way(struct way *way, u64 ns)
{
	struct slice slice = {way, ns};

	stop = 0;
	pair_run(patcher, victim, &slice);
	/* Whatever it left out: all see what stands there now, and the next one starts clean. */
	user_text_no_sync = false;
	text_poke_set_variant(&(struct text_poke_variant){0});
	sync_all_now();
}

static u64 sum(const struct way *way, enum site_where where)
{
	u64 total = 0;
	int seen;

	for (seen = 0; seen < SEEN_NR; seen++)
		total += way->count[where][seen];
	return total;
}

/* Executions that a patcher must never cause. */
static u64 harm(const struct way *way, enum site_where where)
{
	u64 total = 0;
	int seen;

	for (seen = SEEN_TORN; seen < SEEN_NR; seen++)
		total += way->count[where][seen];
	return total;
}

static u64 all_harm(const struct way *way)
{
	return harm(way, SITE_INSIDE) + harm(way, SITE_LINE) + harm(way, SITE_PAGE);
}

static void print(const struct way *way)
{
	static const char *const where_names[] = {"inside", "line", "page"};
	int where;

	for (where = 0; where < SITE_WHERES; where++) {
		const u64 *n = way->count[where];

		report_result(
			"int3",
			"way=%s where=%s pokes=%lu executions=%lu old=%lu new=%lu int3=%lu torn=%lu "
			"ud=%lu gp=%lu other=%lu stale=%lu orphan=%lu",
			way->name, where_names[where], (unsigned long)way->pokes,
			(unsigned long)sum(way, where), (unsigned long)n[SEEN_OLD],
			(unsigned long)n[SEEN_NEW], (unsigned long)n[SEEN_INT3],
			(unsigned long)n[SEEN_TORN], (unsigned long)n[SEEN_UD],
			(unsigned long)n[SEEN_GP],
			(unsigned long)(n[SEEN_OTHER] + n[SEEN_STALE] + n[SEEN_ORPHAN]),
			(unsigned long)n[SEEN_STALE], (unsigned long)n[SEEN_ORPHAN]);
	}
}

/* Executions of what is partly old and partly new, whatever it came to. */
static u64 tears(const struct way *way)
{
	static const enum site_seen torn[] = {SEEN_TORN, SEEN_UD, SEEN_GP, SEEN_OTHER};
	unsigned int i;
	u64 total = 0;

	for (i = 0; i < ARRAY_SIZE(torn); i++)
		total += way->count[SITE_LINE][torn[i]] + way->count[SITE_PAGE][torn[i]];
	return total;
}

/*
 * A zero counts beside the two ways that show what int3 and the syncs are for. That nobody tears
 * without the middle sync means nothing where nobody does without any.
 */
static const char *untestable(const struct way *way)
{
	if (tears(&ways[WAY_PLAIN]) < CONTROL_MIN)
		return "a plain store tore too rarely";
	if (all_harm(&ways[WAY_NO_SYNCS]) < CONTROL_MIN)
		return "int3 without syncs did too little harm";
	if (way->variant.no_middle_sync && tears(&ways[WAY_NO_SYNCS]) < CONTROL_MIN)
		return "int3 without any sync tore too rarely";
	return NULL;
}

static void judge(const struct way *way)
{
	unsigned long bad = all_harm(way), n = sum(way, SITE_LINE) + sum(way, SITE_PAGE);
	const char *verdict = "sound here", *why = untestable(way);

	if (bad)
		verdict = "broken here";
	else if (why)
		verdict = "not testable here";
	report_info(
		"here int3.%s: %s: %s%s%lu wrong, %lu executions at crossings; controls: plain-store tore %lu, "
		"no-syncs %lu and left %lu orphans",
		way->name, verdict, !bad && why ? why : "", !bad && why ? ": " : "", bad, n,
		(unsigned long)tears(&ways[WAY_PLAIN]), (unsigned long)tears(&ways[WAY_NO_SYNCS]),
		(unsigned long)(all_harm(&ways[WAY_NO_SYNCS]) - tears(&ways[WAY_NO_SYNCS])));
}

void silicon_int3(const struct silicon_config *config)
{
	const char *failed;
	unsigned int i;
	int pass;

	report_test_start("int3");
	failed = sites_prepare();
	if (failed) {
		report_skip("%s", failed);
		return;
	}
	ways[WAY_ENGINE].no_sync = config->plant == PLANT_NO_SYNC;
	current = site_at(0);
	report_step("patching");
	for (pass = 0; pass < PASSES; pass++)
		for (i = 0; i < ARRAY_SIZE(ways); i++)
			run_way(&ways[i], config->ns / (PASSES * ARRAY_SIZE(ways)));
	report_step("judging");
	for (i = 0; i < ARRAY_SIZE(ways); i++)
		print(&ways[i]);
	for (i = 0; i < ARRAY_SIZE(ways); i++)
		judge(&ways[i]);
	if (user_text_broken)
		report_error("the engine: %s", user_text_broken);
	if (all_harm(&ways[WAY_ENGINE]))
		report_fail("%lu executions went wrong beside the full engine",
			    (unsigned long)all_harm(&ways[WAY_ENGINE]));
	else if (untestable(&ways[WAY_ENGINE]))
		report_skip("%s", untestable(&ways[WAY_ENGINE]));
	else
		report_pass();
}
