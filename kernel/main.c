// SPDX-License-Identifier: BSD-2-Clause
/* From the loader to the verdict. */
#include <arch/x86_64/acpi.h>
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/desc.h>
#include <arch/x86_64/pti.h>
#include <arch/x86_64/serial.h>
#include <arch/x86_64/smp.h>
#include <arch/x86_64/tlb.h>
#include <arch/x86_64/tsc.h>
#include <arch/x86_64/vectors.h>
#include <boot/bootinfo.h>
#include <entry/entry.h>
#include <entry/protocol/protocol.h>
#include <kernel/clocks.h>
#include <kernel/config_line.h>
#include <kernel/console.h>
#include <kernel/isolation.h>
#include <kernel/last_screen.h>
#include <kernel/lib/cpumask.h>
#include <kernel/lib/parse.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/random.h>
#include <kernel/lib/string.h>
#include <kernel/live.h>
#include <kernel/machine.h>
#include <kernel/mce.h>
#include <kernel/memory.h>
#include <kernel/panic.h>
#include <kernel/params.h>
#include <kernel/phases.h>
#include <kernel/ramlog.h>
#include <kernel/report.h>
#include <kernel/screen.h>
#include <kernel/test.h>
#include <kernel/thermal.h>
#include <kernel/tick.h>
#include <kernel/topology_line.h>
#include <kernel/wait.h>
#include <patching/kernel/alternatives.h>
#include <patching/kernel/sync_ipi.h>
#include <patching/kernel/text_check.h>
#include <patching/kernel/vmap.h>
#include <patching/static_call.h>
#include <patching/static_key.h>
#include <patching/text_poke.h>
#include <version.h>

void kernel_start(enum boot_protocol protocol, u64 info, u64 tsc);
__noreturn void early_fault(u64 vector, u64 error, u64 ip, u64 address);

/* panic() and friends ask GS who they are, before there is an entry area to point it to. */
static struct cpu_entry_area early_area;

static char error_line[PARAMS_ERR_MAX];
static bool started;
/* What start-up is at, should it fault before cpu_init(); NULL: there is no console yet. */
static const char *volatile early_step;
static bool report_begun;

static __noreturn void usage_error(void)
{
	console_write(error_line, strlen(error_line));
	console_write("\n", 1);
	machine_end(REPORT_STATUS_USAGE);
}

static __noreturn void too_many(const char *word, unsigned int most)
{
	char expected[64];

	scnprintf(expected, sizeof(expected), "no more than %u to run, lists counted out", most);
	params_refuse(word, expected, error_line, sizeof(error_line));
	usage_error();
}

static void require(const char *error)
{
	if (error)
		harness_error("start-up: %s", error);
}

/*
 * Multiboot2 loaders put the image's name, or nothing, in front of the words: GRUB a path, kexec
 * the file as it was given, latesync.elf if that was its name. No word of ours looks like one.
 */
static const char *words(void)
{
	const char *p = boot_info.cmdline, *end;
	bool name = false, value = false;

	while (*p == ' ')
		p++;
	for (end = p; *end && *end != ' '; end++) {
		name |= *end == '/' || *end == '.';
		value |= *end == '=';
	}
	if (*p == '/' || *p == '(')
		return end;
	return boot_info.protocol == BOOT_MULTIBOOT2 && name && !value ? end : p;
}

static void settle_switch(enum switch_kind *want, bool have)
{
	if (*want == SWITCH_AUTO)
		*want = have ? SWITCH_ON : SWITCH_OFF;
}

/* Nothing runs half-configured: what was asked for and is not there leaves nothing to test. */
static void demand_features(void)
{
	if (config.x2apic == SWITCH_ON && !cpu_has(X86_FEATURE_X2APIC)) {
		tests_skip_all("x2apic=on: this CPU has no x2APIC");
		config.x2apic = SWITCH_OFF;
	}
	if (config.x2apic == SWITCH_OFF && cpu_info.xapic_locked) {
		tests_skip_all("x2apic=off: the firmware has locked this CPU in x2APIC mode "
			       "(IA32_XAPIC_DISABLE_STATUS); leave the word out");
		config.x2apic = SWITCH_ON;
	}
	if (config.pcid == SWITCH_ON && !cpu_has(X86_FEATURE_PCID)) {
		tests_skip_all("pcid=on: this CPU has no PCID");
		config.pcid = SWITCH_OFF;
	}
}

static void settle_config(void)
{
	demand_features();
	settle_switch(&config.pti, true);
	settle_switch(&config.pcid, cpu_has(X86_FEATURE_PCID));
	settle_switch(&config.x2apic, cpu_has(X86_FEATURE_X2APIC));
	config.accel = machine_accel();
	if (config.acpi_rsdp)
		boot_info.rsdp = config.acpi_rsdp;
	if (config.end == END_AUTO)
		config.end = config.accel == ACCEL_NONE ? END_HALT : END_EXIT;
	if (config.quirk == QUIRK_AUTO)
		config.quirk = config.accel == ACCEL_TCG ? QUIRK_TCG_RETRANSLATE : QUIRK_OFF;
	text_poke_quirk_retranslate = config.quirk == QUIRK_TCG_RETRANSLATE;
	if (!param_given(seed))
		config.seed = rdtsc() * 0x9e3779b97f4a7c15 | 1;
	pti_enabled = config.pti == SWITCH_ON;
	pcid_enabled = config.pcid == SWITCH_ON && cpu_has(X86_FEATURE_PCID);
	cpu_cap_set(X86_FEATURE_PTI, pti_enabled);
}

/* protocol= names one or several; each test runs once for each of them. */
static const struct protocol *chosen[PROTOCOLS_MAX];
static unsigned int nr_chosen;

static void choose_protocols(void)
{
	const char *list = config.protocols;
	struct span item;

	if (!strcmp(list, "all")) {
		for (nr_chosen = 0; nr_chosen < nr_protocols; nr_chosen++)
			chosen[nr_chosen] = &protocols[nr_chosen];
		return;
	}
	while (next_item(&list, ',', &item)) {
		if (nr_chosen == PROTOCOLS_MAX)
			too_many("protocol", PROTOCOLS_MAX);
		chosen[nr_chosen++] = protocol_find(item.s, item.len);
	}
}

static const char *select_protocol(unsigned int index)
{
	tests_skip_setting(protocol_impossible(chosen[index]));
	protocol_select(chosen[index]);
	return nr_chosen > 1 ? chosen[index]->name : NULL;
}

static void start_cpus(void)
{
	struct cpumask isolated;
	unsigned int cpu, missing;

	early_step = "reading the ACPI tables";
	acpi_read_madt(boot_info.rsdp);
	early_step = "looking for serial ports";
	console_settle();
	early_step = "preparing the CPUs";
	machine_prepare();
	if (!madt.nr_cpus)
		madt.lapic_phys = rdmsr(MSR_APICBASE) & ~0xffful;
	if (!madt.nmi_lints)
		madt.nmi_lints = 2; /* LINT1, as wired on every PC */
	apic_init(madt.lapic_phys, config.x2apic == SWITCH_ON);
	desc_enter_at(
		(struct entry_addresses){(u64)entry_stubs, ENTRY_STUB_SIZE, (u64)entry_SYSCALL_64});
	require(smp_prepare(config.maxcpus));
	pti_init();
	cpu_init(0);
	apic_setup_cpu(madt.nmi_lints);
	phase_over("ACPI, serial ports, entry areas");
	tsc_calibrate_look();
	poking_init();
	vmap_init();
	text_check();
	phase_over("text check");
	tsc_calibrate_look();
	if (text_check_failed(TEXT_REPLACED))
		report_info("warning: %s; no test here replaces a page of text",
			    text_check_failed(TEXT_REPLACED));
	choose_protocols();
	protocol_prepare(chosen[0]);
	alternatives_boot(test_requested("selftest"));
	jump_label_init();
	static_call_init();
	phase_over("alternatives and patching");
	require(tsc_calibrate());
	phase_over("clock calibration");
	tests_early();

	set_irq_handler(SYNC_CORE_VECTOR, sync_core_interrupt);
	set_irq_handler(TLB_VECTOR, tlb_interrupt);
	set_irq_handler(QUIRK_VECTOR, quirk_interrupt);
	tick_init();
	phase_over("what tests do before other CPUs run");
	missing = smp_boot_cpus(config.maxcpus);
	phase_over("CPU bring-up");
	if (!madt.found)
		report_info(
			"warning: no ACPI table (MADT) lists CPUs: this run has one CPU only, and "
			"what needs two is a SKIP; acpi_rsdp= helps where the loader gave no RSDP");
	else if (smp_cpus_unused)
		report_info(
			"warning: %u more CPUs are listed and not used: maxcpus=, APIC IDs above "
			"254 without x2APIC, or room for %d",
			smp_cpus_unused, NR_CPUS);
	if (!params_resolve_cpus(nr_cpus, &isolated, error_line, sizeof(error_line)))
		usage_error();
	isolation_init(&isolated);
	if (!missing) {
		topology_line_print();
		return;
	}
	for (cpu = 1; cpu < nr_cpus; cpu++)
		if (smp_missing(cpu))
			report_info("cpu %u (APIC ID %u) did not start", cpu, cpus[cpu].apic_id);
	report_error("%u of %u CPUs did not start", missing, nr_cpus);
	machine_end(report_finish());
}

int report_finish(void)
{
	report_flush();
	if (started) {
		config_line_print();
		replay_line_print();
		phase_over("the words again");
	}
	if (started && config.debug & DEBUG_TIME)
		phases_print();
	return report_verdict();
}

static void log_choice(const struct random_stream *random, u64 bound, u64 choice)
{
	report_info("random purpose=%u cpu=%u index=%lu below=%lu choice=%lu", random->purpose,
		    random->cpu, random->index, bound, choice);
}

static void list_line(const char *text)
{
	report_info("%s", text);
}

/* test=list, test=help and protocol=list need no second CPU. True: that was all. */
static bool only_lists(void)
{
	unsigned int i;

	if (!strcmp(config.tests, "list"))
		tests_list();
	else if (!strcmp(config.tests, "help"))
		params_help(list_line);
	else if (config.protocols && !strcmp(config.protocols, "list"))
		for (i = 0; i < nr_protocols; i++)
			report_info("%s: %s; %s%s%s", protocols[i].name, protocols[i].summary,
				    protocol_kind_name(&protocols[i]),
				    protocols[i].caught_by ? "; caught by " : "",
				    protocols[i].caught_by ? protocols[i].caught_by : "");
	else
		return false;
	report_plan(0);
	machine_end(report_verdict());
}

/* From here on CPU 0 has a stack between guard pages, like every other. */
static __noreturn void run(void)
{
	local_irq_enable();
	tick_start();
	screen_leave_to_tick();
	if (!tests_resolve(nr_chosen, select_protocol))
		too_many("test", TEST_RUNS_MAX);
	started = true;
	clocks_start();
	config_line_print();
	thermal_start();
	live_start();
	phase_over("isolated CPUs, the words of the run");
	tests_run();
	phase_over("the end of the tests");
	clocks_report();
	thermal_report();
	mce_report();
	local_irq_disable();
	run_ends();
	last_screen_sleeps();
	machine_end(report_finish());
}

/* A fault on the boot CPU before cpu_init(): boot.asm comes here. A second one says nothing more. */
void early_fault(u64 vector, u64 error, u64 ip, u64 address)
{
	static bool entered;

	if (entered)
		machine_stop_cpu();
	entered = true;
	if (!early_step) {
		console_early_init();
		early_step = "identifying the CPU";
	}
	if (!report_begun)
		report_start(LATESYNC_VERSION, LATESYNC_COMMIT);
	report_crash("start-up: vector %lu, error %lx, at %pS, address %lx, while %s", vector,
		     error, (void *)ip, address, early_step);
	machine_end(report_verdict());
}

void kernel_start(enum boot_protocol protocol, u64 info, u64 tsc)
{
	const char *error;

	phases_start(tsc);
	early_area.cpu = &cpus[0];
	early_area.self = &early_area;
	wrmsr(MSR_GS_BASE, (u64)&early_area);
	cpu_identify();
	cpu_init_cr4();
	serial_crlf = !cpu_info.nr_hypervisors; /* an emulator's console is a pipe */
	console_early_init();
	early_step = "reading what the loader says";
	error = bootinfo_read(protocol, info);
	console_early_screen();
	if (!error && boot_info.cmdline_too_long)
		error = "the command line is longer than 4095 bytes";
	if (!error && !params_parse(words(), error_line, sizeof(error_line)))
		usage_error();
	settle_config();
	console_init();
	report_start(LATESYNC_VERSION, LATESYNC_COMMIT);
	report_begun = true;
	require(error);
	last_screen_settle();
	tests_check();
	if (nr_protocols > PROTOCOLS_MAX)
		harness_error("start-up: %u protocols, room for %d", nr_protocols, PROTOCOLS_MAX);
	if (only_lists())
		return;

	phase_over("to C, console and words");
	early_step = "setting up memory";
	memory_init();
	ramlog_init(memory_take_middle(RAMLOG_SIZE));
	ramlog_tell();
	pgtable_init();
	screen_map();
	console_map();
	phase_over("memory and page tables");
	start_cpus();
	mark_rodata_ro();
	select_protocol(0);
	if (config.debug & DEBUG_RANDOM)
		random_log = log_choice;
	asm volatile("mov %0, %%rsp; xor %%ebp, %%ebp; call *%1; ud2" ::"r"(kstack_top(0)),
		     "r"(run));
	__builtin_unreachable();
}
