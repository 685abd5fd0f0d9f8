/* SPDX-License-Identifier: BSD-2-Clause */
/* The page that a user program and the kernel share; at USER_DATA in the program's world. */
#ifndef ENTRY_USER_ABI_H
#define ENTRY_USER_ABI_H

#include <kernel/lib/types.h>

/* Ways into the kernel that a program takes by itself. */
enum user_action {
	USER_ACT_SYSCALL,
	USER_ACT_INT80,
	USER_ACT_UD,
	USER_ACT_PF,
	USER_ACT_BP,
	USER_ACT_DB,
	USER_ACT_COUNT,
	USER_ACT_SPIN = USER_ACT_COUNT, /* stay in user mode for a while */
};

/* Why a program did not run for a while: what brought its CPU into the kernel, if anything did. */
enum gap_cause {
	GAP_ENTRY, /* an exception, a system call, or an interrupt that is not this kernel's */
	GAP_IPI,
	GAP_NMI,
	GAP_TICK,
	GAP_OUTSIDE, /* nothing that this kernel saw: SMM, a hypervisor, the host's scheduler */
	GAP_CAUSES,
};

#define USER_ACTIONS_MAX 3072
#define USER_SAMPLES_MAX 128
#define USER_BAD_ADDRESS 0x10000 /* never mapped */

struct user_page {
	/* Written by the kernel: before the start, `reset` at any time. */
	u32 nr_actions; /* 0: only watch the clock */
	u32 reset;	/* changed: the program forgets its statistics */
	u64 spin_cycles;
	u64 odd_sp; /* of user_odd_stack() */
	u64 gap_min; /* cycles beyond its own; shorter ones count only where the kernel was entered */

	/* Written by the kernel on each entry from user mode. */
	u32 entered;	/* so many */
	u32 entered_by; /* a bit for the enum gap_cause of each since the program took them out */
	u32 entered_vector; /* the last one's */

	/* Written by the program. */
	u32 reset_seen;
	u32 pause; /* loops between two looks at the clock */
	u64 loops;
	u64 gap_max;	/* longest time between two looks at the clock, cycles */
	u32 gap_max_by; /* its enum gap_cause */
	u64 gaps[GAP_CAUSES];
	u64 next;	   /* index of the next action */
	u64 bad_registers; /* bit n: action n came back with a register changed */
	u64 done[USER_ACT_COUNT];
	u8 actions[USER_ACTIONS_MAX];
	u32 samples[USER_SAMPLES_MAX]; /* cycles, of user_cost() */
	u32 watching;		       /* the same: it sees what interrupts it from now on */
};

_Static_assert(sizeof(struct user_page) <= 4096, "one page");

/* Entry points in .user.text. */
__attribute__((noreturn)) void user_program(struct user_page *page);
__attribute__((noreturn)) void user_registers(struct user_page *page);
__attribute__((noreturn)) void user_cost(struct user_page *page);

#endif
