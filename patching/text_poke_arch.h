/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What patching/ needs from its host, and nothing else: the kernel implements these with
 * IPIs and an alias mapping, a hosted program with membarrier() and a second mmap().
 */
#ifndef PATCHING_TEXT_POKE_ARCH_H
#define PATCHING_TEXT_POKE_ARCH_H

#include <kernel/lib/types.h>

/*
 * Writing: between begin and end only this CPU sees text writable. A write may cross a page. It
 * is read back through the ordinary mapping; a mismatch is fatal.
 */
void text_write_begin(void);
void text_write(unsigned long addr, const u8 *bytes, size_t len);
void text_write_end(void);

/* NULL: an int3 may stand in this text at run time. Else why not. */
const char *text_immutable(unsigned long addr, size_t len);

/* The one exception: these bytes may be patched wherever they lie; @addr 0 ends it. */
void text_open(unsigned long addr, size_t len);

/* Is this data read-only after init (now or later)? And is init over? */
bool data_is_ro_after_init(const void *data);
bool text_sealed(void);

/* The CPUs that a sync is about: numbers 0 to sync_nr_cpus() - 1, those online; and the caller's. */
unsigned int sync_nr_cpus(void);
bool sync_cpu_online(unsigned int cpu);
unsigned int sync_this_cpu(void);

/* Asks @cpu to serialise, take credit, acknowledge; and waits, with a bound, until it has. */
void sync_send(unsigned int cpu, bool quirk);
void sync_wait(unsigned int cpu, bool quirk);

/* Makes the calling CPU serialise and take credit. */
void sync_self(void);

/* The newest epoch that @cpu is known to have serialised after. */
u64 sync_credit(unsigned int cpu);

/*
 * Brackets the int3 handler on its own CPU: enter counts up with a full barrier, exit counts
 * down. NMI-safe. handler_active tells whether @cpu is inside; read by the patcher.
 */
void text_poke_handler_enter(void);
void text_poke_handler_exit(void);
bool text_poke_handler_active(unsigned int cpu);

/* Waits, with a bound, until @cpu has left the int3 handler. */
void text_poke_wait_handler(unsigned int cpu);

/* Mutual exclusion of patchers: a sleeping lock in Linux, a bounded spin here. IRQs on. */
void text_mutex_lock(void);
void text_mutex_unlock(void);

/* A broken invariant of the engine itself. @what: which; numbers as printed. */
void text_poke_broken(const char *what, unsigned int cpu, u64 seen, u64 expected);

/* A use that can never be right (an unknown instruction, immutable text): says so and stops. */
__noreturn void text_poke_refuse(const char *why, unsigned long addr);

#endif
