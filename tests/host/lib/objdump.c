// SPDX-License-Identifier: BSD-2-Clause
/* Reads what objdump -d -w prints: one instruction a line. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <tests/host/lib/objdump.h>

/* "  addr:\tb8 01 00 00 00 \tmov ..." into bytes; returns how many, 0 for any other line. */
static size_t parse_line(const char *line, u8 *bytes, size_t room, unsigned long *addr,
			 const char **text)
{
	char *end;
	size_t n = 0;

	*addr = strtoul(line, &end, 16);
	if (end == line || end[0] != ':' || end[1] != '\t')
		return 0;
	for (line = end + 2; n < room; line = end) {
		unsigned long byte = strtoul(line, &end, 16);

		if (!isxdigit(*line) || end != line + 2)
			break;
		bytes[n++] = byte;
		end++;
	}
	while (*line == ' ')
		line++;
	*text = *line == '\t' ? line + 1 : "";
	return n;
}

/*
 * Data among the code makes objdump show bytes that are no instruction: prefixes with nothing
 * after them, or REX before VEX. It also takes fwait and the next instruction as one.
 */
static bool no_instruction(const u8 *bytes, const char *text)
{
	static const char *const prefixes[] = {"rex",	 "lock",   "rep", "repz", "repnz",
					       "data16", "addr32", "cs",  "ds",	  "es",
					       "ss",	 "fs",	   "gs"};
	size_t len, i;

	if (strstr(text, "(bad)") || strstr(text, ".byte") || bytes[0] == 0x9b)
		return true;
	for (; *text && *text != '\n'; text += len + strspn(text + len, " ")) {
		len = strcspn(text, " .\n");
		for (i = 0; i < ARRAY_SIZE(prefixes); i++)
			if (len == strlen(prefixes[i]) && !strncmp(text, prefixes[i], len))
				break;
		if (i == ARRAY_SIZE(prefixes))
			return false;
		len = strcspn(text, " \n");
		if (i == 0 && (text[len + 1] == 'v'))
			return true;
	}
	return true;
}

bool objdump_exists(void)
{
	return !system("objdump --version >/dev/null 2>&1");
}

bool objdump_each(const char *path, void (*visit)(void *ctx, const struct disassembled *d),
		  void *ctx)
{
	struct disassembled d;
	char line[4096];
	FILE *pipe;

	if (access(path, R_OK))
		return false;
	snprintf(line, sizeof(line), "objdump -d -w -M intel64 '%s' 2>/dev/null", path);
	pipe = popen(line, "r");
	if (!pipe)
		return false;
	while (fgets(line, sizeof(line), pipe)) {
		memset(d.bytes, 0, sizeof(d.bytes));
		d.line = line;
		d.length = parse_line(line, d.bytes, sizeof(d.bytes), &d.addr, &d.text);
		if (!d.length)
			continue;
		d.instruction = !no_instruction(d.bytes, d.text);
		visit(ctx, &d);
	}
	return pclose(pipe) == 0;
}
