// SPDX-License-Identifier: BSD-2-Clause
/* Which tests there are only their registry knows (kernel/test.c). */
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/params_names.h>

static const char *const test_lists[] = {"default", "all", "list", "help", NULL};

static int index_of(const char *const names[], struct span word)
{
	int i;

	for (i = 0; names[i]; i++)
		if (span_is(word, names[i]))
			return i;
	return -1;
}

static void offer_all(struct nearest *nearest, const char *const names[])
{
	int i;

	for (i = 0; names[i]; i++)
		nearest_offer(nearest, names[i]);
}

/* "a, b or c" */
static void join(char *buf, size_t size, const char *const names[])
{
	size_t len = 0;
	int i;

	for (i = 0; names[i]; i++)
		len += (size_t)scnprintf(buf + len, size - len, "%s%s",
					 !i		? ""
					 : names[i + 1] ? ", "
							: " or ",
					 names[i]);
}

int param_choice(const char *const names[], struct span word, struct param_error *e)
{
	struct nearest nearest = {.word = word};
	int i = index_of(names, word);
	char all[480];

	if (i >= 0)
		return i;
	join(all, sizeof(all), names);
	offer_all(&nearest, names);
	if (names[1])
		param_expected(e, "%s; nearest to \"%.*s\" is \"%s\"", all, (int)word.len, word.s,
			       nearest.name);
	else
		param_expected(e, "%s", all);
	return -1;
}

static bool unknown_test(struct span name, struct param_error *e)
{
	struct nearest nearest = {.word = name};
	const char *known;
	unsigned int i;

	if (test_is_to_come(name.s, name.len))
		return param_expected(e, "a test that is built; \"%.*s\" is not built yet",
				      (int)name.len, name.s);
	for (i = 0; (known = test_name_at(i)); i++)
		nearest_offer(&nearest, known);
	offer_all(&nearest, test_lists);
	return param_expected(e,
			      "a known test where \"%.*s\" stands; nearest is \"%s\"; test=list "
			      "shows them all",
			      (int)name.len, name.s, nearest.name);
}

static bool check_test(struct span item, struct param_error *e)
{
	struct span name = item, kind = {NULL, 0};
	size_t i;

	for (i = 0; i < item.len && !kind.s; i++) {
		if (item.s[i] != ':')
			continue;
		name.len = i;
		kind = (struct span){item.s + i + 1, item.len - i - 1};
	}
	if (!kind.s && (span_is(name, "all") || span_is(name, "default")))
		return true;
	if (!test_name_known(name.s, name.len))
		return unknown_test(name, e);
	if (test_kind_known(name.s, name.len, kind.s, kind.len))
		return true;
	if (!kind.s)
		return param_expected(e, "%.*s:KIND; test=list shows the kinds", (int)name.len,
				      name.s);
	return param_expected(e, "what test=list shows for \"%.*s\", which takes no \":%.*s\"",
			      (int)name.len, name.s, (int)kind.len, kind.s);
}

/* Does @name, or a list that may hold it, stand before the item that takes it out? */
static bool stands_before(const char *value, struct span removal)
{
	struct span item, name = {removal.s + 1, removal.len - 1};

	while (next_item(&value, ',', &item) && item.s != removal.s)
		if (span_is(item, "all") || span_is(item, "default") ||
		    (item.len == name.len && !memcmp(item.s, name.s, name.len)))
			return true;
	return false;
}

/* Is there an item that no later one certainly takes out? Lists count as never empty. */
static bool leaves_something(const char *value)
{
	struct span item, later;

	while (next_item(&value, ',', &item)) {
		const char *rest = value;
		bool taken = false;

		if (item.s[0] == '-')
			continue;
		while (next_item(&rest, ',', &later))
			taken |= later.len == item.len + 1 && later.s[0] == '-' &&
				 !memcmp(later.s + 1, item.s, item.len);
		if (!taken)
			return true;
	}
	return false;
}

bool param_check_tests(const char *value, struct param_error *e)
{
	const char *cursor = value;
	struct span item, name;

	if (!strcmp(value, "list") || !strcmp(value, "help"))
		return true;
	while (next_item(&cursor, ',', &item)) {
		bool removal = item.len && item.s[0] == '-';

		name = removal ? (struct span){item.s + 1, item.len - 1} : item;
		if (!name.len)
			return param_expected(e, "the name of a test on both sides of each comma%s",
					      removal ? " and behind \"-\"" : "");
		if (span_is(name, "list") || span_is(name, "help"))
			return param_expected(e, "\"%.*s\" alone, or tests", (int)name.len, name.s);
		if (removal && (span_is(name, "all") || span_is(name, "default")))
			return param_expected(e, "one test behind \"-\", not a list of them");
		if (!check_test(name, e))
			return false;
		if (removal && !stands_before(value, item))
			return param_expected(e,
					      "\"%.*s\" behind something that it is taken out of, "
					      "as in all,%.*s",
					      (int)item.len, item.s, (int)item.len, item.s);
	}
	return leaves_something(value) ||
	       param_expected(e,
			      "a list that leaves a test to run; this one takes out all it names");
}

/* What may stand in protocol=: the table's names, and two words that stand alone. */
static const char *const *protocol_words(void)
{
	static const char *words[PROTOCOLS_MAX + 3];
	unsigned int i;

	for (i = 0; i < PROTOCOLS_MAX && protocol_name_at(i); i++)
		words[i] = protocol_name_at(i);
	words[i] = "all";
	words[i + 1] = "list";
	words[i + 2] = NULL;
	return words;
}

bool param_check_protocols(const char *value, struct param_error *e)
{
	const char *cursor = value;
	struct span item;

	while (next_item(&cursor, ',', &item)) {
		if (!item.len)
			return param_expected(e,
					      "the name of a protocol on both sides of each comma");
		if ((span_is(item, "list") || span_is(item, "all")) && strchr(value, ','))
			return param_expected(e, "\"list\" or \"all\" alone, or protocols");
		if (param_choice(protocol_words(), item, e) < 0)
			return false;
	}
	return true;
}
