/* SPDX-License-Identifier: BSD-2-Clause */
/* Isolation that changes while a batch runs, as the protocol's row says (struct protocol, isolation). */
#ifndef TESTS_FLIPS_H
#define TESTS_FLIPS_H

/* From now on each sync's moments advance the order; with text_mutex free, CPU 0, IRQs on. */
void flips_begin(void);

/* No longer. What they left stays until flips_end(). */
void flips_pause(void);

/* All isolated CPUs are as start-up made them: marked, S kept and true. IRQs on. */
void flips_end(void);

#endif
