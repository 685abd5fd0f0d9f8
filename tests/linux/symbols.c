// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tests/linux/symbols.h>

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static void add(struct symbols *s, u64 addr, char type, char *name)
{
	/* Grown at powers of two, so that no field is needed for its size. */
	if (!(s->n & (s->n - 1))) {
		s->all = realloc(s->all, (s->n ? 2 * s->n : 1) * sizeof(*s->all));
		if (!s->all)
			abort();
	}
	s->all[s->n++] = (struct symbol){addr, name, type};
}

void symbols_add(struct symbols *s, char *text)
{
	char *line, *rest, *save;
	u64 addr;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		addr = strtoull(line, &rest, 16);
		if (rest == line || rest[0] != ' ' || !rest[1] || rest[2] != ' ' ||
		    strchr(rest + 3, '['))
			continue;
		add(s, addr, rest[1], rest + 3);
	}
	if (s->n)
		qsort(s->all, s->n, sizeof(*s->all), by_address);
}

bool symbols_add_file(struct symbols *s, const char *path)
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
	symbols_add(s, text);
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

/* Of several at one address, a function's own name is better than a border of a section. */
static bool names_text(const struct symbol *s)
{
	return strchr("tTwW", s->type) && strncmp(s->name, "__pfx_", 6) &&
	       !strstr(s->name, "_text_");
}

const struct symbol *symbols_below(const struct symbols *s, u64 addr)
{
	size_t low = 0, high = s->n, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (s->all[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	while (low && !names_text(&s->all[low - 1]))
		low--;
	return low ? &s->all[low - 1] : NULL;
}

const char *symbols_describe(const struct symbols *s, u64 addr)
{
	const struct symbol *found = symbols_below(s, addr);
	static char buffers[4][160];
	static unsigned int next;
	char *buf = buffers[next++ % 4];

	if (found)
		snprintf(buf, sizeof(buffers[0]), "%s+%#llx", found->name,
			 (unsigned long long)(addr - found->addr));
	else
		snprintf(buf, sizeof(buffers[0]), "%#llx", (unsigned long long)addr);
	return buf;
}
