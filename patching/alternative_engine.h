/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine behind alternative.h. It looks at all entries of one location, decides, and only
 * then lets the location be written, once: no intermediate instruction is ever visible, and the
 * place of an entry among the others matters for nothing but precedence.
 * Pure: it reads the table, the replacements and the originals; what it writes goes through env.
 */
#ifndef PATCHING_ALTERNATIVE_ENGINE_H
#define PATCHING_ALTERNATIVE_ENGINE_H

#include <patching/alternative.h>

enum alt_error {
	ALT_OK,
	ALT_ERR_FEATURE,   /* the feature's word is not one of env's */
	ALT_ERR_FLAGS,	   /* a flag that nobody knows */
	ALT_ERR_EMPTY,	   /* a location of no bytes */
	ALT_ERR_TOO_LONG,  /* a location above ALT_MAX_LENGTH */
	ALT_ERR_REPL_LONG, /* a replacement longer than its location */
	ALT_ERR_OVERLAP,   /* two locations share bytes */
	ALT_ERR_SCATTERED, /* the entries of a location do not lie together */
	ALT_ERR_NOT_CALL,  /* direct call: the original is not call *disp32(%rip) */
	ALT_ERR_CALL_REPL, /* direct call: the replacement is not ALT_CALL_INSN */
	ALT_ERR_CALL_NULL, /* direct call: the pointer is NULL */
	ALT_ERR_DECODE,	   /* an instruction of the replacement is not known */
	ALT_ERR_RANGE,	   /* an IP-relative field does not reach its target from the location */
	ALT_ERR_CAPACITY,  /* more locations or bytes than the index has room for */
	ALT_ERR_WRITE,	   /* env->write() refused */
	ALT_ERR_COUNT
};

/* One location, decided. */
struct alt_patch {
	unsigned long addr;
	const struct alt_instr *first;	 /* of the location's entries */
	const struct alt_instr *winner;	 /* NULL: the original stays */
	const struct alt_instr *culprit; /* the entry that error is about */
	enum alt_error error;
	unsigned int entries;
	unsigned int len;	     /* the longest of the entries */
	u8 original[ALT_MAX_LENGTH]; /* as built */
	u8 bytes[ALT_MAX_LENGTH];    /* what is to be there */
};

struct alt_env {
	const u32 *features; /* feature f is bit f % 32 of features[f / 32] */
	unsigned int feature_words;

	/* Reads bytes as they were built. NULL: they are still where they were built. */
	void (*read_original)(void *ctx, unsigned long addr, u8 *buf, size_t len);
	/* Makes addr hold bytes, 0 or an error. Called once per location. */
	int (*write)(void *ctx, unsigned long addr, const u8 *bytes, size_t len);
	/* Told before each write, while the old bytes can still be read. May be NULL. */
	void (*trace)(void *ctx, const struct alt_patch *patch);
	/* Told of each error; other is the entry that collides, or NULL. May be NULL. */
	void (*report)(void *ctx, enum alt_error error, const struct alt_instr *culprit,
		       const struct alt_instr *other);
	void *ctx;
};

/* Where an entry's location and replacement are. */
static inline unsigned long alt_location(const struct alt_instr *a)
{
	return (unsigned long)a + offsetof(struct alt_instr, instr_offset) + a->instr_offset;
}

static inline unsigned long alt_replacement(const struct alt_instr *a)
{
	return (unsigned long)a + offsetof(struct alt_instr, repl_offset) + a->repl_offset;
}

/* What is wrong with the fields of this entry alone, or ALT_OK. Any context. */
enum alt_error alternative_check(const struct alt_instr *a, const struct alt_env *env);

/* Whether env's features want this entry, whose feature must be in range. */
bool alternative_wanted(const struct alt_instr *a, const struct alt_env *env);

/* What an error means, in words. */
const char *alt_strerror(enum alt_error error);

/*
 * Decides the location of start, looking at its entries up to end, and fills *patch; bytes are
 * good only without patch->error. Returns the first entry of the next location. Any context.
 */
const struct alt_instr *alternative_analyze(const struct alt_instr *start,
					    const struct alt_instr *end, const struct alt_env *env,
					    struct alt_patch *patch);

/*
 * Makes patch->bytes what they are if patch->winner (NULL: nobody) wins; the rest of *patch must
 * come from alternative_analyze(). Returns ALT_OK or what is wrong with that entry. Any context.
 */
enum alt_error alternative_prepare(struct alt_patch *patch);

/*
 * Decides every location of the table, which must have passed alternatives_validate(), then
 * writes each once. With an error in any of them nothing is written at all. Returns the number of
 * locations, or -ALT_ERR_*. The caller sees to it that nobody executes the locations, or that
 * env->write() can stand it.
 */
int apply_alternatives(const struct alt_instr *start, const struct alt_instr *end,
		       const struct alt_env *env);

#endif
