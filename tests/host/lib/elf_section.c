// SPDX-License-Identifier: BSD-2-Clause
/* The file is one that this machine has just linked: its headers are trusted. */
#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <tests/host/lib/elf_section.h>

bool find_section(const char *path, const char *name, unsigned long *addr, unsigned long *size)
{
	int fd = open(path, O_RDONLY), i;
	const Elf64_Shdr *section;
	const Elf64_Ehdr *header;
	const char *names;
	bool found = false;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return false;
	header = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (header == MAP_FAILED)
		return false;
	section = (void *)((char *)header + header->e_shoff);
	names = (char *)header + section[header->e_shstrndx].sh_offset;
	for (i = 0; i < header->e_shnum && !found; i++, section++) {
		found = !strcmp(names + section->sh_name, name);
		*addr = section->sh_addr;
		*size = section->sh_size;
	}
	munmap((void *)header, st.st_size);
	return found;
}
