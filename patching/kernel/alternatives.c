// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <kernel/config.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/panic.h>
#include <kernel/report.h>
#include <kernel/wait.h>
#include <patching/alternative_debug.h>
#include <patching/alternative_engine.h>
#include <patching/alternative_index.h>
#include <patching/kernel/alternatives.h>
#include <patching/kernel/park.h>
#include <patching/sync_policy.h>
#include <patching/text_poke_arch.h>

#define SITES_MAX     1024
#define ORIGINALS_MAX 16384

extern const struct alt_instr __alt_instructions[], __alt_instructions_end[];

static struct alt_site sites[SITES_MAX];
static u8 originals[ORIGINALS_MAX];
static struct alt_index alternatives = {
	.sites = sites,
	.capacity = SITES_MAX,
	.originals = originals,
	.originals_size = ORIGINALS_MAX,
};

static unsigned int changed, disturbances;
static bool disturb;

bool alternatives_original(unsigned long addr, u8 *buf, size_t len)
{
	return alternatives_read_original(&alternatives, addr, buf, len);
}

static void read_original(void *ctx, unsigned long addr, u8 *buf, size_t len)
{
	if (!alternatives_original(addr, buf, len))
		panic("alternatives: no original bytes were kept for %pS", (void *)addr);
}

static int write_location(void *ctx, unsigned long addr, const u8 *bytes, size_t len)
{
	if (!memcmp((const void *)addr, bytes, len))
		return 0;
	if (disturb) {
		u64 before = parked_nmis();

		text_write(addr, bytes, len / 2);
		apic_send_nmi(this_cpu()->apic_id);
		wait_until(parked_nmis() != before, "its own NMI", smp_processor_id());
		disturbances++;
	}
	text_write(addr, bytes, len);
	changed++;
	return 0;
}

static void report_malformed(void *ctx, enum alt_error error, const struct alt_instr *culprit,
			     const struct alt_instr *other)
{
	report_info("alternatives: entry %ld, location %pS: %s%s%pS",
		    (long)(culprit - __alt_instructions), (void *)alt_location(culprit),
		    alt_strerror(error), other ? "; collides with " : "; repl. ",
		    (void *)(other ? alt_location(other) : alt_replacement(culprit)));
}

static void print_line(void *ctx, const char *line)
{
	report_info("alternatives: %s", line);
}

static bool describe(void *ctx, unsigned long addr, char *buf, size_t size)
{
	scnprintf(buf, size, "%pS", (void *)addr);
	return true;
}

static void print_block(void *ctx, const struct alt_patch *patch)
{
	static const struct alt_debug debug = {.print = print_line, .describe = describe};

	alternative_debug(&debug, patch);
}

static const struct alt_env env = {
	.features = cpu_caps,
	.feature_words = CPUFEATURE_WORDS,
	.read_original = read_original,
	.write = write_location,
	.report = report_malformed,
};

/* Nothing between begin and end is an alternative itself. */
static void apply(void *ignored)
{
	int ret;

	text_write_begin();
	ret = apply_alternatives(__alt_instructions, __alt_instructions_end, &env);
	text_write_end();
	if (ret < 0)
		panic("alternatives: %s; nothing was patched", alt_strerror(-ret));
}

/* A change like any other: a CPU that leaves the park must have serialised after it. */
static void apply_numbered(void *ignored)
{
	apply(NULL);
	text_sync_nobody(); /* @park.epoch */
}

/* The log reads the old bytes, so it comes before they are overwritten, in a pass of its own. */
static void log_blocks(void)
{
	const struct alt_instr *entry = __alt_instructions;
	static struct alt_patch patch;

	while (entry < __alt_instructions_end) {
		entry = alternative_analyze(entry, __alt_instructions_end, &env, &patch);
		print_block(NULL, &patch);
	}
}

void alternatives_boot(bool disturbed)
{
	unsigned int errors;
	int ret;

	ret = alternatives_index(__alt_instructions, __alt_instructions_end, &alternatives);
	if (ret < 0)
		harness_error("alternatives: %s", alt_strerror(-ret));
	errors = alternatives_validate(__alt_instructions, __alt_instructions_end, &env,
				       &alternatives);
	if (errors)
		harness_error("alternatives: %u mistakes in the table, nothing was patched",
			      errors);
	if (config.debug & DEBUG_ALTERNATIVE)
		log_blocks();
	disturb = disturbed;
	park_all_and_run(apply, NULL); /* @alt.parked */
	disturb = false;
}

unsigned int alternatives_disturbances(void)
{
	return disturbances;
}

unsigned int alternatives_reapply(void)
{
	unsigned int cpu;

	changed = 0;
	if (config.debug & DEBUG_ALTERNATIVE)
		log_blocks();
	park_all_and_run(apply_numbered, NULL);
	for_each_online_cpu(cpu)
		if (sync_credit(cpu) < text_epoch)
			text_poke_broken("left the park without credit", cpu, sync_credit(cpu),
					 text_epoch);
	return changed;
}
