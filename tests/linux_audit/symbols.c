// SPDX-License-Identifier: BSD-2-Clause
/* Names by address and addresses by name; few are asked for, so the latter is a plain search. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tests/linux_audit/symbols.h>

#define NAME_MAX_LENGTH 512

struct ksym *ksyms;
unsigned int nr_ksyms;

static int by_address(const void *a, const void *b)
{
	const struct ksym *x = a, *y = b;

	return x->addr != y->addr ? (x->addr < y->addr ? -1 : 1) : strcmp(x->name, y->name);
}

/* "ffffffff81000000 T _text", a line each. What looks different is no System.map. */
static unsigned int read_map(const char *map)
{
	FILE *file = fopen(map, "r");
	char name[NAME_MAX_LENGTH + 1];
	unsigned int n = 0, room = 0;
	unsigned long long addr;

	if (!file)
		unusable(map, "cannot be read");
	while (fscanf(file, "%llx %*c %512s%*[^\n]", &addr, name) == 2) {
		if (n == room) {
			room = room ? 2 * room : 65536;
			ksyms = realloc(ksyms, room * sizeof(*ksyms));
		}
		if (!ksyms)
			abort();
		ksyms[n++] = (struct ksym){addr, strdup(name)};
	}
	if (!feof(file))
		unusable(map, "line %u: expected ADDRESS TYPE NAME, as in a System.map", n + 1);
	fclose(file);
	return n;
}

static unsigned int read_symtab(const struct image_symtab *symtab)
{
	const Elf64_Sym *sym;
	unsigned int n = 0;

	ksyms = calloc(symtab->nr + 1, sizeof(*ksyms));
	if (!ksyms)
		abort();
	for (sym = symtab->symbols; sym < symtab->symbols + symtab->nr; sym++)
		if (sym->st_shndx && ELF64_ST_TYPE(sym->st_info) < STT_SECTION &&
		    sym->st_name < symtab->names_size && symtab->names[sym->st_name])
			ksyms[n++] = (struct ksym){sym->st_value, symtab->names + sym->st_name};
	return n;
}

const char *symbols_read(const char *map)
{
	struct image_symtab symtab;
	const char *from = "kallsyms";
	u64 addr;

	if (map) {
		nr_ksyms = read_map(map);
	} else if (image_symtab(&symtab)) {
		nr_ksyms = read_symtab(&symtab);
		from = "its symbol table";
	} else {
		nr_ksyms = kallsyms_read(&ksyms);
	}
	if (nr_ksyms)
		qsort(ksyms, nr_ksyms, sizeof(*ksyms), by_address);
	if (!map)
		return nr_ksyms ? from : "nowhere";
	/* Debian's, outside of the package with debug information, is one line that says so. */
	if (!symbol_find("_text", &addr))
		unusable(map, "has no _text: expected the System.map of this kernel");
	return map;
}

bool symbol_find(const char *name, u64 *addr)
{
	unsigned int i;

	for (i = 0; i < nr_ksyms; i++) {
		if (strcmp(ksyms[i].name, name))
			continue;
		*addr = ksyms[i].addr;
		return true;
	}
	return false;
}

bool symbol_range(const char *start, const char *end, struct range *range)
{
	return symbol_find(start, &range->start) && symbol_find(end, &range->end) &&
	       range->start <= range->end;
}

/* The first of the last: of names for one address the linker script's are less telling. */
static const struct ksym *symbol_below(u64 addr)
{
	int low = 0, high = nr_ksyms, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (ksyms[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	for (low--; low >= 0 && !strncmp(ksyms[low].name, "__", 2) && low &&
		    ksyms[low - 1].addr == ksyms[low].addr;
	     low--)
		;
	return low < 0 ? NULL : &ksyms[low];
}

const char *symbol_describe(u64 addr)
{
	static char buffers[4][NAME_MAX_LENGTH + 32];
	static unsigned int next;
	char *buf = buffers[next++ % 4];
	const struct ksym *s = symbol_below(addr);

	if (!s)
		snprintf(buf, sizeof(buffers[0]), "%#lx", (unsigned long)addr);
	else if (s->addr == addr)
		snprintf(buf, sizeof(buffers[0]), "%s", s->name);
	else
		snprintf(buf, sizeof(buffers[0]), "%s+%#lx", s->name,
			 (unsigned long)(addr - s->addr));
	return buf;
}
