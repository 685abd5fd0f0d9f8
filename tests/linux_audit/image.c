// SPDX-License-Identifier: BSD-2-Clause
/* Every offset of the file is compared with its size before it is followed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <tests/linux_audit/image.h>

static const char *path;
static const u8 *file;
static u64 file_size;
static const Elf64_Phdr *segments;
static const Elf64_Shdr *sections;
static unsigned int nr_segments, nr_sections;
static const char *section_names;
static u64 section_names_size;
static char banner[256];

void unusable(const char *which, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "linux-audit: %s: ", which);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

const u8 *map_file(const char *name, u64 *size)
{
	int fd = open(name, O_RDONLY);
	const u8 *bytes;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		unusable(name, "cannot be read");
	*size = st.st_size;
	if (!st.st_size)
		unusable(name, "is empty");
	bytes = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (bytes == MAP_FAILED)
		unusable(name, "cannot be mapped");
	return bytes;
}

static bool in_file(u64 offset, u64 len)
{
	return offset <= file_size && len <= file_size - offset;
}

static void check_header(const Elf64_Ehdr *header)
{
	if (file_size < EI_NIDENT || memcmp(file, ELFMAG, SELFMAG))
		unusable(path, "expected an x86-64 Linux kernel, a bzImage or a vmlinux (ELF)");
	if (file[EI_CLASS] != ELFCLASS64 || file[EI_DATA] != ELFDATA2LSB)
		unusable(path, "is a %d-bit ELF file: expected an x86-64 kernel",
			 file[EI_CLASS] == ELFCLASS32 ? 32 : 64);
	if (!in_file(0, sizeof(*header)))
		unusable(path, "is cut off in its first header");
	if (header->e_machine != EM_X86_64)
		unusable(path, "is for another processor (ELF machine %d): expected x86-64 (%d)",
			 header->e_machine, EM_X86_64);
	if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_type == ET_REL)
		unusable(path, "is no linked program: expected a vmlinux");
}

static void check_segments(void)
{
	unsigned int i;

	for (i = 0; i < nr_segments; i++)
		if (segments[i].p_type == PT_LOAD &&
		    !in_file(segments[i].p_offset, segments[i].p_filesz))
			unusable(path, "is cut off: segment %u ends at byte %llu of %llu", i,
				 (unsigned long long)(segments[i].p_offset + segments[i].p_filesz),
				 (unsigned long long)file_size);
}

/* A kernel without section headers is a stripped one, and that is no error by itself. */
static void find_sections(const Elf64_Ehdr *header)
{
	const Elf64_Shdr *names;

	if (!header->e_shoff || !header->e_shnum)
		return;
	if (header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shstrndx >= header->e_shnum ||
	    !in_file(header->e_shoff, (u64)header->e_shnum * sizeof(Elf64_Shdr)))
		unusable(path, "is cut off: its section headers are to be at byte %llu of %llu",
			 (unsigned long long)header->e_shoff, (unsigned long long)file_size);
	sections = (const void *)(file + header->e_shoff);
	names = &sections[header->e_shstrndx];
	if (!in_file(names->sh_offset, names->sh_size) || !names->sh_size ||
	    file[names->sh_offset + names->sh_size - 1])
		unusable(path, "is damaged: the names of its sections are not in it");
	section_names = (const char *)file + names->sh_offset;
	section_names_size = names->sh_size;
	nr_sections = header->e_shnum;
}

/* The kernel has it twice: with %s for /proc/version, and as it is. */
static void find_banner(void)
{
	static const char begin[] = "Linux version ";
	const u8 *at = file, *end = file + file_size, *line;
	u64 len;

	while ((at = memmem(at, end - at, begin, sizeof(begin) - 1))) {
		len = min((u64)(end - at), (u64)sizeof(banner));
		line = memchr(at, '\n', len);
		if (line && !memchr(at, '%', line - at) && !memchr(at, 0, line - at)) {
			memcpy(banner, at, line - at);
			return;
		}
		at++;
	}
	unusable(path, "is no Linux kernel: it has no banner 'Linux version ...'");
}

void image_open(const char *at, const char *name)
{
	const Elf64_Ehdr *header;

	path = name;
	file = map_file(at, &file_size);
	header = (const void *)file;
	check_header(header);
	if (!header->e_phnum || !in_file(header->e_phoff, header->e_phnum * sizeof(Elf64_Phdr)))
		unusable(path, "is cut off: its program headers are to be at byte %llu of %llu",
			 (unsigned long long)header->e_phoff, (unsigned long long)file_size);
	segments = (const void *)(file + header->e_phoff);
	nr_segments = header->e_phnum;
	check_segments();
	find_sections(header);
	find_banner();
}

const char *image_path(void)
{
	return path;
}

const char *image_banner(void)
{
	return banner;
}

static const char *section_name(const Elf64_Shdr *s)
{
	return s->sh_name < section_names_size ? section_names + s->sh_name : "";
}

bool image_section(const char *name, struct range *range)
{
	const Elf64_Shdr *s;

	for (s = sections; s < sections + nr_sections; s++) {
		if (strcmp(section_name(s), name) || !s->sh_size)
			continue;
		*range = (struct range){s->sh_addr, s->sh_addr + s->sh_size};
		return true;
	}
	return false;
}

void image_each_section(void (*f)(const char *name, struct range range, bool exec))
{
	const Elf64_Shdr *s;

	for (s = sections; s < sections + nr_sections; s++)
		if (s->sh_flags & SHF_ALLOC && s->sh_size)
			f(section_name(s), (struct range){s->sh_addr, s->sh_addr + s->sh_size},
			  s->sh_flags & SHF_EXECINSTR);
}

bool image_is_text(u64 addr)
{
	const Elf64_Shdr *s;

	for (s = sections; s < sections + nr_sections; s++)
		if (s->sh_flags & SHF_EXECINSTR && addr >= s->sh_addr &&
		    addr < s->sh_addr + s->sh_size)
			return true;
	return false;
}

bool image_symtab(struct image_symtab *symtab)
{
	const Elf64_Shdr *s, *names;

	for (s = sections; s < sections + nr_sections && s->sh_type != SHT_SYMTAB; s++)
		;
	if (s == sections + nr_sections)
		return false;
	names = s->sh_link < nr_sections ? &sections[s->sh_link] : s;
	if (!in_file(s->sh_offset, s->sh_size) || !in_file(names->sh_offset, names->sh_size) ||
	    !names->sh_size || file[names->sh_offset + names->sh_size - 1])
		unusable(path, "is cut off: its symbols are to be at byte %llu of %llu",
			 (unsigned long long)s->sh_offset, (unsigned long long)file_size);
	*symtab = (struct image_symtab){(const void *)(file + s->sh_offset),
					(const char *)file + names->sh_offset,
					s->sh_size / sizeof(Elf64_Sym), names->sh_size};
	return true;
}

const Elf64_Phdr *image_segment(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < nr_segments; i++)
		if (segments[i].p_type == PT_LOAD && !n--)
			return &segments[i];
	return NULL;
}

const u8 *image_at(u64 addr, u64 len)
{
	const Elf64_Phdr *p;
	unsigned int n;

	for (n = 0; (p = image_segment(n)); n++)
		if (addr >= p->p_vaddr && addr - p->p_vaddr <= p->p_filesz &&
		    len <= p->p_filesz - (addr - p->p_vaddr))
			return file + p->p_offset + (addr - p->p_vaddr);
	return NULL;
}
