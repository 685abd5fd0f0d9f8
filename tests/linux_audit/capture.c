// SPDX-License-Identifier: BSD-2-Clause
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <tests/linux/broken.h>
#include <tests/linux/gdb.h>
#include <tests/linux/machine.h>
#include <tests/linux_audit/capture.h>

static const char *doing = "before its start";
static time_t end;

void broken(enum broken how, const char *form, ...)
{
	va_list args;

	fprintf(stderr, "linux-alternatives: ERROR: ");
	va_start(args, form);
	vfprintf(stderr, form, args);
	va_end(args);
	fprintf(stderr, ", %s\n", doing);
	machine_show_console();
	machine_stop();
	exit(how == BROKEN_USAGE ? BROKEN_USAGE : BROKEN_HARNESS);
}

/* Until any CPU executes this address. */
static void run_to(u64 addr, const char *name)
{
	time_t now = time(NULL);

	doing = name;
	gdb_break(addr);
	if (now >= end || !gdb_continue_any(1000 * (end - now)))
		broken(BROKEN_HARNESS, "no end within the bound of --timeout");
	gdb_unbreak(addr);
	if (gdb_reg(REG_RIP) != addr)
		broken(BROKEN_HARNESS, "stopped at %#llx", (unsigned long long)gdb_reg(REG_RIP));
}

/* By physical address: what the kernel gave back has no other any more. */
static void save(const struct capture *c, const char *file)
{
	u64 size = c->memory.end - c->memory.start;
	char line[512]; /* without quotes / divides there */
	struct stat st;

	snprintf(line, sizeof(line), "pmemsave %#llx %#llx \"%s\"",
		 (unsigned long long)c->memory.start, (unsigned long long)size, file);
	gdb_monitor(line);
	if (stat(file, &st) || (u64)st.st_size != size)
		broken(BROKEN_HARNESS, "%s was not written", file);
}

void capture(const struct capture *c)
{
	u64 back;

	end = time(NULL) + c->seconds;
	gdb_attach(machine_start(c->run), 0);
	run_to(c->apply, "on the way to apply_alternatives()");
	if (gdb_reg(REG_RDI) != c->table)
		broken(BROKEN_HARNESS, "apply_alternatives() was first called for another table");
	if (!gdb_read(gdb_reg(REG_RSP), &back, sizeof(back)))
		broken(BROKEN_HARNESS, "the stack cannot be read");
	save(c, c->to[0]);
	run_to(back, "on the way to its return");
	save(c, c->to[1]);
	run_to(c->booted, "on the way to /init");
	save(c, c->to[2]);
	machine_stop();
}
