// SPDX-License-Identifier: BSD-2-Clause
/* Sorting the locations of an alternatives table, keeping their bytes, finding what is wrong. */
#include <patching/alternative_index.h>

/* By address; the places in the table order what lies at the same address. */
static bool before(const struct alt_site *a, const struct alt_site *b)
{
	return a->addr != b->addr ? a->addr < b->addr : a->first < b->first;
}

static void sift_down(struct alt_site *sites, size_t root, size_t count)
{
	struct alt_site moving = sites[root];
	size_t child;

	while ((child = 2 * root + 1) < count) {
		if (child + 1 < count && before(&sites[child], &sites[child + 1]))
			child++;
		if (!before(&moving, &sites[child]))
			break;
		sites[root] = sites[child];
		root = child;
	}
	sites[root] = moving;
}

/* A heap: no recursion, no memory, no bad case. */
static void sort_sites(struct alt_site *sites, size_t count)
{
	struct alt_site last;
	size_t i;

	for (i = count / 2; i--;)
		sift_down(sites, i, count);
	for (i = count; i-- > 1;) {
		last = sites[i];
		sites[i] = sites[0];
		sites[0] = last;
		sift_down(sites, 0, i);
	}
}

static const struct alt_instr *next_site(const struct alt_instr *a, const struct alt_instr *end,
					 struct alt_site *site)
{
	*site = (struct alt_site){.addr = alt_location(a), .first = a};
	for (; a < end && alt_location(a) == site->addr; a++)
		site->len = max(site->len, a->instrlen);
	return a;
}

int alternatives_index(const struct alt_instr *start, const struct alt_instr *end,
		       struct alt_index *index)
{
	const struct alt_instr *a;
	struct alt_site *site;
	size_t used = 0;

	index->count = 0;
	for (a = start; a < end;) {
		if (index->count == index->capacity)
			return -ALT_ERR_CAPACITY;
		site = &index->sites[index->count++];
		a = next_site(a, end, site);
		if (!index->originals)
			continue;
		if (index->originals_size - used < site->len)
			return -ALT_ERR_CAPACITY;
		site->original = used;
		__builtin_memcpy(index->originals + used, (void *)site->addr, site->len);
		used += site->len;
	}
	sort_sites(index->sites, index->count);
	return 0;
}

/* The last site at or below addr, or NULL. */
static const struct alt_site *site_below(const struct alt_index *index, unsigned long addr)
{
	size_t low = 0, high = index->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (index->sites[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &index->sites[low - 1] : NULL;
}

const struct alt_site *alternatives_lookup(const struct alt_index *index, unsigned long addr)
{
	const struct alt_site *site = site_below(index, addr);

	return site && addr - site->addr < site->len ? site : NULL;
}

bool alternatives_read_original(const struct alt_index *index, unsigned long addr, u8 *buf,
				size_t len)
{
	const struct alt_site *site = alternatives_lookup(index, addr);

	if (!site || !index->originals || len > site->len - (addr - site->addr))
		return false;
	__builtin_memcpy(buf, index->originals + site->original + (addr - site->addr), len);
	return true;
}

static void report(const struct alt_env *env, enum alt_error error, const struct alt_instr *culprit,
		   const struct alt_instr *other)
{
	if (env->report)
		env->report(env->ctx, error, culprit, other);
}

/* Neighbours that share bytes. */
static unsigned int check_order(const struct alt_env *env, const struct alt_index *index)
{
	const struct alt_site *site, *last, *reach = index->sites; /* what reaches furthest */
	unsigned int errors = 0;
	size_t i;

	for (i = 1; i < index->count; i++) {
		site = &index->sites[i];
		last = site - 1;
		if (site->addr == last->addr) {
			report(env, ALT_ERR_SCATTERED, site->first, last->first);
			errors++;
		} else if (site->addr < reach->addr + reach->len) {
			report(env, ALT_ERR_OVERLAP, site->first, reach->first);
			errors++;
		}
		if (site->addr + site->len > reach->addr + reach->len)
			reach = site;
	}
	return errors;
}

/* The entries' own fields, with no look at any code. */
static unsigned int check_fields(const struct alt_instr *a, const struct alt_instr *end,
				 const struct alt_env *env)
{
	unsigned int errors = 0;
	enum alt_error error;

	for (; a < end; a++) {
		error = alternative_check(a, env);
		if (error) {
			report(env, error, a, NULL);
			errors++;
		}
	}
	return errors;
}

/* One location, each of its entries as the winner. */
static unsigned int check_code(const struct alt_instr *a, const struct alt_instr *end,
			       const struct alt_env *env)
{
	const struct alt_instr *winner;
	unsigned int errors = 0;
	struct alt_patch patch;
	enum alt_error error;

	alternative_analyze(a, end, env, &patch);
	winner = patch.winner;
	for (; a < end; a++) {
		patch.winner = a;
		error = a == winner ? patch.error : alternative_prepare(&patch);
		if (error && (error != ALT_ERR_CALL_NULL || a == winner)) {
			report(env, error, a, NULL);
			errors++;
		}
	}
	return errors;
}

unsigned int alternatives_validate(const struct alt_instr *start, const struct alt_instr *end,
				   const struct alt_env *env, const struct alt_index *index)
{
	unsigned int errors = check_order(env, index) + check_fields(start, end, env);
	const struct alt_instr *a, *next;
	struct alt_site site;

	/* What the code at a wrong place says means nothing. */
	if (errors)
		return errors;
	for (a = start; a < end; a = next) {
		next = next_site(a, end, &site);
		errors += check_code(a, next, env);
	}
	return errors;
}
