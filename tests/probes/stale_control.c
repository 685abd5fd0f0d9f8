// SPDX-License-Identifier: BSD-2-Clause
/*
 * The control of oracle 3 (stale).
 *
 * Rule: oracle 3 reads a site's committed version, executes the site, and calls what is older stale. It can
 * only ever do so where a fetch may be older than a load before it.
 *
 * Reached: the same two accesses with every sync left out: a writer that stores text and then a version, a
 * reader that loads the version and executes the text.
 *
 * Broken: nothing. What comes of it is a fact of the machine: results name stale among their oracles only
 * where it was seen here.
 *
 * Enough: silence tells how rare it is, not that it cannot be; so nothing is judged by it.
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/percpu.h>
#include <arch/x86_64/tsc.h>
#include <kernel/job.h>
#include <patching/text_poke_arch.h>
#include <tests/probes/stale_control.h>

#define CONTROL_NS 5000000ul
#define VERSIONS   100 /* none comes so late that its byte could be another's */

u32 probe_control(void);

static struct stale_control control;
static u8 version;
static u32 stop, reading;

static void read_versions(void *unused)
{
	u64 stale = 0;
	u8 before;

	smp_store_release(&reading, 1);
	while (!smp_load_acquire(&stop)) {
		before =
			smp_load_acquire(&version); /* pairs with the release in write_versions() */
		stale += (s8)((u8)probe_control() - before) < 0;
	}
	control.stale = stale;
}

static void write_versions(void)
{
	u64 end = now_ns() + CONTROL_NS;
	u8 next = version;

	text_mutex_lock();
	do {
		next++;
		text_write_begin();
		text_write((unsigned long)probe_control + 1, &next, 1);
		text_write_end();
		smp_store_release(&version, next); /* pairs with the acquire in read_versions() */
		control.versions++;
	} while (now_ns() < end && control.versions < VERSIONS);
	text_mutex_unlock();
}

const struct stale_control *stale_control(void)
{
	static bool done;

	if (done || nr_cpus < 2)
		return &control;
	done = true;
	job_start(1, read_versions, NULL);
	while (!smp_load_acquire(&reading) && job_running(1))
		cpu_relax();
	write_versions();
	smp_store_release(&stop, 1);
	job_wait(1);
	return &control;
}
