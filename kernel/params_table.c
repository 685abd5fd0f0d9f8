// SPDX-License-Identifier: BSD-2-Clause
/* The parameters: one PARAM() each, at the end, after the functions that read and show them. */
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
#define MAX_US_MAX    1000000000
#define ACPI_RSDP_MAX BIT(46) /* the direct map ends there */

const char *const user_names[] = {
	[USER_SPIN] = "spin", [USER_ENTER] = "enter", [USER_MIX] = "mix", NULL};
static const char *const sync_names[] = {[SYNC_IPI] = "ipi", [SYNC_DEFERRED] = "deferred", NULL};
static const char *const debug_names[] = {"alternative", "poke", "entry", "random", "time", NULL};
const char *const load_names[] = {[LOAD_NONE] = "none",
				  [LOAD_POKES] = "pokes",
				  [LOAD_FLUSHES] = "flushes",
				  [LOAD_BOTH] = "both",
				  NULL};
/* The value 0 of these is AUTO, which is shown but not a word to give. */
static const char *const pairs_names[] = {
	[PAIRS_NONE] = "none",	     [PAIRS_SMT] = "smt", [PAIRS_CORE] = "core",
	[PAIRS_PACKAGE] = "package", [PAIRS_ALL] = "all", NULL,
};

static const char *const switch_names[] = {
	[SWITCH_AUTO] = "auto", [SWITCH_OFF] = "off", [SWITCH_ON] = "on", NULL};
static const char *const end_names[] = {
	[END_AUTO] = "auto",	 [END_EXIT] = "exit",	      [END_HALT] = "halt",
	[END_REBOOT] = "reboot", [END_POWEROFF] = "poweroff", NULL};
static const char *const quirk_names[] = {[QUIRK_AUTO] = "auto",
					  [QUIRK_OFF] = "off",
					  [QUIRK_TCG_RETRANSLATE] = "tcg-retranslate",
					  [QUIRK_BOCHS_BREAKPOINT] = "bochs-breakpoint",
					  NULL};

static const char *const accel_names[] = {[ACCEL_AUTO] = "auto",
					  [ACCEL_OTHER] = "other",
					  [ACCEL_NONE] = "none",
					  [ACCEL_KVM] = "kvm",
					  [ACCEL_TCG] = "tcg",
					  [ACCEL_BOCHS] = "bochs",
					  NULL};

static char host_text[PARAMS_CMDLINE_MAX + 1];

static struct span whole(const char *text)
{
	return (struct span){text, strlen(text)};
}

static size_t show_text(char *buf, size_t size, const char *text)
{
	return (size_t)scnprintf(buf, size, "%s", text);
}

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

static bool parse_maxcpus(const char *value, struct param_error *e)
{
	u64 n = 0;

	if (parse_number(whole(value), &n) != PARSE_OK || !n || n > CPUMASK_CPUS)
		return param_expected(e, "a number of CPUs from 1 to %d", CPUMASK_CPUS);
	config.maxcpus = (u32)n;
	return true;
}

static size_t show_maxcpus(char *buf, size_t size)
{
	return config.maxcpus ? (size_t)scnprintf(buf, size, "%u", config.maxcpus)
			      : show_text(buf, size, "all");
}

static bool parse_max_us(const char *value, struct param_error *e)
{
	u64 n = 0;

	if (parse_number(whole(value), &n) != PARSE_OK || !n || n > MAX_US_MAX)
		return param_expected(e, "a number of microseconds from 1 to %d", MAX_US_MAX);
	config.max_us = (u32)n;
	return true;
}

static size_t show_max_us(char *buf, size_t size)
{
	return config.max_us ? (size_t)scnprintf(buf, size, "%u", config.max_us)
			     : show_text(buf, size, "none");
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

static bool parse_baud(struct span rate, u32 *baud)
{
	u64 value;

	if (rate.len > 2 && !memcmp(rate.s + rate.len - 2, "n8", 2))
		rate.len -= 2;
	if (parse_decimal(rate, &value) != PARSE_OK || !baud_known(value))
		return false;
	*baud = (u32)value;
	return true;
}

/* `uart8250,io,0x3f8` and `uart8250,mmio32,0xfe030000`, as Linux has them: the rate is left alone. */
static bool parse_uart8250(const struct span *parts, unsigned int nr, struct serial_port *port)
{
	if (nr < 3)
		return false;
	if (span_is(parts[1], "io"))
		port->kind = SERIAL_IO;
	else if (span_is(parts[1], "mmio32"))
		port->kind = SERIAL_MMIO32;
	else
		return false;
	return parse_number(parts[2], &port->address) == PARSE_OK && port->address &&
	       port->address < (port->kind == SERIAL_IO ? 0xfff8 : SERIAL_MMIO_MAX) &&
	       !(port->kind == SERIAL_MMIO32 && port->address & 3);
}

static bool parse_tty(struct span name, struct serial_port *port)
{
	if (name.len != 5 || memcmp(name.s, "ttyS", 4) || name.s[4] < '0' ||
	    name.s[4] >= '0' + SERIAL_TTYS)
		return false;
	*port = (struct serial_port){SERIAL_IO, serial_ttys[name.s[4] - '0'], 115200};
	return true;
}

/* One console of the list. */
static bool add_console(struct span item, struct param_error *e)
{
	const char *cursor = item.s;
	struct serial_port port = {};
	struct span parts[4];
	unsigned int nr = 0, used, i;

	if (span_is(item, "screen")) {
		if (config.screen)
			return param_expected(e, "screen only once");
		config.screen = true;
		return true;
	}
	for (i = 0; i <= item.len && nr < ARRAY_SIZE(parts); i++)
		if (i == item.len || item.s[i] == ',') {
			parts[nr++] = (struct span){cursor, (size_t)(item.s + i - cursor)};
			cursor = item.s + i + 1;
		}
	used = parse_tty(parts[0], &port) ? 1 : 3;
	if (i <= item.len ||
	    (used == 3 && (!span_is(parts[0], "uart8250") || !parse_uart8250(parts, nr, &port))))
		return param_expected(e, "screen, ttyS0 to ttyS3 and a rate if you like, as in "
					 "ttyS0,115200, or uart8250,io,0x3f8 or "
					 "uart8250,mmio32,0xfe030000");
	if (nr > used && (nr > used + 1 || !parse_baud(parts[used], &port.baud)))
		return param_expected(e, "a rate like 115200 or 115200n8 after the comma");
	for (i = 0; i < config.nr_serial; i++)
		if (config.serial[i].kind == port.kind && config.serial[i].address == port.address)
			return param_expected(e, "each port only once");
	if (config.nr_serial == CONFIG_SERIALS)
		return param_expected(e, "at most %d ports", CONFIG_SERIALS);
	config.serial[config.nr_serial++] = port;
	return true;
}

static bool parse_console(const char *value, struct param_error *e)
{
	struct span item;

	/* The first word replaces the default, others add to it. */
	if (!param_given(console)) {
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
	unsigned int i, tty;

	for (i = 0; i < config.nr_serial; i++) {
		const struct serial_port *port = &config.serial[i];

		len += (size_t)scnprintf(buf + len, size - len, "%s", len ? "+" : "");
		for (tty = 0; tty < SERIAL_TTYS; tty++)
			if (port->kind == SERIAL_IO && port->address == serial_ttys[tty])
				break;
		if (tty < SERIAL_TTYS)
			len += (size_t)scnprintf(buf + len, size - len, "ttyS%u", tty);
		else
			len += (size_t)scnprintf(buf + len, size - len, "uart8250,%s,0x%llx",
						 port->kind == SERIAL_IO ? "io" : "mmio32",
						 (unsigned long long)port->address);
		if (port->baud)
			len += (size_t)scnprintf(buf + len, size - len, ",%u", port->baud);
	}
	return len ? len : show_text(buf, size, "none");
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
	unsigned int i;

	for (i = 0; debug_names[i]; i++)
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

/* An enum in config; the values below @_first have a name that is not accepted. */
#define CHOICE(_field, _names, _first) \
	.names = _names, .first = _first, .choice = (unsigned int *)&config._field

/* clang-format off: a table */
PARAM(test, .syntax = "NAME[,NAME]...|all|default|list|help", .defval = "default",
      .parse = parse_test, .show = show_test,
      .help = "tests to run, in order; -NAME takes one out of those before it");
PARAM(duration, .syntax = "TIME", .defval = "2s", .parse = parse_duration_word,
      .show = show_duration,
      .help = "whole time of one timed test for one protocol, 100ms to 24h, unit ms, s, m or h");
PARAM(repeat, .syntax = "N", .defval = "1", .parse = parse_repeat, .show = show_repeat,
      .help = "the whole list again, 1 to 1000000 times");
PARAM(until, .syntax = "fail", .defval = "(never)", .parse = parse_until, .show = show_until,
      .help = "stop repeating at the first failure");
PARAM(maxcpus, .syntax = "N", .defval = "(all)", .parse = parse_maxcpus, .show = show_maxcpus,
      .help = "run on the first N CPUs that come up");
PARAM(isolcpus, .syntax = "CPULIST|none", .defval = "(the last half of the CPUs)",
      .parse = parse_isolcpus, .show = show_isolcpus,
      .help = "CPUs to isolate, like 2-3,5 or 1-7:1/2 or 1-N; never CPU 0");
PARAM(user, .syntax = "spin|enter|mix", .defval = "mix", CHOICE(user, user_names, 0),
      .help = "what isolated CPUs do in user mode: watch the clock, enter the kernel, or both");
PARAM(load, .syntax = "none|pokes|flushes|both", .defval = "pokes", CHOICE(load, load_names, 0),
      .help = "what CPU 0 does in test=noise, a thousand times a second");
PARAM(max_us, .syntax = "N", .defval = "(none)", .parse = parse_max_us, .show = show_max_us,
      .help = "test=noise fails if a program was away for longer than N microseconds");
PARAM(sync, .syntax = "ipi|deferred", .defval = "deferred", CHOICE(sync, sync_names, 0),
      .help = "how text pokes reach isolated CPUs; ipi is the same as protocol=always-ipi");
PARAM(protocol, .syntax = "NAME[,NAME]...|list", .defval = "nested-signal", .parse = parse_protocol,
      .show = show_protocol, .help = "entry/exit protocols to run");
PARAM(inject, .syntax = "POINT[:nmi|db|mc]", .defval = "(none)", .repeats = true,
      .parse = param_parse_inject, .show = param_show_inject,
      .help = "in timed tests, force an event (nmi) at a named point of the entry or exit path");
PARAM(delay, .syntax = "POINT:CYCLES|POINT:poke", .defval = "(none)", .repeats = true,
      .parse = param_parse_delay, .show = param_show_delay,
      .help = "in timed tests, wait there up to 10^9 cycles, or until a poke is done or waits for the CPU");
PARAM(seed, .syntax = "NUMBER", .defval = "(from the TSC)", .parse = parse_seed, .show = show_seed,
      .help = "64 bits, decimal or 0x; every random choice derives from it");
PARAM(pti, .syntax = "on|off", .defval = "on", CHOICE(pti, switch_names, 1),
      .help = "page table isolation; with off whatever needs deferral is skipped");
PARAM(pcid, .syntax = "on|off", .defval = "(on where the CPU has it)",
      CHOICE(pcid, switch_names, 1), .help = "process context identifiers");
PARAM(x2apic, .syntax = "on|off", .defval = "(on where the CPU has it)",
      CHOICE(x2apic, switch_names, 1), .help = "APIC by MSR");
PARAM(console, .syntax = "screen|ttyS0[,BAUD]|uart8250,io|mmio32,ADDRESS[,BAUD]",
      .defval = "screen", .repeats = true, .parse = parse_console, .show = show_console,
      .help = "where the output goes; without this word also the port that the firmware names (SPCR), "
	      "or else every UART found");
PARAM(acpi_rsdp, .syntax = "ADDRESS", .defval = "(found)", .parse = parse_acpi_rsdp,
      .show = show_acpi_rsdp,
      .help = "where the ACPI tables start, for kexec on UEFI machines (tests/tools/kexec-here)");
PARAM(end, .syntax = "exit|halt|reboot|poweroff",
      .defval = "(exit under an emulator, halt on a machine)", CHOICE(end, end_names, 1),
      .help = "what happens after the verdict");
PARAM(qr, .syntax = "on|off", .defval = "(on with end=halt)", CHOICE(qr, switch_names, 1),
      .help = "the report as QR codes on the screen, after the verdict; tests/tools/qr-report reads them");
PARAM(debug, .syntax = "alternative,poke,entry,random,time", .defval = "(none)",
      .parse = parse_debug, .show = show_debug, .help = "extra log of these subsystems");
PARAM(cpus, .syntax = "A,B[,C]...", .defval = "(the first two)", .parse = parse_cpus,
      .help = "where pairwise tests run; litmus takes A for the sender, all others for victims");
PARAM(pairs, .syntax = "smt|core|package|all", .defval = "(none)", CHOICE(pairs, pairs_names, 1),
      .help = "litmus once for a pair of each such relation");
PARAM(quirk, .syntax = "tcg-retranslate|bochs-breakpoint|off", .defval = "(as detected)",
      CHOICE(quirk, quirk_names, 1), .help = "work-arounds for emulators");
PARAM(accel, .syntax = "none|kvm|tcg|bochs", .defval = "(as detected)",
      CHOICE(accel, accel_names, 2),
      .help = "what runs the kernel; run-qemu.sh fills it in, since a hypervisor may hide its name");
PARAM(host, .syntax = "TEXT", .defval = "(none)", .parse = parse_host, .show = show_host,
      .help = "options of run-qemu.sh for the replay line, percent-encoded; it fills this in itself");
