// SPDX-License-Identifier: BSD-2-Clause
/*
 * linux_sweep: the part of tests/linux-sweep that holds the emulator by its debugger.
 *
 * usage: linux_sweep INIT-SYMBOLS KERNEL-SYMBOLS|- SIGNAL|- PATHS|- LIMIT SECONDS EMULATOR...
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <tests/linux/broken.h>
#include <tests/linux/gdb.h>
#include <tests/linux/kernel.h>
#include <tests/linux/machine.h>
#include <tests/linux/paths.h>
#include <tests/linux/sweep.h>

#define SWEPT_CPU      1
#define BOOT_MS	       180000
#define DEFAULT_SIGNAL "kernel_cr3_loaded"

static bool started;
static unsigned long seconds;

void broken(enum broken how, const char *form, ...)
{
	static const char *const words[] = {
		[BROKEN_USAGE] = "error", [BROKEN_HARNESS] = "ERROR", [BROKEN_ENDED] = "CRASH",
		[BROKEN_START] = "ERROR", [BROKEN_SKIP] = "SKIP",
	};
	va_list args;

	if (how == BROKEN_ENDED && !started)
		how = BROKEN_START;
	fflush(stdout);
	fprintf(stderr, "linux-sweep: %s: ", words[how]);
	va_start(args, form);
	vfprintf(stderr, form, args);
	va_end(args);
	fprintf(stderr, " (%s)\n", sweep_where());
	if (how != BROKEN_USAGE && how != BROKEN_SKIP)
		machine_show_console();
	machine_stop();
	exit(how);
}

static void on_signal(int number)
{
	machine_stop();
	_exit(number == SIGALRM ? BROKEN_HARNESS : 128 + number);
}

static void on_alarm(int number)
{
	static const char text[] = "linux-sweep: ERROR: the bound of --timeout is over\n";

	if (write(2, text, sizeof(text) - 1) < 0)
		_exit(BROKEN_HARNESS);
	on_signal(number);
}

static char *read_symbols(void)
{
	u64 len = 0;
	char *text;

	if (!gdb_read(path_label("symbols_size"), &len, sizeof(len)))
		broken(BROKEN_HARNESS, "init's memory cannot be read");
	text = malloc(len + 1);
	if (!text || !gdb_read(path_label("symbols"), text, len))
		broken(BROKEN_HARNESS, "the kernel's symbols cannot be read");
	text[len] = 0;
	return text;
}

static void boot(void)
{
	u64 ready = path_label("ready"), failed = path_label("failed");

	gdb_break(ready);
	gdb_break(failed);
	if (!gdb_continue_all(BOOT_MS))
		broken(BROKEN_HARNESS, "no init within %d s", BOOT_MS / 1000);
	started = true;
	if (gdb_reg(REG_RIP) == failed)
		broken(BROKEN_HARNESS, "init failed in step %llu of init.asm, error %lld",
		       (unsigned long long)gdb_reg(REG_RDI), -(long long)gdb_reg(REG_RAX));
	gdb_unbreak_all();
	if (!judge_user_cr3(gdb_reg(REG_CR3)))
		broken(BROKEN_SKIP,
		       "user mode runs on the kernel's page tables: this kernel has no pti");
}

/* What every path stands on, and what can be read only in the kernel. */
static void learn_first(void)
{
	const char *why;
	size_t i;

	for (i = 0; i < NR_FIRST_PATHS; i++) {
		why = path_learn(&paths[i]);
		if (why)
			broken(BROKEN_HARNESS, "%s was not reached: %s", paths[i].name, why);
		path_finish();
	}
	if (!path_reach(&paths[PATH_SYSCALL], paths[PATH_SYSCALL].first))
		broken(BROKEN_HARNESS, "%s was not reached again", paths[PATH_SYSCALL].name);
	kernel_place_signal();
	kernel_disassemble();
	path_finish();
}

static bool wanted(const char *list, const char *name)
{
	size_t len = strlen(name);
	const char *p;

	if (!strcmp(list, "-"))
		return true;
	for (p = strstr(list, name); p; p = strstr(p + 1, name))
		if ((p == list || p[-1] == ',') && (!p[len] || p[len] == ','))
			return true;
	return false;
}

static void print_count(const char *name, const struct sweep_count *c)
{
	printf("# result test=linux-sweep path=%s instructions=%zu of=%zu events=%zu deferred=%zu "
	       "missed=%zu violations=%zu\n",
	       name, c->instructions, c->of, c->events, c->deferred, c->missed, c->violations);
	fflush(stdout);
}

static int print_verdict(const struct sweep_count *sum)
{
	static const char *const words[] = {"PASS", "FAIL", "", "ERROR"};
	int status = judge_status(sum);

	printf("# verdict %s\n", words[status]);
	return status;
}

static bool learn_path(struct path *p)
{
	const char *why = path_learn(p);

	path_finish();
	if (why)
		printf("# not reached: path=%s: %s\n", p->name, why);
	return !why;
}

static unsigned int sweep_paths(const char *list, size_t limit, struct sweep_count *sum)
{
	struct sweep_count count;
	unsigned int swept = 0;
	size_t i;

	for (i = 0; i < nr_paths; i++) {
		if (!wanted(list, paths[i].name) || (i >= NR_FIRST_PATHS && !learn_path(&paths[i])))
			continue;
		sweep_path(&paths[i], limit, &count);
		print_count(paths[i].name, &count);
		judge_add(sum, &count);
		swept++;
	}
	return swept;
}

static void find_signal(const char *name)
{
	u64 data;

	if (strcmp(name, "-")) {
		if (!kernel_has_signal(name))
			broken(BROKEN_USAGE,
			       "--signal %s: expected a per-CPU symbol of this kernel (data "
			       "is in VMLINUX and SYSTEM.MAP, not always in /proc/kallsyms)",
			       name);
		printf("# signal: %s\n", name);
	} else if (kernel_has_signal(DEFAULT_SIGNAL)) {
		printf("# signal: " DEFAULT_SIGNAL "\n");
	} else if (symbols_find(&kernel_symbols, "jiffies", &data)) {
		printf("# no signal in this kernel: neutral, CR3 alone is judged\n");
	} else {
		printf("# this kernel does not name its data: no signal was found, CR3 alone is judged;\n"
		       "# VMLINUX or SYSTEM.MAP would name it\n");
	}
}

int main(int argc, const char *const *argv)
{
	struct sweep_count sum = {0};
	time_t began = time(NULL);
	unsigned int swept;

	if (argc < 8)
		broken(BROKEN_USAGE, "started by tests/linux-sweep only");
	seconds = strtoul(argv[6], NULL, 10);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGALRM, on_alarm);
	alarm(seconds);
	paths_open(argv[1]);
	gdb_attach(machine_start(argv + 7), SWEPT_CPU);
	boot();
	kernel_open(strcmp(argv[2], "-") ? argv[2] : NULL, read_symbols());
	find_signal(argv[3]);
	learn_first();
	printf("# each row: path, way, instruction, event; CR3 (User's or Kernel's) and the signal, as found,\n"
	       "# in the handler's text that may change, after its return, at the path's end; verdict\n");
	swept = sweep_paths(argv[4], strtoul(argv[5], NULL, 10), &sum);
	print_count("all", &sum);
	machine_stop();
	printf("# seconds=%ld paths=%u\n", (long)(time(NULL) - began), swept);
	return print_verdict(&sum);
}
