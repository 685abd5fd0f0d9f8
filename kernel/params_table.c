// SPDX-License-Identifier: BSD-2-Clause
/* The parameters: one PARAM() each, at the end, behind the functions that read and show them. */
#include <entry/protocol/point_params.h>
#include <kernel/lib/cpulist.h>
#include <kernel/lib/parse.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/params.h>
#include <kernel/params_names.h>

#define DURATION_MIN  (100 * NSEC_PER_MSEC)
#define DURATION_MAX  (24 * 3600 * NSEC_PER_SEC)
#define REPEAT_MAX    1000000
#define ACPI_RSDP_MAX BIT(46) /* the direct map ends there */

static const char *const user_names[] = {"spin", "enter", "mix", NULL};
static const char *const sync_names[] = {"ipi", "deferred", NULL};
static const char *const debug_names[] = {"alternative", "poke", "entry", "random", NULL};
/* The value 0 of these is AUTO, which is shown but not a word to give. */
static const char *const switch_names[] = {"auto", "off", "on", NULL};
static const char *const end_names[] = {"auto", "exit", "halt", "reboot", "poweroff", NULL};
static const char *const quirk_names[] = {"auto", "off", "tcg-retranslate", "bochs-breakpoint",
					  NULL};

static const char *const accel_names[] = {"auto", "other", "none", "kvm", "tcg", "bochs", NULL};

static char host_text[PARAMS_CMDLINE_MAX + 1];

static struct span whole(const char *text)
{
	return (struct span){text, strlen(text)};
}

static size_t show_text(char *buf, size_t size, const char *text)
{
	return (size_t)scnprintf(buf, size, "%s", text);
}

/* Functions for an enum in config; the values below @first have a name that is not accepted. */
#define CHOICE(field, names, first)                                         \
	static bool parse_##field(const char *value, struct param_error *e) \
	{                                                                   \
		int i = param_choice(names + first, whole(value), e);       \
                                                                            \
		if (i >= 0)                                                 \
			config.field = i + first;                           \
		return i >= 0;                                              \
	}                                                                   \
	static size_t show_##field(char *buf, size_t size)                  \
	{                                                                   \
		return show_text(buf, size, names[config.field]);           \
	}

CHOICE(user, user_names, 0)
CHOICE(sync, sync_names, 0)
CHOICE(pti, switch_names, 1)
CHOICE(pcid, switch_names, 1)
CHOICE(x2apic, switch_names, 1)
CHOICE(end, end_names, 1)
CHOICE(quirk, quirk_names, 1)
CHOICE(accel, accel_names, 2)

static bool parse_test(const char *value, struct param_error *e)
{
	config.tests = value;
	return param_check_tests(value, e);
}

static size_t show_test(char *buf, size_t size)
{
	return show_text(buf, size, config.tests);
}

static bool parse_duration_word(const char *value, struct param_error *e)
{
	enum parse_result result = parse_duration(whole(value), &config.duration_ns);

	if (result == PARSE_BAD)
		return param_expected(
			e, "a whole number with its unit ms, s, m or h, like 500ms or 10s");
	if (result == PARSE_OVERFLOW || config.duration_ns < DURATION_MIN ||
	    config.duration_ns > DURATION_MAX)
		return param_expected(e, "a time from 100ms to 24h");
	return true;
}

static size_t show_duration(char *buf, size_t size)
{
	return format_duration(buf, size, config.duration_ns);
}

static bool parse_repeat(const char *value, struct param_error *e)
{
	enum parse_result result;
	u64 n = 0;

	result = parse_number(whole(value), &n);
	if (result != PARSE_OK || !n || n > REPEAT_MAX)
		return param_expected(e, "a number from 1 to %d", REPEAT_MAX);
	config.repeat = (u32)n;
	return true;
}

static size_t show_repeat(char *buf, size_t size)
{
	return (size_t)scnprintf(buf, size, "%u", config.repeat);
}

static bool parse_until(const char *value, struct param_error *e)
{
	config.until_fail = !strcmp(value, "fail");
	return config.until_fail || param_expected(e, "until=fail, the only one there is");
}

static size_t show_until(char *buf, size_t size)
{
	return show_text(buf, size, config.until_fail ? "fail" : "never");
}

/* Early news where it does not take the number of CPUs to know; params_resolve_cpus() decides. */
static bool parse_isolcpus(const char *value, struct param_error *e)
{
	struct cpumask ignored;

	config.isolcpus = value;
	if (strchr(value, 'N'))
		return true;
	return cpulist_parse(value, 255, &ignored, e->buf, e->size);
}

static size_t show_isolcpus(char *buf, size_t size)
{
	return show_text(buf, size, config.isolcpus ? config.isolcpus : "auto");
}

static bool parse_protocol(const char *value, struct param_error *e)
{
	config.protocols = value;
	return param_check_protocols(value, e);
}

static size_t show_protocol(char *buf, size_t size)
{
	return show_text(buf, size, config.protocols);
}

static bool parse_seed(const char *value, struct param_error *e)
{
	if (parse_number(whole(value), &config.seed) != PARSE_OK)
		return param_expected(e, "a number of at most 64 bits, decimal or 0x...");
	return true;
}

static size_t show_seed(char *buf, size_t size)
{
	return (size_t)scnprintf(buf, size, "0x%llx", (unsigned long long)config.seed);
}

static bool baud_known(u64 baud)
{
	return baud >= 1200 && baud <= 115200 && 115200 % baud == 0;
}

/* One console of the list. */
static bool add_console(struct span item, struct param_error *e)
{
	struct span name = item, rate;
	u64 baud = 115200;
	size_t i;
	u8 port;

	for (i = 0; i < item.len && item.s[i] != ','; i++)
		;
	name.len = i;
	if (span_is(item, "screen")) {
		if (config.screen)
			return param_expected(e, "screen only once");
		config.screen = true;
		return true;
	}
	if (name.len != 5 || memcmp(name.s, "ttyS", 4) || name.s[4] < '0' || name.s[4] > '3')
		return param_expected(e, "screen, or ttyS0 to ttyS3 and a rate if you like, as in "
					 "ttyS0,115200");
	port = (u8)(name.s[4] - '0');
	if (i < item.len) {
		rate = (struct span){item.s + i + 1, item.len - i - 1};
		if (rate.len > 2 && !memcmp(rate.s + rate.len - 2, "n8", 2))
			rate.len -= 2;
		if (parse_decimal(rate, &baud) != PARSE_OK || !baud_known(baud))
			return param_expected(e, "a rate like 115200 or 115200n8 after the comma");
	}
	for (i = 0; i < config.nr_serial; i++)
		if (config.serial[i].port == port)
			return param_expected(e, "ttyS%u only once", port);
	config.serial[config.nr_serial].port = port;
	config.serial[config.nr_serial++].baud = (u32)baud;
	return true;
}

static bool parse_console(const char *value, struct param_error *e)
{
	struct span item;

	/* The first word replaces the default, others add to it. */
	if (!config.given.console) {
		config.nr_serial = 0;
		config.screen = false;
	}
	while (next_item(&value, '+', &item))
		if (!add_console(item, e))
			return false;
	return true;
}

static size_t show_console(char *buf, size_t size)
{
	size_t len = config.screen ? show_text(buf, size, "screen") : 0;

	for (unsigned i = 0; i < config.nr_serial; i++)
		len += (size_t)scnprintf(buf + len, size - len, "%sttyS%u,%u", len ? "+" : "",
					 config.serial[i].port, config.serial[i].baud);
	return len;
}

static bool parse_acpi_rsdp(const char *value, struct param_error *e)
{
	if (parse_number(whole(value), &config.acpi_rsdp) != PARSE_OK || !config.acpi_rsdp ||
	    config.acpi_rsdp >= ACPI_RSDP_MAX)
		return param_expected(e,
				      "a physical address below 2^46, like 0x7f7fe014: ACPI20= in "
				      "/sys/firmware/efi/systab");
	return true;
}

static size_t show_acpi_rsdp(char *buf, size_t size)
{
	if (!config.acpi_rsdp)
		return show_text(buf, size, "auto");
	return (size_t)scnprintf(buf, size, "0x%llx", (unsigned long long)config.acpi_rsdp);
}

static bool parse_debug(const char *value, struct param_error *e)
{
	struct span item;
	int i;

	while (next_item(&value, ',', &item)) {
		i = param_choice(debug_names, item, e);
		if (i < 0)
			return false;
		config.debug |= BIT(i);
	}
	return true;
}

static size_t show_debug(char *buf, size_t size)
{
	size_t len = 0;

	for (unsigned i = 0; debug_names[i]; i++)
		if (config.debug & BIT(i))
			len += (size_t)scnprintf(buf + len, size - len, "%s%s", len ? "," : "",
						 debug_names[i]);
	return len ? len : show_text(buf, size, "none");
}

static bool parse_cpus(const char *value, struct param_error *e)
{
	struct cpumask seen;
	struct span item;
	u64 cpu;

	cpumask_clear(&seen);
	config.nr_named = 0;
	while (next_item(&value, ',', &item)) {
		if (parse_decimal(item, &cpu) != PARSE_OK)
			return param_expected(e, "two CPU numbers or more, as in 0,1");
		if (cpu > 254)
			return param_expected(e, "CPUs that exist; the highest possible is 254");
		if (cpumask_test_cpu(&seen, cpu))
			return param_expected(e, "different CPU numbers, as in 0,1");
		cpumask_set_cpu(&seen, cpu);
		config.cpus[config.nr_named++] = (int)cpu;
	}
	if (config.nr_named < 2)
		return param_expected(e, "two CPU numbers or more, as in 0,1");
	return true;
}

static bool parse_host(const char *value, struct param_error *e)
{
	config.host = host_text;
	return percent_decode(host_text, sizeof(host_text), value) ||
	       param_expected(e,
			      "printable text with %%20 for a blank and %%25 for %%; run-qemu.sh "
			      "fills this in");
}

static size_t show_host(char *buf, size_t size)
{
	return config.host ? percent_encode(buf, size, config.host) : show_text(buf, size, "none");
}

/* clang-format off: a table */
PARAM(test, "NAME[,NAME]...|all|default|list|help", "default", false, parse_test, show_test,
      "tests to run, in order; -NAME takes one out of those before it");
PARAM(duration, "TIME", "2s", false, parse_duration_word, show_duration,
      "whole time of one timed test for one protocol, 100ms to 24h, unit ms, s, m or h");
PARAM(repeat, "N", "1", false, parse_repeat, show_repeat,
      "the whole list again, 1 to 1000000 times");
PARAM(until, "fail", "(never)", false, parse_until, show_until,
      "stop repeating at the first failure");
PARAM(isolcpus, "CPULIST|none", "(the last half of the CPUs)", false, parse_isolcpus, show_isolcpus,
      "CPUs to isolate, like 2-3,5 or 1-7:1/2 or 1-N; never CPU 0");
PARAM(user, "spin|enter|mix", "mix", false, parse_user, show_user,
      "what isolated CPUs do in user mode: watch the clock, enter the kernel, or both");
PARAM(sync, "ipi|deferred", "deferred", false, parse_sync, show_sync,
      "how text pokes reach isolated CPUs; ipi is the same as protocol=always-ipi");
PARAM(protocol, "NAME[,NAME]...|list", "nested-signal", false, parse_protocol, show_protocol,
      "entry/exit protocols to run");
PARAM(inject, "POINT[:nmi|db|mc]", "(none)", true, param_parse_inject, param_show_inject,
      "in timed tests, force an event (nmi) at a named point of the entry or exit path");
PARAM(delay, "POINT:CYCLES|POINT:poke", "(none)", true, param_parse_delay, param_show_delay,
      "in timed tests, wait there up to 10^9 cycles, or until a poke is done or waits for the CPU");
PARAM(seed, "NUMBER", "(from the TSC)", false, parse_seed, show_seed,
      "64 bits, decimal or 0x; every random choice derives from it");
PARAM(pti, "on|off", "on", false, parse_pti, show_pti,
      "page table isolation; with off whatever needs deferral is skipped");
PARAM(pcid, "on|off", "(on where the CPU has it)", false, parse_pcid, show_pcid,
      "process context identifiers");
PARAM(x2apic, "on|off", "(on where the CPU has it)", false, parse_x2apic, show_x2apic,
      "APIC by MSR");
PARAM(console, "screen|ttyS0[,BAUD]", "screen+ttyS0,115200", true, parse_console, show_console,
      "where the output goes: the screen, if the loader gave one, and ttyS0 to ttyS3");
PARAM(acpi_rsdp, "ADDRESS", "(found)", false, parse_acpi_rsdp, show_acpi_rsdp,
      "where the ACPI tables start, for kexec on UEFI machines (tests/tools/kexec-here)");
PARAM(end, "exit|halt|reboot|poweroff", "(exit under an emulator, halt on a machine)", false,
      parse_end, show_end, "what happens after the verdict");
PARAM(debug, "alternative,poke,entry,random", "(none)", false, parse_debug, show_debug,
      "extra log of these subsystems");
PARAM(cpus, "A,B[,C]...", "(the first two)", false, parse_cpus, NULL,
      "where pairwise tests run; litmus takes A for the sender, all others for victims");
PARAM(quirk, "tcg-retranslate|bochs-breakpoint|off", "(as detected)", false, parse_quirk,
      show_quirk, "work-arounds for emulators");
PARAM(accel, "none|kvm|tcg|bochs", "(as detected)", false, parse_accel, show_accel,
      "what runs the kernel; run-qemu.sh fills it in, since a hypervisor may hide its name");
PARAM(host, "TEXT", "(none)", false, parse_host, show_host,
      "options of run-qemu.sh for the replay line, percent-encoded; it fills this in itself");
