// SPDX-License-Identifier: BSD-2-Clause
/* What the thermal status registers of a processor log, and which of them it has. */
#include <tests/host/lib/tap.h>
#include "../../arch/x86_64/thermal.c"

#define ALL 0xd1 /* sensor, power limits, package, HWP */

int main(void)
{
	ok(!thermal_core_logs(0) && !thermal_package_logs(0), "a processor without either");
	ok(thermal_core_logs(1) && !thermal_package_logs(1), "one with a sensor a core");
	ok(thermal_core_logs(0x41) && thermal_package_logs(0x41), "one of a package, too");

	ok(!thermal_logged(0, ALL), "nothing happened");
	ok(!thermal_logged(1ul << 0 | 1 << 2 | 1 << 4 | 1 << 10 | 1 << 12 | 1ul << 31, ALL),
	   "what is now is no log");
	ok(!thermal_logged(1 << 7 | 1 << 9, ALL), "nor is a threshold that nobody set");
	ok(thermal_logged(1 << 1, ALL) == 1 << THERMAL_HOT, "too hot");
	ok(thermal_logged(1 << 3, ALL) == 1 << THERMAL_PROCHOT, "told by a pin");
	ok(thermal_logged(1 << 5, ALL) == 1 << THERMAL_CRITICAL, "critical");
	ok(thermal_logged(1 << 11, ALL) == 1 << THERMAL_POWER_LIMIT, "the limit of power");
	ok(thermal_logged(1 << 13, ALL) == 1 << THERMAL_CURRENT_LIMIT, "the limit of current");
	ok(thermal_logged(1 << 11 | 1 << 13 | 1 << 1, 1) == 1 << THERMAL_HOT,
	   "logs that this processor does not have");
	return done_testing();
}
