// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/cpu.h>
#include <kernel/panic.h>
#include <kernel/report.h>
#include <arch/x86_64/alternative_boot.h>
#include <patching/alternative_engine.h>
#include <patching/text_poke_arch.h>

extern const struct alt_instr __alt_instructions[], __alt_instructions_end[];

static int write_location(void *ctx, unsigned long addr, const u8 *bytes, size_t len)
{
	text_write(addr, bytes, len);
	return 0;
}

static void report_malformed(void *ctx, enum alt_error error, const struct alt_instr *culprit,
			     const struct alt_instr *other)
{
	report_info("alternative at %pS: %s", (void *)alt_location(culprit), alt_strerror(error));
}

void alternatives_boot(void)
{
	const struct alt_env env = {
		.features = cpu_caps,
		.feature_words = CPUFEATURE_WORDS,
		.write = write_location,
		.report = report_malformed,
	};
	int ret;

	/* Nobody else runs, and nothing between these two is an alternative itself. */
	text_write_begin();
	ret = apply_alternatives(__alt_instructions, __alt_instructions_end, &env);
	text_write_end();
	if (ret < 0)
		panic("alternatives: the table is malformed, nothing was patched");
}
