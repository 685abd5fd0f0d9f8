/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel command line: words `name=value`, each declared by one PARAM() line. All of this runs
 * on the boot CPU before the others start: no lock, not for IRQ or NMI context.
 */
#ifndef KERNEL_PARAMS_H
#define KERNEL_PARAMS_H

#include <kernel/config.h>
#include <kernel/lib/cpumask.h>

#define PARAMS_CMDLINE_MAX 2047 /* bytes without the NUL */
#define PARAMS_ERR_MAX	   3072 /* holds any error line */
#define PROTOCOLS_MAX	   64	/* that there are, and that protocol= may name */

/* Where a parse function says what it had expected. */
struct param_error {
	char *buf;
	size_t size;
};

struct param {
	const char *name;
	const char *syntax; /* what may stand after `name=` */
	/*
	 * In parentheses it is prose, and an unset field of struct config means it; anything else
	 * is read by the parse function like a word, so the table cannot differ from what happens.
	 */
	const char *defval;
	const char *help;
	bool repeats;
	bool *given; /* for param_given() */
	/* Check @value and put it into config; on failure fill in @e and return false. */
	bool (*parse)(const char *value, struct param_error *e);
	/* Write the effective value to a buffer, return the length; NULL: nothing worth showing. */
	size_t (*show)(char *buf, size_t size);
	/*
	 * Instead of these two: the word chooses one of @names (NULL-terminated), whose index goes to
	 * *@choice. Those below @first are shown and not accepted.
	 */
	const char *const *names;
	unsigned int first;
	unsigned int *choice;
};

/*
 * The section holds pointers: structures would be padded as each compiler pleases. With a linker
 * script its name is .params; a hosted program has the linker's own boundaries instead.
 */
#if __STDC_HOSTED__
#define PARAMS_SECTION "params"
extern const struct param *const __start_params[], *const __stop_params[];
#define __params_start __start_params
#define __params_end   __stop_params
#else
#define PARAMS_SECTION ".params"
extern const struct param *const __params_start[], *const __params_end[];
#endif

/* gcc puts such variables out backwards, and the table is printed in the order of the section. */
#ifdef __clang__
#define PARAM_IN_ORDER
#else
#define PARAM_IN_ORDER __attribute__((no_reorder))
#endif

/* One word: PARAM(name, .syntax = ..., .defval = ..., ..., .help = ...). */
#define PARAM(_name, ...)                                                           \
	bool __param_given_##_name;                                                 \
	static const struct param param_##_name = {                                 \
		.name = #_name, .given = &__param_given_##_name, __VA_ARGS__};      \
	static const struct param *const param_at_##_name __section(PARAMS_SECTION) \
		PARAM_IN_ORDER = &param_##_name

/* Say what was expected; always false, so that a parse function can return it. */
__printf(2, 3) bool param_expected(struct param_error *e, const char *fmt, ...);

/*
 * Read the command line (without the image name) into config. On the first bad word returns false
 * with one line `error: WORD: expected ...` in @err, without a newline; PARAMS_ERR_MAX is enough.
 */
bool params_parse(const char *cmdline, char *err, size_t err_size);

/*
 * What needs the number of CPUs (1 to 255): fills @isolated from isolcpus= or its default, settles
 * cpus=, and writes the effective values to config. Errors as in params_parse().
 */
bool params_resolve_cpus(unsigned int nr_cpus, struct cpumask *isolated, char *err,
			 size_t err_size);

/* The same refusal for who finds a word wrong later: @name's, which had @expected of it. False. */
bool params_refuse(const char *name, const char *expected, char *err, size_t err_size);

/* Write ` name=value` of every parameter, effective values, one line. Returns the length. */
size_t params_print_config(char *buf, size_t size);

/*
 * Write what repeats this run after `./run-qemu.sh`: the options in host=, the words as they were
 * given, and the seed. Returns the length. After start-up has settled config.seed.
 */
size_t params_print_replay(char *buf, size_t size);

/* The table of all parameters for test=help, one call of @line (without newline) for each line. */
void params_help(void (*line)(const char *text));

/* The words of user= and of load=, by their enum; NULL after the last. */
extern const char *const user_names[];
extern const char *const load_names[];

/*
 * Hooks, implemented beside the registry of tests.
 * Is this a test? And the names of all of them, NULL after the last.
 */
bool test_name_known(const char *name, size_t len);
const char *test_name_at(unsigned int i);

/* The names of all protocols, NULL after the last; implemented beside their table. */
const char *protocol_name_at(unsigned int i);

/* Is it the name of a test that is not built yet? */
bool test_is_to_come(const char *name, size_t len);

/* May @kind stand after NAME: ? @kind is NULL where the word has none. */
bool test_kind_known(const char *name, size_t len, const char *kind, size_t kind_len);

#endif
