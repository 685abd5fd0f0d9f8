// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/acpi.h>
#include <arch/x86_64/apic.h>
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/smp.h>
#include <arch/x86_64/tlb.h>
#include <arch/x86_64/trampoline.h>
#include <arch/x86_64/tsc.h>
#include <kernel/job.h>
#include <kernel/memory.h>
#include <kernel/report.h>
#include <kernel/wait.h>

#define INIT_DELAY_US	  10000 /* only silicon needs it (SDM vol. 3, 8.4.4.1) */
#define SIPI_RETRY_NS	  20000000
#define WARM_RESET_VECTOR 0x467

struct cpu cpus[NR_CPUS];
unsigned int nr_cpus;
u8 cpu_online[NR_CPUS];
u8 cpu_isolated[NR_CPUS];
u16 apic_id_to_cpu[APIC_ID_MAX];
unsigned int smp_left_out, smp_cpus_unused;
void (*smp_wait_hook)(void);

static void add_cpu(unsigned int nr, u32 apic_id)
{
	u64 stack = kstack_top(nr) - KSTACK_SIZE;
	void *pages = alloc_pages(KSTACK_SIZE / PAGE_SIZE, 1);

	cpus[nr].nr = nr;
	cpus[nr].apic_id = apic_id;
	apic_id_to_cpu[apic_id] = nr;
	cpu_entry_area_init(nr);
	map_range(init_mm.pgd, stack, virt_to_phys(pages), KSTACK_SIZE, PAGE_KERNEL, false);
}

/* The next CPU of the MADT that an IPI can reach; false when there is no more. */
static bool next_listed(u32 *id)
{
	static u32 next;

	while (next < madt.nr_cpus) {
		*id = madt.apic_ids[next++];
		if (*id == cpus[0].apic_id)
			continue;
		if (*id < 255 || x2apic_enabled)
			return true;
		smp_cpus_unused++;
	}
	return false;
}

const char *smp_prepare(unsigned int max_cpus)
{
	unsigned int i, most = min(max_cpus ?: NR_CPUS, (unsigned int)NR_CPUS);
	u32 id;

	for (i = 0; i < APIC_ID_MAX; i++)
		apic_id_to_cpu[i] = NO_CPU;
	nr_cpus = 1;
	add_cpu(0, apic_id());
	while (nr_cpus < most && next_listed(&id))
		add_cpu(nr_cpus++, id);
	if (nr_cpus == 1)
		return NULL;
	if (!low_page())
		return "no free page below 1 MiB for the AP trampoline";
	return trampoline_init(low_page()) ? NULL : "page tables above 4 GiB";
}

/* maxcpus=: another CPU of the MADT in the place of each that did not come. */
static bool replace_missing(void)
{
	unsigned int cpu;
	bool any = false;
	u32 id;

	for (cpu = 1; cpu < nr_cpus; cpu++) {
		if (READ_ONCE(cpus[cpu].state) != CPU_ABSENT || !next_listed(&id))
			continue;
		report_info("cpu %u (APIC ID %u) did not start: APIC ID %u takes its place", cpu,
			    cpus[cpu].apic_id, id);
		apic_id_to_cpu[cpus[cpu].apic_id] = NO_CPU; /* should it come: a stranger */
		cpus[cpu].apic_id = id;
		apic_id_to_cpu[id] = cpu;
		any = true;
	}
	return any;
}

bool smp_missing(unsigned int cpu)
{
	return READ_ONCE(cpus[cpu].state) < CPU_ONLINE;
}

static unsigned int count_missing(unsigned int from)
{
	unsigned int cpu, missing = 0;

	for (cpu = from; cpu < nr_cpus; cpu++)
		missing += smp_missing(cpu);
	return missing;
}

static void send_sipis(void)
{
	unsigned int cpu;

	for (cpu = 1; cpu < nr_cpus; cpu++)
		if (cpu != smp_left_out && READ_ONCE(cpus[cpu].state) == CPU_ABSENT)
			apic_send_sipi(cpus[cpu].apic_id, trampoline_phys() >> 12);
}

/* Starts those that are absent and waits until all are online, with a bound. Returns how many lack. */
static unsigned int start_absent(void)
{
	struct patience patience = {};
	unsigned int cpu;
	u64 retry;

	for (cpu = 1; cpu < nr_cpus; cpu++)
		if (cpu != smp_left_out && READ_ONCE(cpus[cpu].state) == CPU_ABSENT)
			apic_send_init(cpus[cpu].apic_id);
	udelay(cpu_info.nr_hypervisors ? 10 : INIT_DELAY_US);
	send_sipis();

	/* A second SIPI for those that lost the first; a CPU that runs ignores it. */
	retry = rdtsc() + ns_to_tsc(SIPI_RETRY_NS);
	while (count_missing(1) && !wait_over(&patience, wait_bound())) {
		if (smp_wait_hook)
			smp_wait_hook();
		if (rdtsc() > retry) {
			send_sipis();
			retry = rdtsc() + ns_to_tsc(SIPI_RETRY_NS) * 8;
		}
		udelay(20);
	}
	return count_missing(1);
}

unsigned int smp_boot_cpus(unsigned int max_cpus)
{
	unsigned int cpu, missing;
	u32 id;

	cpu_online[0] = 1;
	cpus[0].state = CPU_ONLINE;
	missing = start_absent();
	while (missing && max_cpus && replace_missing()) {
		smp_left_out = 0;
		missing = start_absent();
	}
	while (next_listed(&id))
		smp_cpus_unused++;
	smp_cpus_unused += madt.dropped;
	for (cpu = 0; cpu < nr_cpus; cpu++)
		if (!cpu || !smp_missing(cpu))
			cpu_entry_area_seal(cpu); /* @cea.seal */
	return missing;
}

void secondary_start(unsigned int nr)
{
	struct cpu *cpu = &cpus[nr];

	write_cr3(virt_to_phys(init_mm.pgd));
	cpu_init(nr);
	WRITE_ONCE(cpu->state, CPU_STARTED);
	apic_setup_cpu(madt.nmi_lints);
	job_loop();
}
