/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The effective values of the command line. params_parse() fills it once, on the boot CPU; what
 * only the machine can tell (seed, features, CPUs) start-up puts in afterwards, before the first
 * `# config` line. Read-only from then on, in any context.
 */
#ifndef KERNEL_CONFIG_H
#define KERNEL_CONFIG_H

#include <arch/x86_64/serial.h>
#include <kernel/lib/cpumask.h>
#include <kernel/lib/types.h>

enum user_kind {
	USER_SPIN,
	USER_ENTER,
	USER_MIX,
};

enum sync_kind {
	SYNC_IPI,
	SYNC_DEFERRED,
};

/* What CPU 0 does in test=noise. */
enum load_kind {
	LOAD_NONE,
	LOAD_POKES,
	LOAD_FLUSHES,
	LOAD_BOTH,
};

/* AUTO is 0 throughout: nothing was said, start-up decides and puts the outcome here. */
enum switch_kind {
	SWITCH_AUTO, /* on where the CPU has it */
	SWITCH_OFF,
	SWITCH_ON,
};

enum end_kind {
	END_AUTO, /* exit under an emulator, halt on a machine */
	END_EXIT,
	END_HALT,
	END_REBOOT,
	END_POWEROFF,
};

/* What runs this kernel. The script that starts it knows; else the hypervisor leaf may tell. */
/* Of which relations test=litmus takes a pair (arch/x86_64/topology.h), in the order of that. */
enum pairs_kind {
	PAIRS_NONE,
	PAIRS_SMT,
	PAIRS_CORE,
	PAIRS_PACKAGE,
	PAIRS_ALL,
};

enum accel_kind {
	ACCEL_AUTO,
	ACCEL_OTHER, /* a hypervisor, but none of those below */
	ACCEL_NONE,
	ACCEL_KVM,
	ACCEL_TCG,
	ACCEL_BOCHS,
};

enum quirk_kind {
	QUIRK_AUTO, /* as detected */
	QUIRK_OFF,
	QUIRK_TCG_RETRANSLATE,
	QUIRK_BOCHS_BREAKPOINT, /* a code breakpoint wedges the CPU that meets it */
};

#define DEBUG_ALTERNATIVE BIT(0)
#define DEBUG_POKE	  BIT(1)
#define DEBUG_ENTRY	  BIT(2)
#define DEBUG_RANDOM	  BIT(3)
#define DEBUG_TIME	  BIT(4)

#define CONFIG_SERIALS 4

struct config {
	const char *tests; /* test=, every name in it is known */
	u64 duration_ns;
	u32 repeat;
	bool until_fail;
	u32 maxcpus;	      /* 0: all */
	const char *isolcpus; /* NULL: the last half; params_resolve_cpus() makes it effective */
	enum user_kind user;
	enum load_kind load;
	u32 max_us; /* 0: any gap is good in test=noise */
	enum sync_kind sync;
	const char *protocols; /* always-ipi where sync=ipi */
	u64 seed;	       /* 0 if not given: start-up takes one from the TSC */
	enum switch_kind pti, pcid, x2apic;
	struct serial_port serial[CONFIG_SERIALS];
	u8 nr_serial;  /* without console=: those that were found */
	bool screen;   /* if the loader gave one */
	u64 acpi_rsdp; /* physical; 0: as the loader says, or found */
	enum end_kind end;
	enum switch_kind qr;
	u32 debug; /* DEBUG_* */
	/* Where tests run that need certain CPUs; valid after params_resolve_cpus(). */
	unsigned int nr_named;	/* 2 if it is left to us, 1 where there is no other */
	int cpus[CPUMASK_CPUS]; /* the first acts on the others; [1] is -1 where there is no other */
	enum pairs_kind pairs;
	enum quirk_kind quirk;
	enum accel_kind accel;
	const char *host; /* decoded; NULL: none */
};

extern struct config config;

/* Did the word @name stand on the command line? */
#define param_given(name)                         \
	({                                        \
		extern bool __param_given_##name; \
		__param_given_##name;             \
	})

#endif
