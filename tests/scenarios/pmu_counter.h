/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One counter of this CPU that counts what instructions the kernel retires, and raises an NMI when it
 * overflows: architectural performance monitoring, SDM vol. 3, 20.2.
 */
#ifndef TESTS_PMU_COUNTER_H
#define TESTS_PMU_COUNTER_H

#include <kernel/lib/types.h>

/*
 * Why there is no such counter, or NULL. Tries it: an emulator may name one that does not count.
 * CPU 0, IRQs on; leaves it stopped.
 */
const char *pmu_counter_missing(void);

/*
 * It overflows once @count more kernel instructions have retired, 1 to 2^31 - 1, the caller's own
 * from here on among them. IRQs off or NMI, as the other.
 */
void pmu_counter_start(u32 count);

/*
 * Stops it. True: it has overflowed since pmu_counter_start(), and then *@since is how many kernel
 * instructions retired after that.
 */
bool pmu_counter_stop(u64 *since);

#endif
