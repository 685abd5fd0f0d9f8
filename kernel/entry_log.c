// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/vectors.h>
#include <entry/entry.h>
#include <kernel/entry_log.h>
#include <kernel/lib/printf.h>
#include <kernel/memory.h>
#include <kernel/report.h>

#define FIRST_IRQ_VECTOR 0x20

const char *vector_name(unsigned int vector)
{
	static const char *const exceptions[FIRST_IRQ_VECTOR] = {
		[X86_TRAP_DE] = "DE exception", [X86_TRAP_DB] = "DB exception",
		[X86_TRAP_NMI] = "NMI",		[X86_TRAP_BP] = "BP exception",
		[X86_TRAP_UD] = "UD exception", [X86_TRAP_DF] = "DF exception",
		[X86_TRAP_GP] = "GP exception", [X86_TRAP_PF] = "PF exception",
		[X86_TRAP_MC] = "MC exception",
	};

	switch (vector) {
	case TIMER_VECTOR:
		return "timer";
	case WAKE_VECTOR:
		return "wake-up IPI";
	case SYNC_CORE_VECTOR:
		return "sync IPI";
	case QUIRK_VECTOR:
		return "quirk IPI";
	case TLB_VECTOR:
		return "TLB IPI";
	case PROBE_VECTOR:
		return "probe IPI";
	case APIC_ERROR_VECTOR:
		return "APIC error";
	case SPURIOUS_VECTOR:
		return "spurious interrupt";
	case SYSCALL_VECTOR:
		return "int 0x80";
	case VECTOR_SYSCALL64:
		return "SYSCALL";
	}
	if (vector >= FIRST_IRQ_VECTOR)
		return "foreign interrupt";
	return exceptions[vector] ? exceptions[vector] : "exception";
}

const u8 vector_causes[NR_VECTORS + 1] = {
	[X86_TRAP_NMI] = GAP_NMI,     [TIMER_VECTOR] = GAP_TICK, [WAKE_VECTOR] = GAP_IPI,
	[SYNC_CORE_VECTOR] = GAP_IPI, [QUIRK_VECTOR] = GAP_IPI,	 [TLB_VECTOR] = GAP_IPI,
	[PROBE_VECTOR] = GAP_IPI,
};

bool vector_is_foreign(unsigned int vector)
{
	return vector >= FIRST_IRQ_VECTOR && vector != SYSCALL_VECTOR &&
	       vector != VECTOR_SYSCALL64 && vector_cause(vector) == GAP_ENTRY;
}

struct counts {
	u64 entries, nmi, int3, timer, wake, sync, quirk, probe;
};

static struct counts last[NR_CPUS];
static u32 (*last_by_vector)[NR_VECTORS + 1]; /* of each CPU */

static struct counts read_counts(unsigned int nr)
{
	const struct cpu *cpu = &cpus[nr];

	return (struct counts){
		.entries = READ_ONCE(cpu_entry_area(nr)->entries),
		.nmi = READ_ONCE(cpu->nmi_count),
		.int3 = READ_ONCE(cpu->int3_hits),
		.timer = READ_ONCE(cpu->irq_count[TIMER_VECTOR]),
		.wake = READ_ONCE(cpu->irq_count[WAKE_VECTOR]),
		.sync = READ_ONCE(cpu->irq_count[SYNC_CORE_VECTOR]),
		.quirk = READ_ONCE(cpu->irq_count[QUIRK_VECTOR]),
		.probe = READ_ONCE(cpu->irq_count[PROBE_VECTOR]),
	};
}

/* In one line; nothing if nothing came. */
static void print_user_entries(unsigned int cpu)
{
	u32 now, *then = last_by_vector[cpu];
	unsigned int vector;
	char text[512];
	size_t len = 0;

	for (vector = 0; vector <= NR_VECTORS; vector++) {
		now = READ_ONCE(cpus[cpu].user_entries[vector]);
		if (now == then[vector])
			continue;
		len += scnprintf(text + len, sizeof(text) - len, "%s%s 0x%02x: %u", len ? ", " : "",
				 vector_name(vector), vector, now - then[vector]);
		then[vector] = now;
	}
	if (len)
		report_info("entry cpu=%u from user mode by vector: %s", cpu, text);
}

void entry_log_print(void)
{
	struct counts now, *then;
	unsigned int cpu;

	if (!last_by_vector)
		last_by_vector = alloc_zeroed(nr_cpus * sizeof(*last_by_vector));
	for_each_online_cpu(cpu) {
		now = read_counts(cpu);
		then = &last[cpu];
		report_info(
			"entry cpu=%u role=%s user_entries=%lu nmi=%lu int3=%lu timer=%lu wake=%lu "
			"sync=%lu quirk=%lu probe=%lu",
			cpu, cpu_isolated[cpu] ? "isolated" : "housekeeping",
			now.entries - then->entries, now.nmi - then->nmi, now.int3 - then->int3,
			now.timer - then->timer, now.wake - then->wake, now.sync - then->sync,
			now.quirk - then->quirk, now.probe - then->probe);
		*then = now;
		print_user_entries(cpu);
	}
}
