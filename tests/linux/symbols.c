// SPDX-License-Identifier: BSD-2-Clause
/* Names by address and addresses by name; few are asked for, so the latter is a plain search. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tests/linux/symbols.h>

#define LONGEST_NAME 512 /* KSYM_NAME_LEN of Linux */

/* Of several at one address, the linker script's borders of sections tell least. */
static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;
	bool x_border = !strncmp(x->name, "__", 2), y_border = !strncmp(y->name, "__", 2);

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x_border != y_border ? y_border - x_border : strcmp(x->name, y->name);
}

void symbols_add(struct symbols *s, u64 addr, const char *name)
{
	/* Grown at powers of two, so that no field is needed for its size. */
	if (!(s->n & (s->n - 1))) {
		s->all = realloc(s->all, (s->n ? 2 * s->n : 1) * sizeof(*s->all));
		if (!s->all)
			abort();
	}
	s->all[s->n++] = (struct symbol){addr, name};
}

void symbols_sort(struct symbols *s)
{
	if (s->n)
		qsort(s->all, s->n, sizeof(*s->all), by_address);
}

unsigned int symbols_add_text(struct symbols *s, char *text)
{
	unsigned int number = 0, odd = 0;
	char *line, *rest, *save;
	u64 addr;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		number++;
		addr = strtoull(line, &rest, 16);
		if (rest == line || rest[0] != ' ' || !rest[1] || rest[2] != ' ' || !rest[3])
			odd = odd ? odd : number;
		else if (!strchr(rest + 3, '['))
			symbols_add(s, addr, rest + 3);
	}
	symbols_sort(s);
	return odd;
}

bool symbols_add_file(struct symbols *s, const char *path, unsigned int *odd)
{
	FILE *f = fopen(path, "r");
	size_t len = 0, part;
	char *text = NULL;

	if (!f)
		return false;
	do {
		text = realloc(text, len + (1 << 20) + 1);
		if (!text)
			abort();
		part = fread(text + len, 1, 1 << 20, f);
		len += part;
	} while (part);
	text[len] = 0;
	fclose(f);
	*odd = symbols_add_text(s, text);
	return true;
}

bool symbols_find(const struct symbols *s, const char *name, u64 *addr)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (!strcmp(s->all[i].name, name)) {
			*addr = s->all[i].addr;
			return true;
		}
	return false;
}

/* How many lie at @addr or below. */
static size_t count_to(const struct symbols *s, u64 addr)
{
	size_t low = 0, high = s->n, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (s->all[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool have(const struct symbols *s, const char *name, u64 addr)
{
	size_t n;

	for (n = count_to(s, addr); n && s->all[n - 1].addr == addr; n--)
		if (!strcmp(s->all[n - 1].name, name))
			return true;
	return false;
}

/* All names, as the entry code of two builds may begin alike. A name may be there twice. */
const struct symbol *symbols_differ(const struct symbols *own, const struct symbols *given,
				    u64 *there)
{
	const struct symbol *s;

	for (s = own->all; s < own->all + own->n; s++)
		if (!have(given, s->name, s->addr) && symbols_find(given, s->name, there))
			return s;
	return NULL;
}

const struct symbol *symbols_below(const struct symbols *s, u64 addr)
{
	size_t n = count_to(s, addr);

	/* The padding in front of a function has a name too, since 6.2. */
	while (n && !strncmp(s->all[n - 1].name, "__pfx_", 6))
		n--;
	return n ? &s->all[n - 1] : NULL;
}

const char *symbols_describe(const struct symbols *s, u64 addr)
{
	const struct symbol *found = symbols_below(s, addr);
	static char buffers[4][LONGEST_NAME + 32];
	static unsigned int next;
	char *buf = buffers[next++ % 4];

	if (!found)
		snprintf(buf, sizeof(buffers[0]), "%#llx", (unsigned long long)addr);
	else if (found->addr == addr)
		snprintf(buf, sizeof(buffers[0]), "%s", found->name);
	else
		snprintf(buf, sizeof(buffers[0]), "%s+%#llx", found->name,
			 (unsigned long long)(addr - found->addr));
	return buf;
}
