// SPDX-License-Identifier: BSD-2-Clause
#include <kernel/report.h>
#include <tests/silicon/silicon.h>
#include <patching/text_poke_arch.h>
void silicon_int3(const struct silicon_config *config)
{
	report_test_start("int3");
	report_skip("not yet");
}
