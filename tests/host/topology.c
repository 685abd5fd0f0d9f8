// SPDX-License-Identifier: BSD-2-Clause
/* What two APIC ids are to each other, and this machine's own: each CPU is its own sibling; kinds of cores. */
#include <tests/host/lib/tap.h>
#include "../../arch/x86_64/topology.c"

int main(void)
{
	const struct topology two = {.core_shift = 1, .package_shift = 3}, none = {},
			      here = topology_read();

	ok(topology_relation(&two, 4, 5) == CPU_SMT, "threads of one core");
	ok(topology_relation(&two, 3, 4) == CPU_CORE, "neighbours in number, and two cores");
	ok(topology_relation(&two, 0, 6) == CPU_CORE, "cores of one package");
	ok(topology_relation(&two, 7, 8) == CPU_PACKAGE, "neighbours in number, and two packages");
	ok(topology_relation(&none, 0, 1) == CPU_PACKAGE, "each CPU a package of its own");
	ok(here.core_shift <= here.package_shift && here.package_shift < 32, "this machine: %u, %u",
	   here.core_shift, here.package_shift);
	ok(bits_for(1) == 0 && bits_for(2) == 1 && bits_for(3) == 2 && bits_for(256) == 8, "bits");
	ok(topology_core_type(0, 0x40000001) == CORES_ALIKE, "a processor that is no hybrid");
	ok(topology_core_type(1 << 15, 0x40000001) == CORE_CORE, "a hybrid's large core");
	ok(topology_core_type(1 << 15, 0x20000001) == CORE_ATOM, "a hybrid's small core");
	return done_testing();
}
