/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps that the model knows, and one table of them for each protocol and each CPU. The program
 * `steps` fills the tables from the kernel; model.pml walks them.
 */
#ifndef TESTS_MODEL_STEPS_H
#define TESTS_MODEL_STEPS_H

/* The victim: one instruction each. What is not here changes nothing that the model looks at. */
enum victim_op {
	V_USER, /* in user mode: enters when it likes */
	V_STORE_S,
	V_XCHG_S,
	V_SAVE_S,
	V_SAVE_CR3,
	V_CR3,
	V_SWAPGS,
	V_SET_GS,
	V_RESTORE_GS,
	V_BRANCH,
	V_BODY,	  /* a call out of entry text: text that can change runs */
	V_SITE,	  /* a patchable instruction in entry text itself */
	V_CREDIT, /* notes the epoch that it has seen, after the CR3 write */
	V_IRET,
	V_SYSRET,
	V_RET, /* from an NMI-like event without IRET */
};

/* What V_STORE_S and V_CR3 write. */
enum victim_arg {
	A_ZERO = 0, /* S:=0, or the kernel's CR3 */
	A_ONE = 1,  /* S:=1, or the user's CR3 */
	A_SAVED = 2,
	A_NOFLUSH = 4, /* V_CR3 only: with bit 63 */
	/* V_BRANCH: when its second way is taken. */
	A_CR3_USER = 0, /* the saved one */
	A_CR3_KERNEL = 1,
	A_S_SET = 2, /* the saved one */
	A_S_CLEAR = 3,
	A_EITHER = 4,
	A_NOT_KEPT = 5, /* the CPU is not to set S on its way in */
	A_KEPT = 6,
};

struct victim_step {
	unsigned char op, arg, gs, next, other; /* gs: S is found through GS */
};

/* The sender, in the order of its program. */
enum sender_op {
	P_ACTIVE, /* arg: its value */
	P_INT3,	  /* writes the first byte */
	P_TAIL,
	P_FIRST,
	P_PTE,
	P_CR3,	 /* serialises: text_write_end() leaves the alias */
	P_EPOCH, /* numbers the change */
	P_BARRIER,
	P_READ_MARK, /* is the victim isolated, as far as the sender knows? */
	P_READ_S,    /* and tells the victim, if the condition says so */
	P_TELL,	     /* without asking */
	P_WAIT,
	P_SELF,
	P_WAIT_HANDLERS,
	P_FREE,	  /* frees the table last unlinked; arg: once the victim has the last credit */
	P_COMMIT, /* returns to the caller, who numbers the site committed */
};

struct sender_step {
	unsigned char op, arg;
};

/* A third CPU, which lets the victim enter and leave isolation, over and over. */
enum isolator_op {
	I_END, /* the first step once more */
	I_MARK,
	I_UNMARK,
	I_KEEP,
	I_STOP,
	I_RAISE, /* sends the IPI whose handler does S:=1 */
	I_RAISED /* waits for it */
};

#define STEPS_MAX    128
#define ISOLATOR_MAX 16

/* Where paths begin. */
enum victim_start {
	START_IDT,
	START_SYSCALL,
	START_FAULT, /* IRET to user mode faulted */
	START_NMI,
	NR_STARTS
};

enum change {
	CHANGE_TEXT,
	CHANGE_MAPPING,
	NR_CHANGES
};

struct protocol_steps {
	const char *name, *kind;
	unsigned char global_pages; /* no CR3 write drops the mapping */
	unsigned char switch_keeps; /* a switch of address spaces drops nothing */
	unsigned char tells[2][2];  /* the condition, by what was read of the mark and of S */
	unsigned char isolator[ISOLATOR_MAX];
	unsigned char start[NR_STARTS];
	struct victim_step victim[STEPS_MAX];
	struct sender_step sender[NR_CHANGES][STEPS_MAX];
};

#endif
