// SPDX-License-Identifier: BSD-2-Clause
#include <tests/linux_audit/symbols.h>

struct symbols ksyms;

static void read_map(const char *map)
{
	unsigned int odd;
	u64 addr;

	if (!symbols_add_file(&ksyms, map, &odd))
		unusable(map, "cannot be read");
	if (odd)
		unusable(map, "line %u: expected ADDRESS TYPE NAME, as in a System.map", odd);
	/* Debian's, outside of the package with debug information, is one line that says so. */
	if (!symbol_find("_text", &addr))
		unusable(map, "has no _text: expected the System.map of this kernel");
}

static void read_symtab(const struct image_symtab *symtab, struct symbols *to)
{
	const Elf64_Sym *sym;

	for (sym = symtab->symbols; sym < symtab->symbols + symtab->nr; sym++)
		if (sym->st_shndx && ELF64_ST_TYPE(sym->st_info) < STT_SECTION &&
		    sym->st_name < symtab->names_size && symtab->names[sym->st_name])
			symbols_add(to, sym->st_value, symtab->names + sym->st_name);
}

/* What the image itself has. Returns where it was. */
static const char *read_own(struct symbols *to)
{
	struct image_symtab symtab;
	const char *from = "kallsyms";

	if (image_symtab(&symtab)) {
		read_symtab(&symtab, to);
		from = "its symbol table";
	} else {
		kallsyms_read(to);
	}
	symbols_sort(to);
	return to->n ? from : "nowhere";
}

const char *symbols_read(const char *map)
{
	struct symbols own = {NULL, 0};
	const struct symbol *other;
	u64 there;

	if (!map)
		return read_own(&ksyms);
	read_map(map);
	read_own(&own);
	other = symbols_differ(&own, &ksyms, &there);
	if (other)
		unusable(map, "is another kernel's: %s lies at %#llx, not %#llx", other->name,
			 (unsigned long long)other->addr, (unsigned long long)there);
	return map;
}

bool symbol_find(const char *name, u64 *addr)
{
	return symbols_find(&ksyms, name, addr);
}

bool symbol_range(const char *start, const char *end, struct range *range)
{
	return symbol_find(start, &range->start) && symbol_find(end, &range->end) &&
	       range->start <= range->end;
}
