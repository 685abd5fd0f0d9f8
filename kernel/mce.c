// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/percpu.h>
#include <kernel/job.h>
#include <kernel/lib/atomic.h>
#include <kernel/mce.h>
#include <kernel/report.h>

/* SDM vol. 3, 15.3: how many banks there are, and where the status of each is. */
#define MSR_MCG_CAP	0x179
#define MCG_BANKS	0xff
#define MSR_MC0_STATUS	0x401
#define MSRS_A_BANK	4
#define STATUS_VALID	BIT(63)
#define STATUS_OVERFLOW BIT(62)
#define STATUS_UC	BIT(61)
#define FOUND_MAX	16

static struct found {
	unsigned int cpu, bank;
	u64 status;
} found[FOUND_MAX];
static unsigned int nr_found;

static void read_banks(void *unused)
{
	unsigned int bank, banks = rdmsr(MSR_MCG_CAP) & MCG_BANKS, slot;
	u64 status;

	for (bank = 0; bank < banks; bank++) {
		status = rdmsr(MSR_MC0_STATUS + bank * MSRS_A_BANK);
		if (!(status & STATUS_VALID))
			continue;
		slot = atomic_fetch_add(&nr_found, 1);
		if (slot < FOUND_MAX)
			found[slot] = (struct found){smp_processor_id(), bank, status};
	}
}

void mce_report(void)
{
	unsigned int i;

	if (!cpu_has(X86_FEATURE_MCA))
		return;
	nr_found = 0;
	job_run_all(read_banks, NULL);
	for (i = 0; i < nr_found && i < FOUND_MAX; i++)
		report_info(
			"warning: machine check: cpu %u, bank %u: status 0x%lx (%s%s); it may be older "
			"than this run",
			found[i].cpu, found[i].bank, found[i].status,
			found[i].status & STATUS_UC ? "uncorrected" : "corrected",
			found[i].status & STATUS_OVERFLOW ? ", more were lost" : "");
	if (nr_found > FOUND_MAX)
		report_info("warning: machine check: %u banks more hold errors",
			    nr_found - FOUND_MAX);
}
