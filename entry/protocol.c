// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <entry/invariant.h>
#include <entry/protocol.h>
#include <kernel/isolation.h>
#include <kernel/report.h>
#include <kernel/string.h>

/* True = send the IPI (Linux series v8, 09/10). The only thing read of a CPU that is skipped. */
static bool do_sync_core_defer_cond(unsigned int cpu)
{
	return housekeeping_cpu(cpu) ||
	       READ_ONCE(cpu_entry_area(cpu)->kernel_cr3_loaded); /* @sync.condition */
}

enum {
	BASELINE,
	DEFERRING,
};

const struct protocol protocols[] = {
	[BASELINE] = {"always-ipi", "every CPU is told of every change at once: the baseline", true,
		      NULL, NULL, false},
	[DEFERRING] = {"nested-signal",
		       "S:=1 before the CR3 write, S:=0 before the way back; NMI-like entries save "
		       "S and CR3, set both always, and put both back",
		       true, NULL, do_sync_core_defer_cond, true},
};
const unsigned int nr_protocols = ARRAY_SIZE(protocols);

static const struct protocol *selected = &protocols[BASELINE];

const struct protocol *protocol_baseline(void)
{
	return &protocols[BASELINE];
}

const struct protocol *protocol_deferring(void)
{
	return &protocols[DEFERRING];
}

const struct protocol *protocol_find(const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < nr_protocols; i++)
		if (strlen(protocols[i].name) == len && !memcmp(protocols[i].name, name, len))
			return &protocols[i];
	return NULL;
}

void protocol_select(const struct protocol *protocol)
{
	selected = protocol;
	sync_set_cond(protocol->cond);
	report_protocol(protocol->name);
	signal_is_kept = pti_enabled;
}

const struct protocol *protocol_selected(void)
{
	return selected;
}
