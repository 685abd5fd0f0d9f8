// SPDX-License-Identifier: BSD-2-Clause
/* The file is mapped whole and never unmapped: the program that asks is a short one. */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <tests/check_text/elf.h>

static const char *file;
static const Elf64_Shdr *sections;
static unsigned int nr_sections;
struct symbol *symbols;
unsigned int nr_symbols;

void unreadable(const char *path, const char *why)
{
	fprintf(stderr, "check_text: %s: %s\n", path, why);
	exit(2);
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->addr != y->addr ? (x->addr < y->addr ? -1 : 1) : strcmp(x->name, y->name);
}

static void read_symbols(const Elf64_Shdr *symtab)
{
	const Elf64_Sym *sym = (const void *)(file + symtab->sh_offset);
	const char *names = file + sections[symtab->sh_link].sh_offset;
	size_t n = symtab->sh_size / sizeof(*sym), i;

	symbols = calloc(n, sizeof(*symbols));
	if (!symbols)
		abort();
	for (i = 0; i < n; i++)
		if (sym[i].st_shndx && sym[i].st_shndx < nr_sections &&
		    ELF64_ST_TYPE(sym[i].st_info) != STT_SECTION && names[sym[i].st_name])
			symbols[nr_symbols++] = (struct symbol){
				sym[i].st_value, names + sym[i].st_name, sym[i].st_size,
				sym[i].st_shndx, ELF64_ST_TYPE(sym[i].st_info) == STT_OBJECT};
	qsort(symbols, nr_symbols, sizeof(*symbols), by_address);
}

void elf_open(const char *path)
{
	int fd = open(path, O_RDONLY);
	const Elf64_Ehdr *header;
	struct stat st;
	unsigned int i;

	if (fd < 0 || fstat(fd, &st) || st.st_size < (off_t)sizeof(*header))
		unreadable(path, "cannot be read");
	file = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (file == MAP_FAILED)
		unreadable(path, "cannot be mapped");
	header = (const void *)file;
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) || header->e_machine != EM_X86_64)
		unreadable(path, "is no x86-64 ELF file");
	sections = (const void *)(file + header->e_shoff);
	nr_sections = header->e_shnum;
	for (i = 0; i < nr_sections; i++)
		if (sections[i].sh_type == SHT_SYMTAB)
			read_symbols(&sections[i]);
	if (!nr_symbols)
		unreadable(path, "has no symbols");
}

u64 address_of(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_symbols; i++)
		if (!strcmp(symbols[i].name, name))
			return symbols[i].addr;
	unreadable("symbol missing", name);
}

const u8 *bytes_at(u64 addr, u64 len)
{
	const Elf64_Shdr *s;

	for (s = sections; s < sections + nr_sections; s++)
		if (s->sh_flags & SHF_ALLOC && s->sh_type != SHT_NOBITS && addr >= s->sh_addr &&
		    addr + len <= s->sh_addr + s->sh_size)
			return (const u8 *)file + s->sh_offset + (addr - s->sh_addr);
	return NULL;
}

int symbol_below(u64 addr)
{
	int low = 0, high = nr_symbols;

	while (low < high) {
		int mid = (low + high) / 2;

		if (symbols[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low - 1;
}

bool is_marker(const char *name)
{
	return !strncmp(name, "..@", 3) || !strncmp(name, "__", 2);
}

const char *describe(u64 addr)
{
	static char buffers[4][256];
	static unsigned int next;
	char *buf = buffers[next++ % 4];
	const Elf64_Shdr *s;
	int i = symbol_below(addr);

	while (i >= 0 && is_marker(symbols[i].name))
		i--;
	s = i < 0 ? NULL : &sections[symbols[i].section];
	if (s && addr < s->sh_addr + s->sh_size)
		snprintf(buf, sizeof(buffers[0]), "%s+%#lx (%#lx)", symbols[i].name,
			 (unsigned long)(addr - symbols[i].addr), (unsigned long)addr);
	else
		snprintf(buf, sizeof(buffers[0]), "%#lx", (unsigned long)addr);
	return buf;
}
