/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The debugger's side of QEMU's gdb stub (GDB manual, "Remote Serial Protocol"): one connection, one
 * CPU that is looked at. What goes wrong here ends the program by broken(), with the reason.
 */
#ifndef TESTS_LINUX_GDB_H
#define TESTS_LINUX_GDB_H

#include <kernel/lib/types.h>

/* Which registers are asked for; their numbers are the stub's. */
enum gdb_reg {
	REG_RAX,
	REG_RDI,
	REG_RSP,
	REG_RIP,
	REG_CS,
	REG_GS_BASE,
	REG_CR3,
	NR_REGS
};

/* What may come in while a CPU executes one instruction. */
enum gdb_step {
	STEP_ALONE,
	STEP_INTERRUPTIBLE
};

/* Speaks to the stub at the other end of @fd, which looks at CPU @cpu. The machine stands still. */
void gdb_attach(int fd, unsigned int cpu);

u64 gdb_reg(enum gdb_reg reg);
void gdb_set_reg(enum gdb_reg reg, u64 value);

/* Reads @len bytes at @addr as the CPU sees them now; false: they are not mapped. */
bool gdb_read(u64 addr, void *to, size_t len);

/* The same at a physical address. */
bool gdb_read_physical(u64 addr, void *to, size_t len);

/* A line for QEMU's monitor. Returns its answer, until the next call. */
const char *gdb_monitor(const char *line);

/* Breakpoints, of all CPUs. Set twice or removed twice, they count once. */
void gdb_break(u64 addr);
void gdb_unbreak(u64 addr);
void gdb_unbreak_all(void);

/* One instruction of this CPU; the others stand still. */
void gdb_step(enum gdb_step how);

/*
 * This CPU alone goes on, up to a breakpoint. Where it seems to wait for the others, they go on as
 * well. False: no breakpoint within @ms milliseconds; it has been stopped then.
 */
bool gdb_continue(unsigned int ms);

/* The same of all CPUs from the start on. */
bool gdb_continue_all(unsigned int ms);

/*
 * All CPUs go on, up to a breakpoint of any, which is looked at from then on. False: none within @ms
 * milliseconds, on a busy machine too.
 */
bool gdb_continue_any(unsigned int ms);

#endif
