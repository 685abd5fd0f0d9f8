// SPDX-License-Identifier: BSD-2-Clause
#include <kernel/lib/cpulist.h>
#include <kernel/lib/parse.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>

struct range {
	u64 first, last, used, group;
};

/* Split @text at the first @c; false if there is none. */
static bool split(struct span text, char c, struct span *before, struct span *after)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.s[i] != c)
			continue;
		*before = (struct span){text.s, i};
		*after = (struct span){text.s + i + 1, text.len - i - 1};
		return true;
	}
	return false;
}

static bool parse_cpu(struct span text, unsigned int nr_cpus, u64 *cpu)
{
	if (span_is(text, "N")) {
		*cpu = nr_cpus - 1;
		return true;
	}
	switch (parse_decimal(text, cpu)) {
	case PARSE_OK:
		return true;
	case PARSE_OVERFLOW: /* a number all right; no such CPU */
		*cpu = UINT64_MAX;
		return true;
	case PARSE_BAD:
		break;
	}
	return false;
}

/* The syntax alone; what the numbers mean is for check_range(). */
static bool parse_range(struct span item, unsigned int nr_cpus, struct range *r)
{
	struct span cpus = item, pattern, first, last, used, group;
	bool patterned = split(item, ':', &cpus, &pattern);

	*r = (struct range){.used = 1, .group = 1};
	if (patterned &&
	    (!split(pattern, '/', &used, &group) || parse_decimal(used, &r->used) != PARSE_OK ||
	     parse_decimal(group, &r->group) != PARSE_OK))
		return false;
	if (split(cpus, '-', &first, &last))
		return parse_cpu(first, nr_cpus, &r->first) && parse_cpu(last, nr_cpus, &r->last);
	if (patterned || !parse_cpu(cpus, nr_cpus, &r->first)) /* Linux has no pattern of one CPU */
		return false;
	r->last = r->first;
	return true;
}

static bool check_range(struct span item, unsigned int nr_cpus, const struct range *r, char *err,
			size_t err_size)
{
	int len = (int)item.len;

	if (!r->first) {
		scnprintf(err, err_size,
			  "a list without CPU 0, which keeps house; leave it out of \"%.*s\"", len,
			  item.s);
	} else if (max(r->first, r->last) >= nr_cpus && nr_cpus == 1) {
		scnprintf(err, err_size, "\"none\": CPU 0 is the only one here");
	} else if (max(r->first, r->last) >= nr_cpus) {
		scnprintf(err, err_size, "CPUs that exist, 1 to %u%s, in \"%.*s\"", nr_cpus - 1,
			  nr_cpus == 255 ? "" : " here", len, item.s);
	} else if (r->first > r->last) {
		scnprintf(err, err_size, "the smaller CPU first in \"%.*s\"", len, item.s);
	} else if (!r->used || r->used > r->group) {
		scnprintf(err, err_size, "1 <= USED <= GROUP in \"%.*s\", as in 1-7:1/2", len,
			  item.s);
	} else {
		return true;
	}
	return false;
}

bool cpulist_parse(const char *text, unsigned int nr_cpus, struct cpumask *mask, char *err,
		   size_t err_size)
{
	const char *cursor = text;
	struct span item;
	struct range r;

	cpumask_clear(mask);
	if (!strcmp(text, "none"))
		return true;
	while (next_item(&cursor, ',', &item)) {
		u64 cpu;

		if (!item.len) {
			scnprintf(err, err_size, "a CPU on both sides of each comma");
			return false;
		}
		if (span_is(item, "none")) {
			scnprintf(err, err_size, "\"none\" alone, or a list of CPUs");
			return false;
		}
		if (span_is(item, "all")) {
			scnprintf(err, err_size,
				  "a list without CPU 0, which keeps house; 1-N is all the others");
			return false;
		}
		if (!parse_range(item, nr_cpus, &r)) {
			scnprintf(err, err_size,
				  "A, A-B or A-B:USED/GROUP where \"%.*s\" stands, like 2-3,5 or "
				  "1-7:1/2 or 1-N; or \"none\"",
				  (int)item.len, item.s);
			return false;
		}
		if (!check_range(item, nr_cpus, &r, err, err_size))
			return false;
		for (cpu = r.first; cpu <= r.last; cpu++)
			if ((cpu - r.first) % r.group < r.used)
				cpumask_set_cpu(mask, (unsigned int)cpu);
	}
	return true;
}

size_t cpulist_format(char *buf, size_t size, const struct cpumask *mask)
{
	unsigned int first, last;
	size_t len = 0;

	for_each_cpu(first, mask) {
		last = first;
		while (cpumask_test_cpu(mask, last + 1))
			last++;
		len += (size_t)scnprintf(buf + len, size - len, first == last ? "%s%u" : "%s%u-%u",
					 len ? "," : "", first, last);
		first = last;
	}
	if (!len)
		len = (size_t)scnprintf(buf, size, "none");
	return len;
}
