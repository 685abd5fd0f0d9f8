// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/smp.h>
#include <arch/x86_64/tsc.h>
#include <kernel/clocks.h>
#include <kernel/config_line.h>
#include <kernel/isolation.h>
#include <kernel/lib/parse.h>
#include <kernel/lib/printf.h>
#include <kernel/memory.h>
#include <kernel/params.h>
#include <kernel/report.h>
#include <kernel/test.h>
#include <patching/kernel/text_check.h>

#define LINE_MAX 3000

static const struct {
	const char *name;
	unsigned int feature;
} features[] = {
	{"smep", X86_FEATURE_SMEP},
	{"smap", X86_FEATURE_SMAP},
	{"umip", X86_FEATURE_UMIP},
	{"invpcid", X86_FEATURE_INVPCID},
	{"serialize", X86_FEATURE_SERIALIZE},
	{"fsgsbase", X86_FEATURE_FSGSBASE},
	{"constant_tsc", X86_FEATURE_CONSTANT_TSC},
};

/* All of them, the first place first; no name breaks the line into words. */
static size_t print_hypervisors(char *buf, size_t size)
{
	unsigned int i;
	size_t len = 0;

	for (i = 0; i < cpu_info.nr_hypervisors; i++) {
		len += scnprintf(buf + len, size - len, i ? "," : "");
		len += percent_encode(buf + len, size - len, cpu_info.hypervisors[i].name);
	}
	return len ? len : scnprintf(buf, size, "none");
}

/* APIC ids of CPUs that are listed and not used, as many as the line has room for. */
static size_t print_left_out(char *buf, size_t size)
{
	size_t len = 0;
	u32 i, id;

	buf[0] = 0;
	for (i = 0; i < madt.nr_cpus && len + 20 < size; i++) {
		id = madt.apic_ids[i];
		if (apic_id_to_cpu[id] == NO_CPU)
			len += scnprintf(buf + len, size - len, len ? ",%u" : "%u", id);
	}
	if (i < madt.nr_cpus)
		len += scnprintf(buf + len, size - len, ",...");
	return len ? len : scnprintf(buf, size, "none");
}

/* What start-up saw executed though it was gone. */
static const char *old_text(void)
{
	return text_check_failed(TEXT_OVERWRITTEN) ? "overwritten"
	       : text_check_failed(TEXT_REPLACED)  ? "replaced"
						   : "none";
}

void config_line_print(void)
{
	static char line[LINE_MAX];
	char hypervisors[200], left_out[200];
	size_t len, i;

	print_hypervisors(hypervisors, sizeof(hypervisors));
	print_left_out(left_out, sizeof(left_out));
	len = params_print_config(line, LINE_MAX);
	len += scnprintf(
		line + len, LINE_MAX - len,
		" cpus=%u left_out=%s isolated=%u pair=%d,%d cpu_has_pcid=%u cpu_has_x2apic=%u apic=%s",
		nr_cpus, left_out, nr_isolated(), config.cpus[0], config.cpus[1],
		cpu_has(X86_FEATURE_PCID), cpu_has(X86_FEATURE_X2APIC),
		x2apic_enabled ? "x2apic" : "xapic");
	for (i = 0; i < ARRAY_SIZE(features); i++)
		len += scnprintf(line + len, LINE_MAX - len, " %s=%s", features[i].name,
				 cpu_has(features[i].feature) ? "on" : "off");
	len += scnprintf(line + len, LINE_MAX - len,
			 " vendor=%s family=%u model=%u stepping=%u microcode=0x%x rdcl_no=%s"
			 " hypervisor=%s tsc_khz=%lu tsc_source=%s clock=%s tsc_warp_cycles=%lu"
			 " memory_pages=%lu old_text=%s expected_s=%lu",
			 cpu_info.vendor, cpu_info.family, cpu_info.model, cpu_info.stepping,
			 cpu_info.microcode,
			 cpu_info.rdcl_no < 0 ? "unknown"
			 : cpu_info.rdcl_no   ? "yes"
					      : "no",
			 hypervisors, tsc_khz, tsc_source, tsc_clock, clocks_warp_at_start(),
			 total_pages_count(), old_text(), tests_expected_ns() / 1000000000);
	report_info("config%s", line);
}

void replay_line_print(void)
{
	static char line[LINE_MAX];

	params_print_replay(line, LINE_MAX);
	report_info("replay: ./run-qemu.sh%s", line);
}
