/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests that patch under load count, as differences over their measured phase. */
#ifndef TESTS_POKE_STATS_H
#define TESTS_POKE_STATS_H

#include <kernel/lib/types.h>

struct poke_stats {
	u64 pokes, sites;
	u64 entries; /* from user mode, isolated CPUs */
	u64 ipis_isolated, ipis_housekeeping, ipis_skipped, ipis_needless, ipis_quirk;
	u64 nmi, nmi_unknown; /* unknown: nobody in here sent it */
	u64 irqs_other;	      /* of isolated CPUs, that are no sync */
	u64 int3_hits, orphan_int3, emulator_ghosts;
	u64 poke_min_ns, poke_max_ns, poke_total_ns;
};

/* Adds the counts of @cpu alone to @stats. Any context. */
void poke_stats_add_cpu(struct poke_stats *stats, unsigned int cpu);

/* Reads all counters; the poke_*_ns fields stay 0. */
void poke_stats_read(struct poke_stats *stats);

/* Subtracts @before from @stats, except poke_*_ns. */
void poke_stats_since(struct poke_stats *stats, const struct poke_stats *before);

/* Adds one batch that took @ns. */
void poke_stats_add(struct poke_stats *stats, u64 ns);

/*
 * Were spinning CPUs told though nothing brought them into the kernel? An NMI or IRQ that nobody of
 * us sent is an entry of its own, in which a CPU is told with good reason.
 */
bool poke_stats_told_in_user(const struct poke_stats *stats);

/* ERROR if the emulator's own staleness showed: the run proves nothing then. */
void poke_stats_check_ghosts(const struct poke_stats *stats);

/* Do times say more of the host's scheduler than of this machine? A note's worth: nothing is judged by it. */
bool times_are_the_hosts(void);

#endif
