/* SPDX-License-Identifier: BSD-2-Clause */
/* The ways into the kernel and out of it again, as init.asm takes them, instruction by instruction. */
#ifndef TESTS_LINUX_PATHS_H
#define TESTS_LINUX_PATHS_H

#include <kernel/lib/types.h>

struct path {
	const char *name;
	const char *label; /* of init.asm, where it begins */
	unsigned int way;  /* the routine that leads to the label */
	enum {
		TRAPS,
		WAITS_FOR_IRQ,
		TAKES_NMI,
		TAKES_NMI_IN_KERNEL
	} kind;
	const char *enters; /* what the first symbol must have in its name; NULL: anything */
	const char *leaves; /* what the last instruction must have in its own */

	/* Filled in by path_learn(). */
	u64 *trace; /* addresses, from the first instruction in the kernel */
	size_t n;
	size_t first, last; /* the first and the last of them whose text may change */
	u64 back;	    /* where it returned to */
};

/* The first ones are learned before any is swept: the others stand on them. */
enum {
	PATH_NMI,
	PATH_SYSCALL,
	PATH_NMI_IN_KERNEL,
	NR_FIRST_PATHS
};
extern struct path paths[];
extern const size_t nr_paths;

/* Where things lie in init; read from the file of its symbols at @path. */
void paths_open(const char *path);

/* The address of a label of init. */
u64 path_label(const char *name);

/* From ready: single-steps through @p and fills it in. NULL, or why it was not reached. */
const char *path_learn(struct path *p);

/* From ready: stops at instruction @i of the trace. False: it did not come by. */
bool path_reach(const struct path *p, size_t i);

/* From wherever: back to ready, with all CPUs. */
void path_finish(void);

/* Where every NMI enters. */
u64 path_nmi_entry(void);

#endif
