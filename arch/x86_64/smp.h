/* SPDX-License-Identifier: BSD-2-Clause */
/* Bringing CPUs up, all at once; telling them things by IPI. */
#ifndef ARCH_SMP_H
#define ARCH_SMP_H

#include <arch/x86_64/acpi.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/pgtable.h>
#include <kernel/lib/types.h>

#define APIC_ID_MAX   ACPI_APIC_IDS
#define KSTACK_SIZE   0x4000
#define KSTACK_STRIDE 0x8000 /* a guard as large as the stack lies below it */

/* Top (exclusive) of CPU @cpu's kernel stack. */
static inline u64 kstack_top(unsigned int cpu)
{
	return KSTACK_BASE + (u64)(cpu + 1) * KSTACK_STRIDE;
}

enum cpu_state {
	CPU_ABSENT,  /* not started, or did not come */
	CPU_STARTED, /* runs C on its own stack */
	CPU_ONLINE,  /* takes IPIs and jobs */
};

void secondary_start_64(void);
__noreturn void secondary_start(unsigned int cpu);
#define NO_CPU 0xffff /* boot/trampoline_blob.asm knows it */
extern u16 apic_id_to_cpu[APIC_ID_MAX];

/*
 * Numbers the CPUs of the MADT (the one that runs this is 0), @max_cpus at most (0: all that the tables
 * hold), and prepares their entry areas and stacks. Returns NULL or what is wrong. Boot CPU, once.
 */
const char *smp_prepare(unsigned int max_cpus);

/*
 * Starts every CPU but the first, in parallel, and waits until all are online, with a bound. With
 * @max_cpus a CPU that does not come is replaced by one that was left out. Returns the number of CPUs
 * missing; smp_missing(cpu) tells which.
 */
unsigned int smp_boot_cpus(unsigned int max_cpus);

/* CPUs that are listed and not used: beyond the tables, or beyond maxcpus=, or not addressable. */
extern unsigned int smp_cpus_unused;

bool smp_missing(unsigned int cpu);

/* A CPU that smp_boot_cpus() does not start, as if it were broken; 0: none. */
extern unsigned int smp_left_out;

/* Called on the boot CPU again and again while others start; NULL: nobody. */
extern void (*smp_wait_hook)(void);

/*
 * Sets the bits of CR4 that say what the kernel may touch, on this CPU; after cpu_identify(). On the boot CPU
 * as early as that: TCG translates code anew where SMAP or UMIP differ.
 */
void cpu_init_cr4(void);

/* Loads descriptor tables and control registers of CPU @cpu, on itself, before anything else. */
void cpu_init(unsigned int cpu);

#endif
