// SPDX-License-Identifier: BSD-2-Clause
/* One write per alternatives entry: the comparison. */
#include <tests/alternatives/old_alternative.h>

static unsigned int padded_length(const struct alt_instr *start, const struct alt_instr *end)
{
	const struct alt_instr *a;
	unsigned int len = 0;

	for (a = start; a < end && alt_location(a) == alt_location(start); a++)
		len = max(len, (unsigned int)a->instrlen);
	return len;
}

static int apply_one(const struct alt_instr *a, unsigned int len, const struct alt_env *env)
{
	struct alt_patch patch = {.addr = alt_location(a), .first = a, .entries = 1, .len = len};
	enum alt_error error;

	/* The bug: these are the original's bytes only while no entry has been applied. */
	__builtin_memcpy(patch.original, (void *)patch.addr, len);
	if (alternative_wanted(a, env))
		patch.winner = a;
	error = alternative_prepare(&patch);
	if (!error && env->trace)
		env->trace(env->ctx, &patch);
	if (!error && env->write(env->ctx, patch.addr, patch.bytes, len))
		error = ALT_ERR_WRITE;
	if (error && env->report)
		env->report(env->ctx, error, a, NULL);
	return -error;
}

int old_apply_alternatives(const struct alt_instr *start, const struct alt_instr *end,
			   const struct alt_env *env)
{
	const struct alt_instr *a, *first = start;
	unsigned int len = 0;
	int error;

	for (a = start; a < end; a++) {
		if (a == start || alt_location(a) != alt_location(first)) {
			first = a;
			len = padded_length(a, end);
		}
		error = apply_one(a, len, env);
		if (error)
			return error;
	}
	return end - start;
}
