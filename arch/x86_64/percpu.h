/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel keeps per CPU, and how a CPU finds its own. GS holds the entry area. */
#ifndef ARCH_PERCPU_H
#define ARCH_PERCPU_H

#include <arch/x86_64/cpu_entry_area.h>
#include <kernel/lib/patience.h>
#include <kernel/lib/types.h>

#define NR_CPUS	   256
#define NR_VECTORS 256

struct user_page;

struct cpu_job {
	void (*fn)(void *arg);
	void *arg;
};

/*
 * Written by its own CPU unless it says otherwise. Senders touch only the third block, and only
 * of CPUs that they tell.
 */
struct cpu {
	u32 nr;
	u32 apic_id;
	struct mm *mm;		     /* loaded user address space, NULL: init_mm */
	struct user_page *user_page; /* shared with its programs; set before it has any */
	u64 user_resume_sp;	     /* kernel stack pointer that leave_user_mode() returns to */
	u32 tick_on;
	u32 icr_busy;	 /* between the two writes of an xAPIC send */
	u32 idle;	 /* in job_loop() with nothing to do */
	u64 trap_fixups; /* exceptions that an ex_table entry caught */

	/* Statistics: counters that only go up; readers take differences. */
	u64 irq_count[NR_VECTORS];
	u32 user_entries[NR_VECTORS + 1]; /* from user mode; the last: SYSCALL */
	u64 nmi_count;
	u64 nmi_sent;	     /* by nmi_send(); several may arrive as one */
	u64 nmi_unknown;     /* nobody sent it */
	u64 sync_from_user;  /* sync IPIs that arrived in user mode: needless */
	u64 int3_hits;	     /* emulated */
	u64 orphan_int3;     /* no batch owned it: a stale fetch, or refs dropped early */
	u64 emulator_ghosts; /* trapped twice with the byte gone: the emulator's fault */
	u64 orphan_ip;	     /* one that waits for its verdict, entry/int3.c */
	struct patience orphan_patience;
	bool orphan_gone;
	u64 ghost_ip; /* the last one */

	/* Written by others. */
	__aligned(64) u32 state; /* enum cpu_state, bring-up and jobs */
	struct cpu_job job;
	u64 job_seq;	    /* written by the giver of jobs */
	u64 job_done;	    /* last finished */
	u64 sync_requested; /* request number, by the sender holding the text mutex */
	u64 sync_acked;
	u32 nmi_requests; /* bits of enum nmi_request, set by senders, cleared by the handler */
} __aligned(64);

extern struct cpu cpus[NR_CPUS];
extern unsigned int nr_cpus; /* found in the MADT; 0 is the one that booted */

/* Read by senders for every CPU: apart from struct cpu, so that a skipped CPU's lines stay alone. */
extern u8 cpu_online[NR_CPUS];
extern u8 cpu_isolated[NR_CPUS];

/* Typed reads and writes of this CPU's entry area: one instruction, so NMI-safe. */
#define cea_read(field)                                                      \
	({                                                                   \
		typeof(((struct cpu_entry_area *)0)->field) ___v;            \
		asm volatile("mov %%gs:%c1, %0"                              \
			     : "=r"(___v)                                    \
			     : "i"(offsetof(struct cpu_entry_area, field))); \
		___v;                                                        \
	})

static inline unsigned int smp_processor_id(void)
{
	return cea_read(cpu_nr);
}

static inline struct cpu *this_cpu(void)
{
	return cea_read(cpu);
}

static inline struct cpu_entry_area *this_cea(void)
{
	return cea_read(self);
}

#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < nr_cpus; (cpu)++)
#define for_each_online_cpu(cpu)   for_each_possible_cpu(cpu) if (READ_ONCE(cpu_online[cpu]))

#endif
