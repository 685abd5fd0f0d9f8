/* SPDX-License-Identifier: BSD-2-Clause */
/* Isolated CPUs: each can run one user program, with its tick off meanwhile. */
#ifndef KERNEL_ISOLATION_H
#define KERNEL_ISOLATION_H

#include <arch/x86_64/percpu.h>
#include <kernel/lib/types.h>

struct cpumask;
struct mm;
struct pt_regs;

/* What one isolated CPU shall run. */
struct user_program {
	u64 entry;			     /* in .user.text */
	u64 arg;			     /* in RDI; the data pages are at USER_DATA */
	void (*event)(struct pt_regs *regs); /* each entry of its own making; IRQs on */
};

/* Makes @isolated the isolated CPUs, with an address space each. Start-up, CPUs online. */
void isolation_init(const struct cpumask *isolated);

/*
 * What can be done to a CPU's isolation at run time, one step at a time, from elsewhere, whatever it
 * runs. Its role, cpu_isolated[], stays. In which order they are sound: docs/protocols.md.
 */
enum isolation_step {
	ISOLATION_END, /* of a list of steps */
	ISOLATION_GO,  /* nothing, until the next moment of a sync */
	ISOLATION_LET, /* the same, until some CPUs have come into the kernel a few times */
	ISOLATION_MARK,
	ISOLATION_UNMARK,
	ISOLATION_KEEP, /* the entry code of a protocol that asks writes S from now on */
	ISOLATION_STOP,
	ISOLATION_RAISE /* the CPU itself makes S true where it stands; waits for that, IRQs on */
};
void isolation_do(unsigned int cpu, enum isolation_step step);

/* The mark that senders go by: may @cpu be left for later? Any context. */
extern u8 isolation_marks[NR_CPUS];
static inline bool marked_isolated(unsigned int cpu)
{
	return READ_ONCE(isolation_marks[cpu]);
}

/* Is @cpu told of everything at once, whatever it runs? (Linux: HK_TYPE_KERNEL_NOISE) */
static inline bool housekeeping_cpu(unsigned int cpu)
{
	return !READ_ONCE(cpu_isolated[cpu]);
}

/* How many are isolated, and the first of them (0: there is none). */
unsigned int nr_isolated(void);
unsigned int first_isolated(void);

/* What this CPU's programs have as GS base: as hostile as WRGSBASE could make it. */
u64 user_gs_base(void);

/* The data pages that @cpu's program and the kernel share; struct user_page is the first. */
void *user_data(unsigned int cpu);

/* The address space that @cpu's programs run in. */
struct mm *user_mm(unsigned int cpu);

/* Starts @program on the isolated, idle CPU @cpu; the second waits until it is about to enter user mode. */
void user_start(unsigned int cpu, const struct user_program *program);
void user_wait_started(unsigned int cpu);

/* SMIs that @cpu took while its last program ran, which has ended; SMIS_UNKNOWN: nobody counts them. */
u64 user_smis(unsigned int cpu);
#define SMIS_UNKNOWN (~0ul)

/* Makes @cpu's program end, and waits until it has. user_stop_all() stops them together. */
void user_stop(unsigned int cpu);
void user_stop_all(void);

#endif
