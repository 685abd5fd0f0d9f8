// SPDX-License-Identifier: BSD-2-Clause
/* From the entries of a location to its final bytes, and one write for each location. */
#include <patching/alternative_engine.h>
#include <patching/insn.h>
#include <patching/nops.h>

#define CALL_INDIRECT_LENGTH 6 /* ff 15 disp32 */
#define CALL_DIRECT_LENGTH   5 /* e8 rel32 */

const char *alt_strerror(enum alt_error error)
{
	static const char *const text[ALT_ERR_COUNT] = {
		[ALT_OK] = "no error",
		[ALT_ERR_FEATURE] = "feature out of range",
		[ALT_ERR_FLAGS] = "unknown flags",
		[ALT_ERR_EMPTY] = "empty location",
		[ALT_ERR_TOO_LONG] = "location too long",
		[ALT_ERR_REPL_LONG] = "replacement longer than its location",
		[ALT_ERR_OVERLAP] = "location overlaps another",
		[ALT_ERR_SCATTERED] = "entries of one location are not consecutive",
		[ALT_ERR_NOT_CALL] = "direct call where the original is not call *disp32(%rip)",
		[ALT_ERR_CALL_REPL] = "direct call whose replacement is not call rel32",
		[ALT_ERR_CALL_NULL] = "direct call through a NULL pointer",
		[ALT_ERR_DECODE] = "unknown instruction in a replacement",
		[ALT_ERR_RANGE] = "target out of reach from the location",
		[ALT_ERR_CAPACITY] = "too many locations",
		[ALT_ERR_WRITE] = "write refused",
	};

	return error < ALT_ERR_COUNT && text[error] ? text[error] : "unknown error";
}

bool alternative_wanted(const struct alt_instr *a, const struct alt_env *env)
{
	bool present = env->features[a->feature / 32] >> a->feature % 32 & 1;

	return present != !!(a->flags & ALT_FLAG_NOT); /* @alt.not */
}

enum alt_error alternative_check(const struct alt_instr *a, const struct alt_env *env)
{
	if (a->feature / 32 >= env->feature_words)
		return ALT_ERR_FEATURE;
	if (a->flags & ~(ALT_FLAG_NOT | ALT_FLAG_DIRECT_CALL))
		return ALT_ERR_FLAGS;
	if (!a->instrlen)
		return ALT_ERR_EMPTY;
	if (a->instrlen > ALT_MAX_LENGTH)
		return ALT_ERR_TOO_LONG;
	if (a->replacementlen > a->instrlen)
		return ALT_ERR_REPL_LONG;
	return ALT_OK;
}

static bool store_rel(u8 *field, unsigned int size, s64 rel)
{
	s32 rel32 = rel;
	s8 rel8 = rel;

	if (size == sizeof(rel8) ? rel8 != rel : rel32 != rel)
		return false;
	if (size == sizeof(rel8))
		*field = rel8;
	else
		__builtin_memcpy(field, &rel32, sizeof(rel32));
	return true;
}

/* The code in buf was built shift bytes above where it will run: correct what points outside. */
static enum alt_error rebase(u8 *buf, size_t len, s64 shift)
{
	struct insn insn;
	s64 target;
	size_t pos;

	for (pos = 0; pos < len; pos += insn.length) {
		if (!insn_decode(&insn, buf + pos, len - pos))
			return ALT_ERR_DECODE;
		target = (s64)(pos + insn.length) + insn.rel;
		/* The end belongs to the inside: the padding begins there. */
		if (!insn.rel_size || (target >= 0 && target <= (s64)len)) /* @alt.inside */
			continue;
		if (!store_rel(buf + pos + insn.rel_offset, insn.rel_size,
			       insn.rel + shift)) /* @alt.rebase */
			return ALT_ERR_RANGE;
	}
	return ALT_OK;
}

/* The original of a direct call: an indirect one through a pointer in memory, and padding. */
static bool is_indirect_call(const u8 *bytes, size_t len)
{
	size_t pos = CALL_INDIRECT_LENGTH;
	struct insn insn;

	if (len < pos || bytes[0] != 0xff || bytes[1] != 0x15)
		return false;
	for (; pos < len; pos += insn.length)
		if (!insn_decode(&insn, bytes + pos, len - pos) || insn.kind != INSN_NOP)
			return false;
	return true;
}

/* Reads the original, no matter which won before: only there stands where the pointer is. */
static enum alt_error direct_call(struct alt_patch *patch)
{
	unsigned long target;
	s32 disp;

	if (patch->winner->replacementlen != CALL_DIRECT_LENGTH || patch->bytes[0] != 0xe8)
		return ALT_ERR_CALL_REPL;
	if (!is_indirect_call(patch->original, patch->len)) /* @alt.is-call */
		return ALT_ERR_NOT_CALL;
	__builtin_memcpy(&disp, patch->original + 2, sizeof(disp)); /* @alt.original */
	__builtin_memcpy(&target, (void *)(patch->addr + CALL_INDIRECT_LENGTH + disp),
			 sizeof(target));
	if (!target)
		return ALT_ERR_CALL_NULL;
	if (!store_rel(patch->bytes + 1, sizeof(s32),
		       (s64)(target - (patch->addr + CALL_DIRECT_LENGTH))))
		return ALT_ERR_RANGE;
	return ALT_OK;
}

enum alt_error alternative_prepare(struct alt_patch *patch)
{
	const struct alt_instr *a = patch->winner;
	enum alt_error error;
	unsigned long from;

	if (!a) {
		__builtin_memcpy(patch->bytes, patch->original, patch->len);
		optimize_nops(patch->bytes, patch->len); /* @alt.nops-original */
		return ALT_OK;
	}
	from = alt_replacement(a);
	__builtin_memcpy(patch->bytes, (void *)from, a->replacementlen);
	__builtin_memset(patch->bytes + a->replacementlen, NOP_ONE_BYTE,
			 patch->len - a->replacementlen);
	if (a->flags & ALT_FLAG_DIRECT_CALL)
		error = direct_call(patch);
	else
		error = rebase(patch->bytes, a->replacementlen, (s64)(from - patch->addr));
	if (error)
		patch->culprit = a;
	else
		optimize_nops(patch->bytes, patch->len); /* @alt.nops */
	return error;
}

const struct alt_instr *alternative_analyze(const struct alt_instr *start,
					    const struct alt_instr *end, const struct alt_env *env,
					    struct alt_patch *patch)
{
	const struct alt_instr *a;
	enum alt_error error;

	patch->addr = alt_location(start);
	patch->first = start;
	patch->winner = patch->culprit = NULL;
	patch->error = ALT_OK;
	patch->len = 0;
	for (a = start; a < end && alt_location(a) == patch->addr; a++) {
		error = alternative_check(a, env);
		if (error && !patch->error) {
			patch->error = error;
			patch->culprit = a;
		}
		patch->len = max(patch->len, (unsigned int)a->instrlen); /* @alt.longest */
		if (!patch->error && alternative_wanted(a, env))
			patch->winner = a; /* @alt.last */
	}
	patch->entries = a - start;
	if (patch->error)
		return a;

	if (env->read_original)
		env->read_original(env->ctx, patch->addr, patch->original,
				   patch->len); /* @alt.kept */
	else
		__builtin_memcpy(patch->original, (void *)patch->addr, patch->len);
	patch->error = alternative_prepare(patch);
	return a;
}

static int write_patch(const struct alt_env *env, const struct alt_patch *patch)
{
	if (env->trace)
		env->trace(env->ctx, patch);
	if (!env->write(env->ctx, patch->addr, patch->bytes, patch->len))
		return 0;
	if (env->report)
		env->report(env->ctx, ALT_ERR_WRITE, patch->first, NULL);
	return -ALT_ERR_WRITE;
}

int apply_alternatives(const struct alt_instr *start, const struct alt_instr *end,
		       const struct alt_env *env)
{
	const struct alt_instr *a;
	struct alt_patch patch;
	int locations = 0;
	int error = 0;

	for (a = start; a < end;) {
		a = alternative_analyze(a, end, env, &patch);
		if (patch.error && env->report)
			env->report(env->ctx, patch.error, patch.culprit, NULL);
		if (patch.error && !error)
			error = -patch.error;
	}
	for (a = start; a < end && !error; locations++) {
		a = alternative_analyze(a, end, env, &patch);
		error = write_patch(env, &patch); /* @alt.write */
	}
	return error ? error : locations;
}
