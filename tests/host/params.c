// SPDX-License-Identifier: BSD-2-Clause
/* The command line: defaults, good words and what they do, and bad ones and what is said. */
#include <stdlib.h>
#include <tests/host/lib/params_words.h>
#include "../../kernel/lib/printf.c"
#include "../../kernel/lib/parse.c"
#include "../../kernel/lib/cpulist.c"
#include "../../kernel/params.c"
#include "../../kernel/params_names.c"
#include "../../entry/protocol/point_names.c"
#include "../../entry/protocol/point_params.c"
#include "../../kernel/params_table.c"

/* Accepted by itself, refused once the number of CPUs is known. */
static void bad_cpus(const char *line, unsigned int nr_cpus, const char *why)
{
	struct cpumask mask;
	char want[256];

	snprintf(want, sizeof(want), "error: %s: expected ", line);
	ok(params_parse(line, err, sizeof(err)) &&
		   !params_resolve_cpus(nr_cpus, &mask, err, sizeof(err)) &&
		   !strncmp(err, want, strlen(want)) && strstr(err, why),
	   "'%s' of %u CPUs: %s", line, nr_cpus, err);
}

static void isolated(const char *line, unsigned int nr_cpus, const char *want)
{
	struct cpumask mask;
	char got[1024] = "refused";

	if (params_parse(line, err, sizeof(err)) &&
	    params_resolve_cpus(nr_cpus, &mask, err, sizeof(err)))
		cpulist_format(got, sizeof(got), &mask);
	is(got, want, line);
	is(config.isolcpus, want, "the effective text");
}

static void test_good(void)
{
	GOOD("", !strcmp(config.tests, "default") && config.duration_ns == 2 * NSEC_PER_SEC);
	GOOD("", config.repeat == 1 && !config.until_fail && config.user == USER_MIX);
	GOOD("", config.sync == SYNC_DEFERRED && !param_given(sync) && !config.isolcpus);
	GOOD("", !strcmp(config.protocols, "nested-signal") && config.pti == SWITCH_ON);
	GOOD("", config.pcid == SWITCH_AUTO && config.end == END_AUTO && !config.quirk);
	GOOD("", !config.nr_serial && !param_given(console));
	GOOD(" \t\n ", !param_given(test));
	GOOD("  test=defer\tuser=spin \n", !strcmp(config.tests, "defer") && param_given(test));
	GOOD("test=all", !strcmp(config.tests, "all"));
	GOOD("test=default,-poke", !strcmp(config.tests, "default,-poke"));
	GOOD("test=all,-poke,defer", 1);
	GOOD("test=poke,defer,-poke", 1);
	GOOD("test=poke,poke", 1);
	GOOD("test=list", 1);
	GOOD("test=help", 1);
	GOOD("test=selfdestruct:panic", 1);
	GOOD("duration=100ms", config.duration_ns == 100 * NSEC_PER_MSEC && param_given(duration));
	GOOD("duration=24h", config.duration_ns == DURATION_MAX);
	GOOD("duration=2s", param_given(duration));
	GOOD("maxcpus=256", config.maxcpus == 256);
	GOOD("repeat=1000000 until=fail", config.repeat == 1000000 && config.until_fail);
	GOOD("user=enter", config.user == USER_ENTER);
	GOOD("user=spin", config.user == USER_SPIN);
	GOOD("sync=ipi", config.sync == SYNC_IPI && !strcmp(config.protocols, "always-ipi"));
	GOOD("sync=deferred protocol=nested-signal", param_given(sync) && param_given(protocol));
	GOOD("protocol=always-ipi", config.sync == SYNC_IPI && !param_given(sync));
	GOOD("protocol=nested-signal,always-ipi", config.sync == SYNC_DEFERRED);
	GOOD("protocol=list", 1);
	GOOD("seed=0", !config.seed && param_given(seed));
	GOOD("seed=0xffffffffffffffff", config.seed == UINT64_MAX);
	GOOD("seed=12345", config.seed == 12345);
	GOOD("pti=off pcid=on x2apic=off",
	     config.pti == SWITCH_OFF && config.pcid == SWITCH_ON && config.x2apic == SWITCH_OFF);
	GOOD("console=ttyS1", config.nr_serial == 1 && config.serial[0].address == 0x2f8 &&
				      config.serial[0].baud == 115200);
	GOOD("console=uart8250,io,0x5000",
	     config.nr_serial == 1 && config.serial[0].kind == SERIAL_IO &&
		     config.serial[0].address == 0x5000 && !config.serial[0].baud);
	GOOD("console=screen+uart8250,mmio32,0xfe030000,115200n8",
	     config.screen && config.serial[0].kind == SERIAL_MMIO32 &&
		     config.serial[0].address == 0xfe030000 && config.serial[0].baud == 115200);
	GOOD("console=ttyS0,9600n8 console=ttyS3,115200",
	     config.nr_serial == 2 && config.serial[0].baud == 9600 &&
		     config.serial[1].address == 0x2e8);
	GOOD("", config.screen);
	GOOD("console=screen", config.screen && !config.nr_serial);
	GOOD("console=ttyS2", !config.screen && config.nr_serial == 1);
	GOOD("console=ttyS0,9600+screen", config.screen && config.nr_serial == 1);
	GOOD("end=halt", config.end == END_HALT);
	GOOD("end=reboot", config.end == END_REBOOT);
	GOOD("end=poweroff", config.end == END_POWEROFF);
	GOOD("end=exit", config.end == END_EXIT);
	GOOD("qr=off end=halt", config.qr == SWITCH_OFF);
	GOOD("debug=poke,random", config.debug == (DEBUG_POKE | DEBUG_RANDOM));
	GOOD("debug=time", config.debug == DEBUG_TIME);
	GOOD("debug=alternative,entry", config.debug == (DEBUG_ALTERNATIVE | DEBUG_ENTRY));
	GOOD("cpus=3,1", config.cpus[0] == 3 && config.cpus[1] == 1 && param_given(cpus));
	GOOD("cpus=3,1,0", config.nr_named == 3 && config.cpus[2] == 0);
	GOOD("load=both", config.load == LOAD_BOTH && !config.max_us);
	GOOD("max_us=1000000000", config.max_us == 1000000000 && config.load == LOAD_POKES);
	GOOD("quirk=off", config.quirk == QUIRK_OFF);
	GOOD("quirk=tcg-retranslate", config.quirk == QUIRK_TCG_RETRANSLATE);
	GOOD("host=--smp%202%20--cpu%20max", !strcmp(config.host, "--smp 2 --cpu max"));
	GOOD("host=a=b", !strcmp(config.host, "a=b"));
	GOOD("isolcpus=1-N", !strcmp(config.isolcpus, "1-N"));
	GOOD("test=poke", !param_given(host) && !config.host && !config.seed); /* nothing is left */
}

static void test_bad_names(void)
{
	bad("max_us=1000000001", "max_us=1000000001", "from 1 to 1000000000");
	bad("smp=4", "smp=4", "a known word; nearest is \"");
	bad("tset=poke", "tset=poke", "\"test=\"");
	bad("isolcpu=1", "isolcpu=1", "\"isolcpus=\"");
	bad("Test=poke", "Test=poke", "\"test=\"");
	bad("durration=2s", "durration=2s", "\"duration=\"");
	bad("--smp", "--smp", "known word");
	bad("quiet", "quiet", "known word");
	bad("=", "=", "known word");
	bad("=poke", "=poke", "known word");
	bad("test", "test", "a value: test=NAME");
	bad("test=", "test=", "a value: test=NAME");
	bad("until", "until", "until=fail");
	bad("seed=", "seed=", "a value");
	bad("test=poke test=poke", "test=poke", "only once");
	bad("seed=1 user=mix seed=2", "seed=2", "only once");
	bad("duration=2s duration=2s", "duration=2s", "only once");
	bad("user=mix ro", "ro", "known word");
	bad("\"test=poke\"", "\"test=poke\"", "known word");
	bad("te\x7fst=poke", "te?st=poke", "\"test=\"");
}

static void test_bad_lists(void)
{
	bad("test=pokes", "test=pokes", "nearest is \"poke\"");
	bad("test=Default", "test=Default", "nearest is \"default\"");
	bad("test=poke,", "test=poke,", "comma");
	bad("test=,poke", "test=,poke", "comma");
	bad("test=poke,,defer", "test=poke,,defer", "comma");
	bad("test=-", "test=-", "behind \"-\"");
	bad("test=all,-", "test=all,-", "behind \"-\"");
	bad("test=-poke", "test=-poke", "all,-poke");
	bad("test=defer,-poke", "test=defer,-poke", "taken out of");
	bad("test=poke,-poke", "test=poke,-poke", "leaves a test");
	bad("test=all,-all", "test=all,-all", "one test behind");
	bad("test=all,-pokes", "test=all,-pokes", "nearest is \"poke\"");
	bad("test=list,poke", "test=list,poke", "alone");
	bad("test=poke,help", "test=poke,help", "alone");
	bad("test=selfdestruct", "test=selfdestruct", "selfdestruct:KIND");
	bad("test=selfdestruct:", "test=selfdestruct:", "test=list shows");
	bad("test=poke:panic", "test=poke:panic", "test=list shows");
	bad("test=all:panic", "test=all:panic", "a known test");
	bad("test=all,-screen", "test=all,-screen", "not built yet");
	bad("test=screen", "test=screen", "not built yet");
	bad("protocol=all,nested-signal", "protocol=all,nested-signal", "alone");
	bad("protocol=nested-sign", "protocol=nested-sign", "\"nested-signal\"");
	bad("protocol=nested-signal,", "protocol=nested-signal,", "comma");
	bad("protocol=list,always-ipi", "protocol=list,always-ipi", "alone");
	bad("debug=foo", "debug=foo", "alternative, poke, entry, random or time");
	bad("debug=poke,", "debug=poke,", "alternative, poke");
	bad("debug=all", "debug=all", "alternative, poke");
}

static void test_bad_values(void)
{
	bad("duration=5", "duration=5", "unit");
	bad("duration=99ms", "duration=99ms", "100ms to 24h");
	bad("duration=0s", "duration=0s", "100ms to 24h");
	bad("duration=25h", "duration=25h", "100ms to 24h");
	bad("duration=86400001ms", "duration=86400001ms", "100ms to 24h");
	bad("duration=99999999999999999999h", "duration=99999999999999999999h", "100ms to 24h");
	bad("duration=-1s", "duration=-1s", "unit");
	bad("duration=1.5s", "duration=1.5s", "whole number");
	bad("repeat=0", "repeat=0", "1 to 1000000");
	bad("repeat=1000001", "repeat=1000001", "1 to 1000000");
	bad("repeat=99999999999999999999", "repeat=99999999999999999999", "1 to 1000000");
	bad("maxcpus=0", "maxcpus=0", "1 to 256");
	bad("maxcpus=257", "maxcpus=257", "1 to 256");
	bad("maxcpus=two", "maxcpus=two", "1 to 256");
	bad("repeat=x", "repeat=x", "1 to 1000000");
	bad("until=pass", "until=pass", "until=fail");
	bad("user=idle", "user=idle", "spin, enter or mix; nearest");
	bad("sync=defered", "sync=defered", "nearest to \"defered\" is \"deferred\"");
	bad("seed=18446744073709551616", "seed=18446744073709551616", "64 bits");
	bad("seed=abc", "seed=abc", "0x");
	bad("seed=-1", "seed=-1", "64 bits");
	bad("pti=yes", "pti=yes", "off or on");
	bad("pcid=auto", "pcid=auto", "off or on");
	bad("x2apic=1", "x2apic=1", "off or on");
	bad("console=screen+screen", "console=screen+screen", "only once");
	bad("console=screen,9600", "console=screen,9600", "ttyS0 to ttyS3");
	bad("console=tty0", "console=tty0", "ttyS0");
	bad("console=ttyS4", "console=ttyS4", "ttyS0");
	bad("console=ttyS", "console=ttyS", "ttyS0");
	bad("console=uart8250", "console=uart8250", "uart8250,io,0x3f8");
	bad("console=uart8250,io", "console=uart8250,io", "uart8250,io,0x3f8");
	bad("console=uart8250,mmio,0x3f8", "console=uart8250,mmio,0x3f8", "mmio32");
	bad("console=uart8250,io,0x10000", "console=uart8250,io,0x10000", "uart8250,io,0x3f8");
	bad("console=uart8250,mmio32,0x1002", "console=uart8250,mmio32,0x1002", "mmio32");
	bad("console=uart8250,io,0x3f8,115200,8", "console=uart8250,io,0x3f8,115200,8", "ttyS0");
	bad("console=uart8250,io,0x3f8+ttyS0", "console=uart8250,io,0x3f8+ttyS0", "only once");
	bad("console=ttyS0,", "console=ttyS0,", "rate");
	bad("console=ttyS0,115201", "console=ttyS0,115201", "rate");
	bad("console=ttyS0,115200e7", "console=ttyS0,115200e7", "rate");
	bad("console=ttyS0,0", "console=ttyS0,0", "rate");
	bad("console=ttyS0,115200,9600", "console=ttyS0,115200,9600", "rate");
	bad("console=ttyS0 console=ttyS0,9600", "console=ttyS0,9600", "only once");
	bad("acpi_rsdp=0", "acpi_rsdp=0", "physical address");
	bad("acpi_rsdp=rsdp", "acpi_rsdp=rsdp", "physical address");
	bad("acpi_rsdp=0x400000000000", "acpi_rsdp=0x400000000000", "below 2^46");
	bad("end=auto", "end=auto", "exit, halt, reboot or poweroff");
	bad("qr=auto", "qr=auto", "off or on");
	bad("end=stop", "end=stop", "exit, halt, reboot or poweroff");
	bad("cpus=1", "cpus=1", "two");
	bad("cpus=1,2,1", "cpus=1,2,1", "different");
	bad("cpus=1,1", "cpus=1,1", "different");
	bad("cpus=1,", "cpus=1,", "two");
	bad("cpus=1,999", "cpus=1,999", "254");
	bad("quirk=on", "quirk=on", "off, tcg-retranslate or bochs-breakpoint");
	bad("host=%2", "host=%2", "%20");
	bad("host=a%0ab", "host=a%0ab", "%20");
	bad("isolcpus=0-3", "isolcpus=0-3", "CPU 0");
	bad("isolcpus=1,,2", "isolcpus=1,,2", "comma");
	bad("isolcpus=3-1", "isolcpus=3-1", "smaller");
	bad("isolcpus=255", "isolcpus=255", "exist, 1 to 254,");
	bad("sync=ipi protocol=nested-signal", "protocol=nested-signal", "sync=ipi");
	bad("protocol=nested-signal sync=ipi", "sync=ipi", "protocol=");
	bad("protocol=always-ipi sync=ipi", "sync=ipi", "protocol=");
	bad("sync=ipi protocol=list", "protocol=list", "sync=ipi");
}

static void test_long(void)
{
	char line[8192], want[4096];

	memset(line, ' ', sizeof(line));
	strcpy(line + PARAMS_CMDLINE_MAX - 9, "test=poke");
	ok(strlen(line) == PARAMS_CMDLINE_MAX && params_parse(line, err, sizeof(err)),
	   "the longest line");
	memset(line, ' ', sizeof(line));
	strcpy(line + PARAMS_CMDLINE_MAX - 8, "test=poke user=mix");
	bad(line, "test=poke", "at most 2047 bytes");
	strcpy(line + PARAMS_CMDLINE_MAX - 2, "a  user=mix");
	bad(line, "user=mix", "at most 2047 bytes");
	memset(line, ' ', sizeof(line));
	line[3000] = 0;
	ok(!params_parse(line, err, sizeof(err)), "nothing but blanks, too long: %s", err);

	memset(line, 'x', sizeof(line));
	line[2047] = 0;
	ok(!params_parse(line, err, sizeof(err)), "one huge word is refused");
	scnprintf(want, sizeof(want), "error: %s: expected a known word", line);
	ok(!strncmp(err, want, strlen(want)), "and named in full");
	ok(!params_parse(line, err, 200) && strstr(err, "help shows them all"),
	   "a small buffer keeps the explanation: %.20s...", err);
	ok(!params_parse(line, err, 10) && strlen(err) == 9, "a tiny buffer is not overrun");
}

static unsigned int help_lines;

static void help_line(const char *text)
{
	help_lines += *text && !strchr(text, '\n') && strlen(text) < 200;
}

static void test_print(void)
{
	struct cpumask mask;
	char got[4096];

	params_parse("", err, sizeof(err));
	config.seed = 0xabc;
	params_resolve_cpus(4, &mask, err, sizeof(err));
	params_print_config(got, sizeof(got));
	is(got,
	   " test=default duration=2s repeat=1 until=never maxcpus=all isolcpus=2-3 user=mix load=pokes "
	   "max_us=none sync=deferred "
	   "protocol=nested-signal inject=none delay=none seed=0xabc pti=on pcid=auto x2apic=auto "
	   "console=screen acpi_rsdp=auto end=auto qr=auto debug=none pairs=none quirk=auto accel=auto "
	   "host=none",
	   "the config line, in the order of the table");
	params_print_replay(got, sizeof(got));
	is(got, " seed=0xabc", "replay of the default run");
	ok(params_parse("host=--smp%202 test=poke   seed=7 console=ttyS0 console=ttyS1,9600", err,
			sizeof(err)),
	   "words");
	params_print_replay(got, sizeof(got));
	is(got, " --smp 2 test=poke seed=7 console=ttyS0 console=ttyS1,9600", "replay");
	params_print_config(got, sizeof(got));
	ok(!!strstr(got, "console=ttyS0,115200+ttyS1,9600") && !!strstr(got, "host=--smp%202"),
	   "config: %s", got);
	ok(params_print_config(got, 20) == 19 && strlen(got) == 19, "a small buffer cuts");
	params_help(help_line);
	ok(help_lines == 1 + 2 * (unsigned int)(__params_end - __params_start) && help_lines > 1,
	   "help has %u lines", help_lines);
}

int main(void)
{
	struct cpumask mask;

	test_good();
	test_bad_names();
	test_bad_lists();
	test_bad_values();
	test_long();
	isolated("", 1, "none");
	isolated("", 2, "1");
	isolated("", 3, "2");
	isolated("", 4, "2-3");
	isolated("", 255, "128-254");
	isolated("isolcpus=none", 4, "none");
	isolated("isolcpus=1-N:1/2", 8, "1,3,5,7");
	bad_cpus("isolcpus=4", 4, "1 to 3 here");
	bad_cpus("isolcpus=1-N", 1, "none");
	bad_cpus("cpus=0,4", 4, "0 to 3 here");
	bad_cpus("cpus=0,1,4", 4, "0 to 3 here");
	params_parse("", err, sizeof(err));
	ok(params_resolve_cpus(1, &mask, err, sizeof(err)) && config.cpus[1] == -1, "one CPU");
	test_print();
	return done_testing();
}
