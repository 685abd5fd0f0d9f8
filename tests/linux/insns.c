// SPDX-License-Identifier: BSD-2-Clause
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <tests/linux/insns.h>

struct insn_text {
	u64 addr;
	char *text;
};

static struct insn_text *all;
static size_t nr;

/* "ffffffff81800000:\tf2 0f 1e fa \tendbr64 ": the second tab is followed by the instruction. */
static void take_line(char *line)
{
	char *first = strchr(line, '\t'), *second = first ? strchr(first + 1, '\t') : NULL;
	char *rest, *from, *to;
	u64 addr;

	addr = strtoull(line, &rest, 16);
	if (*rest != ':' || !second)
		return;
	if (!(nr & (nr - 1)))
		all = realloc(all, (nr ? 2 * nr : 1) * sizeof(*all));
	from = to = second + 1;
	for (; *from && *from != '\n'; from++) /* one blank for several, none at the end */
		if (*from != ' ' || (from[1] != ' ' && from[1] != '\n'))
			*to++ = *from;
	*to = 0;
	if (all)
		all[nr++] = (struct insn_text){addr, strdup(second + 1)};
}

bool insns_add(u64 addr, const void *bytes, size_t len)
{
	int fd = memfd_create("text", 0);
	char command[256], line[512];
	FILE *objdump;

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
		return false;
	snprintf(command, sizeof(command),
		 "LC_ALL=C ${OBJDUMP:-objdump} -D -b binary -m i386:x86-64 --adjust-vma=%#llx "
		 "/dev/fd/%d",
		 (unsigned long long)addr, fd);
	objdump = popen(command, "r");
	while (objdump && fgets(line, sizeof(line), objdump))
		take_line(line);
	close(fd);
	return objdump && !pclose(objdump);
}

const char *insns_at(u64 addr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (all[i].addr == addr)
			return all[i].text;
	return "?";
}
