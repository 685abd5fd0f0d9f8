// SPDX-License-Identifier: BSD-2-Clause
/* Splits the command line, finds the parameter of each word, and prints what came out. */
#include <entry/protocol/point_params.h>
#include <kernel/lib/cpulist.h>
#include <kernel/lib/parse.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/params.h>
#include <kernel/params_names.h>

#define for_each_param(p) for (p = __params_start; p < __params_end; p++)

struct config config;

static char words[PARAMS_CMDLINE_MAX + 1]; /* values in config point here */
static char isolcpus_text[CPUMASK_CPUS * 4];
static unsigned int nr_words;

bool param_expected(struct param_error *e, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vscnprintf(e->buf, e->size, fmt, args);
	va_end(args);
	return false;
}

/* The one form of every refusal. Leaves room for the explanation if the word is huge. */
static bool refuse(struct span word, const char *expected, char *err, size_t err_size)
{
	size_t room = err_size - min(err_size, strlen(expected) + sizeof("error: : expected "));
	char *c;

	scnprintf(err, err_size, "error: %.*s: expected %s", (int)min(word.len, room), word.s,
		  expected);
	for (c = err; *c; c++)
		if (*c == 0x7f) /* the only control character that does not separate words */
			*c = '?';
	return false;
}

static bool is_blank(char c)
{
	return (unsigned char)c <= ' ' && c;
}

/* Copies the line, each word with its own NUL. */
static bool split_words(const char *line, char *err, size_t err_size)
{
	size_t len = strlen(line), start, end;
	char expected[80];
	char *to;

	if (len > PARAMS_CMDLINE_MAX) {
		start = PARAMS_CMDLINE_MAX;
		while (is_blank(line[start]))
			start++;
		while (start && line[start] && !is_blank(line[start - 1]))
			start--;
		for (end = start; line[end] && !is_blank(line[end]);)
			end++;
		scnprintf(expected, sizeof(expected),
			  "a command line of at most %d bytes, not %zu; this word ends beyond them",
			  PARAMS_CMDLINE_MAX, len);
		return refuse((struct span){line + start, end - start}, expected, err, err_size);
	}
	nr_words = 0;
	for (to = words;;) {
		while (is_blank(*line))
			line++;
		if (!*line)
			return true;
		while (*line && !is_blank(*line))
			*to++ = *line++;
		*to++ = '\0';
		nr_words++;
	}
}

static const char *next_word(const char *word)
{
	return word + strlen(word) + 1;
}

/* The word as it was given for a parameter that does not repeat; its bare name if it was not. */
static struct span word_of(const char *name)
{
	const char *word = words;
	size_t len = strlen(name);
	unsigned int i;

	for (i = 0; i < nr_words; i++, word = next_word(word))
		if (!strncmp(word, name, len) && word[len] == '=')
			return (struct span){word, strlen(word)};
	return (struct span){name, len};
}

static const struct param *find_param(struct span name, struct param_error *e)
{
	struct nearest nearest = {.word = name};
	const struct param *const *p;

	for_each_param(p)
		if (span_is(name, (*p)->name))
			return *p;
	for_each_param(p)
		nearest_offer(&nearest, (*p)->name);
	param_expected(e, "a known word; nearest is \"%s=\"; test=help shows them all",
		       nearest.name);
	return NULL;
}

static bool parse_value(const struct param *p, const char *value, struct param_error *e)
{
	int i;

	if (p->parse)
		return p->parse(value, e);
	i = param_choice(p->names + p->first, (struct span){value, strlen(value)}, e);
	if (i >= 0)
		*p->choice = i + p->first;
	return i >= 0;
}

static bool parse_word(const char *word, struct param_error *e)
{
	const char *equals = strchr(word, '=');
	const struct param *p;

	p = find_param((struct span){word, equals ? (size_t)(equals - word) : strlen(word)}, e);
	if (!p)
		return false;
	if (!equals || !equals[1])
		return param_expected(e, "a value: %s=%s", p->name, p->syntax);
	if (*p->given && !p->repeats)
		return param_expected(e, "%s= only once; leave one of the two out", p->name);
	/* Said here too, so that the refusal names whichever of the two words came second. */
	if (!strcmp(p->name, "protocol") && param_given(sync) && config.sync == SYNC_IPI)
		return param_expected(e,
				      "no protocol= beside sync=ipi, which is protocol=always-ipi; "
				      "leave one of the two out");
	if (!parse_value(p, equals + 1, e))
		return false;
	if (!strcmp(p->name, "sync") && param_given(protocol) && config.sync == SYNC_IPI)
		return param_expected(e, "no sync=ipi, which is protocol=always-ipi, beside a "
					 "protocol=; leave one of the two out");
	*p->given = true;
	return true;
}

bool params_parse(const char *cmdline, char *err, size_t err_size)
{
	static char expected[768]; /* all names of a list, and an item of it */
	struct param_error e = {expected, sizeof(expected)};
	const struct param *const *p;
	const char *word = words;
	unsigned int i;

	memset(&config, 0, sizeof(config));
	memset(&point_wishes, 0, sizeof(point_wishes));
	for_each_param(p) {
		*(*p)->given = false;
		if ((*p)->defval[0] != '(' && !parse_value(*p, (*p)->defval, &e))
			return refuse((struct span){(*p)->name, strlen((*p)->name)}, expected, err,
				      err_size);
	}
	if (!split_words(cmdline, err, err_size))
		return false;
	for (i = 0; i < nr_words; i++, word = next_word(word))
		if (!parse_word(word, &e))
			return refuse((struct span){word, strlen(word)}, expected, err, err_size);
	/* Two names for one thing: all readers of config see both agree. */
	if (config.sync == SYNC_IPI)
		config.protocols = "always-ipi";
	else if (!param_given(sync) && !strcmp(config.protocols, "always-ipi"))
		config.sync = SYNC_IPI;
	return true;
}

bool params_refuse(const char *name, const char *expected, char *err, size_t err_size)
{
	return refuse(word_of(name), expected, err, err_size);
}

bool params_resolve_cpus(unsigned int nr_cpus, struct cpumask *isolated, char *err, size_t err_size)
{
	char expected[256];
	unsigned int i;

	if (!param_given(cpus)) {
		config.nr_named = min(nr_cpus, 2u);
		config.cpus[0] = 0;
		config.cpus[1] = nr_cpus > 1 ? 1 : -1;
	}
	for (i = 0; i < config.nr_named; i++)
		if (config.cpus[i] >= (int)nr_cpus) {
			scnprintf(expected, sizeof(expected), "CPUs that exist, 0 to %u here",
				  nr_cpus - 1);
			return refuse(word_of("cpus"), expected, err, err_size);
		}
	if (param_given(isolcpus)) {
		if (!cpulist_parse(config.isolcpus, nr_cpus, isolated, expected, sizeof(expected)))
			return refuse(word_of("isolcpus"), expected, err, err_size);
	} else {
		unsigned int cpu;

		cpumask_clear(isolated);
		for (cpu = nr_cpus - nr_cpus / 2; cpu < nr_cpus; cpu++)
			cpumask_set_cpu(isolated, cpu);
	}
	cpulist_format(isolcpus_text, sizeof(isolcpus_text), isolated);
	config.isolcpus = isolcpus_text;
	return true;
}

size_t params_print_config(char *buf, size_t size)
{
	const struct param *const *p;
	size_t len = 0;

	if (size)
		buf[0] = '\0';
	for_each_param(p) {
		if (!(*p)->show && !(*p)->names)
			continue;
		len += (size_t)scnprintf(buf + len, size - len, " %s=", (*p)->name);
		len += (*p)->show ? (*p)->show(buf + len, size - len)
				  : (size_t)scnprintf(buf + len, size - len, "%s",
						      (*p)->names[*(*p)->choice]);
	}
	return len;
}

size_t params_print_replay(char *buf, size_t size)
{
	const char *word = words;
	size_t len = 0;
	unsigned int i;

	if (size)
		buf[0] = '\0';
	if (config.host)
		len += (size_t)scnprintf(buf + len, size - len, " %s", config.host);
	/* The script fills in host= and accel= again. */
	for (i = 0; i < nr_words; i++, word = next_word(word))
		if (strncmp(word, "host=", 5) && strncmp(word, "accel=", 6))
			len += (size_t)scnprintf(buf + len, size - len, " %s", word);
	if (!param_given(seed))
		len += (size_t)scnprintf(buf + len, size - len, " seed=0x%llx",
					 (unsigned long long)config.seed);
	return len;
}

void params_help(void (*line)(const char *text))
{
	const struct param *const *p;
	char text[256];

	line("Words of the kernel command line; each only once unless it says \"may repeat\".");
	for_each_param(p) {
		scnprintf(text, sizeof(text), "%s=%s", (*p)->name, (*p)->syntax);
		line(text);
		scnprintf(text, sizeof(text), "    %s%s; default: %s", (*p)->help,
			  (*p)->repeats ? "; may repeat" : "", (*p)->defval);
		line(text);
	}
}
