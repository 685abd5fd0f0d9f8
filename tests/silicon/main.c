// SPDX-License-Identifier: BSD-2-Clause
/*
 * The litmus tests and the int3 engine on the processor of this machine, as a Linux program:
 * two threads, each on its own CPU. Prints KTAP and ends like the kernel does (kernel/report.h).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/topology.h>
#include <gen/version.h>
#include <kernel/lib/parse.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/report.h>
#include <tests/silicon/pair.h>
#include <tests/litmus/litmus_plan.h>
#include <tests/silicon/silicon.h>

#define DURATION_DEFAULT (26 * NSEC_PER_SEC)
#define DELAY_MAX	 100000
#define ROUNDS_MAX	 1000000000000000ull

static struct silicon_config config = {.litmus = true, .int3 = true};
static unsigned int cpus[2];
static bool cpus_given;
static char replay[512] = "make silicon";

void console_write(const char *s, size_t len)
{
	while (len) {
		ssize_t n = write(STDOUT_FILENO, s, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			_exit(3);
		s += n;
		len -= n;
	}
}

long strscpy(char *dst, const char *src, size_t size)
{
	return snprintf(dst, size, "%s", src);
}

static __noreturn void usage(const char *word, const char *expected)
{
	fprintf(stderr, "error: %s: expected %s\n", word, expected);
	exit(2);
}

static void parse_cpus(const char *word, const char *value)
{
	const char *cursor = value;
	unsigned int n = 0;
	struct span item;
	cpu_set_t set;
	u64 cpu;

	if (sched_getaffinity(0, sizeof(set), &set))
		CPU_ZERO(&set);
	while (next_item(&cursor, ',', &item)) {
		if (n == 2 || parse_decimal(item, &cpu) != PARSE_OK || cpu >= CPU_SETSIZE ||
		    !CPU_ISSET(cpu, &set))
			usage(word, "CPUS=A,B, two CPUs that this program may use");
		cpus[n++] = cpu;
	}
	if (n != 2 || cpus[0] == cpus[1])
		usage(word, "CPUS=A,B, two different CPUs");
	cpus_given = true;
}

static int choice(const char *word, const char *value, const char *const names[], size_t nr,
		  const char *expected)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(value, names[i]))
			return i;
	usage(word, expected);
}

static const char *delay_word; /* as given, NULL if not */

static void parse_word(const char *word)
{
	static const char *const plants[] = {"nothing", "no-serializer", "no-barrier", "delay",
					     "no-sync"};
	static const char *const tests[] = {"all", "litmus", "int3"};
	const char *value = strchr(word, '=');
	struct span name = {word, value ? value - word : strlen(word)};
	struct span text = {value ? value + 1 : "", value ? strlen(value + 1) : 0};
	int test;
	u64 delay;

	if (value && span_is(name, "ROUNDS")) {
		if (parse_decimal(text, &config.rounds) != PARSE_OK || !config.rounds ||
		    config.rounds > ROUNDS_MAX)
			usage(word, "a number of rounds from 1 to 10^15");
	} else if (value && span_is(name, "CPUS")) {
		parse_cpus(word, text.s);
	} else if (value && span_is(name, "DURATION")) {
		if (parse_duration(text, &config.ns) != PARSE_OK || config.ns < 100 * NSEC_PER_MSEC)
			usage(word, "a time with its unit, 100ms or more: 30s, 5m");
	} else if (value && span_is(name, "TEST")) {
		test = choice(word, text.s, tests, ARRAY_SIZE(tests), "TEST=all, litmus or int3");
		config.litmus = test != 2;
		config.int3 = test != 1;
	} else if (value && text.len && span_is(name, "ROWS")) {
		config.rows = text.s;
	} else if (value && span_is(name, "PLANT")) {
		config.plant = choice(word, text.s, plants, ARRAY_SIZE(plants),
				      "PLANT=nothing, no-serializer, no-barrier, delay or no-sync");
	} else if (value && span_is(name, "DELAY")) {
		if (parse_decimal(text, &delay) != PARSE_OK || delay > DELAY_MAX)
			usage(word, "cycles for PLANT=delay, up to 100000");
		config.delay = delay;
		delay_word = word;
	} else {
		usage(word,
		      "ROUNDS=N, CPUS=A,B, DURATION=TIME, TEST=NAME, ROWS=GLOB, PLANT=BUG or DELAY=CYCLES");
	}
	strncat(replay, " ", sizeof(replay) - strlen(replay) - 1);
	strncat(replay, word, sizeof(replay) - strlen(replay) - 1);
}

/* The first two CPUs that we may use. */
static bool find_cpus(void)
{
	unsigned int n = 0, cpu;
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return false;
	for (cpu = 0; cpu < CPU_SETSIZE && n < 2; cpu++)
		if (CPU_ISSET(cpu, &set))
			cpus[n++] = cpu;
	return n == 2;
}

/* As Linux read it; user mode cannot. A guest is told what its host likes. */
static const char *microcode(void)
{
	static char line[128], revision[20] = "unknown";
	FILE *file = fopen("/proc/cpuinfo", "r");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "microcode : %19s", revision) == 1)
			break;
	if (file)
		fclose(file);
	return revision;
}

static void print_config(void)
{
	struct cpuid_regs vendor = cpuid(0, 0), sig = cpuid(1, 0), brand[3] = {0};
	unsigned int family = sig.eax >> 8 & 15, model = sig.eax >> 4 & 15, i;

	/* SDM vol. 2, CPUID, figure 3-6: the extended fields. */
	if (family == 6 || family == 15)
		model |= sig.eax >> 12 & 0xf0;
	if (family == 15)
		family += sig.eax >> 20 & 0xff;
	if (cpuid(0x80000000, 0).eax >= 0x80000004)
		for (i = 0; i < 3; i++)
			brand[i] = cpuid(0x80000002 + i, 0);
	report_info(
		"config vendor=%.4s%.4s%.4s family=%u model=%u stepping=%u microcode=%s hypervisor=%s "
		"cpus=%u,%u rounds=%lu duration_ms=%lu plant=%d",
		(char *)&vendor.ebx, (char *)&vendor.edx, (char *)&vendor.ecx, family, model,
		sig.eax & 15, microcode(), sig.ecx & BIT(31) ? "yes" : "no", cpus[0], cpus[1],
		(unsigned long)config.rounds,
		(unsigned long)(config.rounds ? 0 : config.ns / NSEC_PER_MSEC), config.plant);
	report_info("processor %.48s", (char *)brand);
}

static u32 apic_ids[2];

/* The id in leaf 0Bh is the whole one; leaf 1 has its lowest eight bits. */
static u32 apic_id(void)
{
	if (cpuid(0, 0).eax >= 0xb && cpuid(0xb, 0).ebx)
		return cpuid(0xb, 0).edx;
	return cpuid(1, 0).ebx >> 24;
}

static void read_sender(void *unused)
{
	apic_ids[PAIR_SENDER] = apic_id();
}

static void read_victim(void *unused)
{
	apic_ids[PAIR_VICTIM] = apic_id();
}

static void print_pair(void)
{
	struct topology topology = topology_read();
	u32 a, b;

	pair_run(read_sender, read_victim, NULL);
	a = apic_ids[PAIR_SENDER];
	b = apic_ids[PAIR_VICTIM];
	config.relation = cpu_relation_names[topology_relation(&topology, a, b)];
	litmus_print_pair(&topology, a, b);
}

static void skip(const char *name, const char *reason)
{
	report_test_start(name);
	report_skip("%s", reason);
	report_test_end();
}

int main(int argc, char **argv)
{
	const char *failed = NULL;
	int i;

	for (i = 1; i < argc; i++)
		parse_word(argv[i]);
	if (delay_word && config.plant != PLANT_DELAY)
		usage(delay_word, "PLANT=delay beside it: nothing else waits DELAY cycles");
	if (!config.ns)
		config.ns = DURATION_DEFAULT;
	if (config.litmus && config.int3)
		config.ns /= 2;
	report_start(LATESYNC_VERSION, LATESYNC_COMMIT);
	report_plan(config.litmus + config.int3);
	if (!cpus_given && !find_cpus())
		failed = "one CPU: nothing here runs beside anything";
	print_config();
	if (failed) {
		if (config.litmus)
			skip("litmus", failed);
		if (config.int3)
			skip("int3", failed);
		return report_verdict();
	}
	failed = pair_start(cpus[0], cpus[1]);
	if (failed) {
		report_error("%s", failed);
		return report_verdict();
	}
	print_pair();
	if (config.litmus)
		silicon_litmus(&config);
	report_test_end();
	if (config.int3)
		silicon_int3(&config);
	report_test_end();
	pair_stop();
	print_config();
	report_info("replay: %s", replay);
	return report_verdict();
}
