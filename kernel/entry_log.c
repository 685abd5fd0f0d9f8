// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/vectors.h>
#include <kernel/entry_log.h>
#include <kernel/lib/printf.h>
#include <kernel/report.h>

struct counts {
	u64 entries, nmi, int3, timer, wake, sync, quirk, probe;
};

static struct counts last[NR_CPUS];

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

void entry_log_print(void)
{
	struct counts now, *then;
	unsigned int cpu;

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
	}
}
