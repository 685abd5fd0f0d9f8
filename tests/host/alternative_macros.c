// SPDX-License-Identifier: BSD-2-Clause
/*
 * The ALTERNATIVE macros of C and of NASM, executed: every function below is patched for each
 * subset of three features and called. NASM's come from alternative_macros.asm, as a library.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <libgen.h>
#include <link.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <tests/alternatives/features.h>
#include <tests/host/lib/elf_section.h>
#include <tests/host/lib/tap.h>
#include "../../patching/insn.c"
#include "../../patching/nops.c"
#include "../../patching/alternative.c"
#include "../../patching/alternative_index.c"
#include "../alternatives/old_alternative.c"

#define MAX_SITES 64
#define SUBSETS	  8
#define PAGE	  4096ul
#define RWX	  (PROT_READ | PROT_WRITE | PROT_EXEC)
typedef long (*function)(long);

/* A table, and what its functions must return for a subset of TEST0 to TEST2. */
struct unit {
	const struct alt_instr *start, *end;
	struct alt_index index;
	struct alt_site sites[MAX_SITES];
	u8 originals[4096];
};

static u32 features[CPUFEATURE_WORDS];
static unsigned int writes, errors;
static enum alt_error last_error;
static struct unit *patched;
static long called;

static int write_text(void *ctx, unsigned long addr, const u8 *bytes, size_t len)
{
	memcpy((void *)addr, bytes, len);
	writes++;
	return 0;
}

static void read_kept(void *ctx, unsigned long addr, u8 *buf, size_t len)
{
	if (!alternatives_read_original(&patched->index, addr, buf, len))
		abort();
}

static void note(void *ctx, enum alt_error error, const struct alt_instr *culprit,
		 const struct alt_instr *other)
{
	last_error = error;
	errors++;
	printf("# %s: entry of %#lx, feature %d*32+%d\n", alt_strerror(error),
	       alt_location(culprit), culprit->feature / 32, culprit->feature % 32);
}

static struct alt_env env = {
	.features = features,
	.feature_words = CPUFEATURE_WORDS,
	.read_original = read_kept,
	.write = write_text,
	.report = note,
};

static bool find_table(const char *path, const struct link_map *map, struct unit *u)
{
	unsigned long start, size;

	if (!find_section(path, ".altinstructions", &start, &size))
		return false;
	u->start = (void *)(map->l_addr + start);
	u->end = (void *)(map->l_addr + start + size);
	return true;
}

static bool prepare(struct unit *u)
{
	const struct alt_site *site;
	size_t i;

	u->index = (struct alt_index){u->sites, MAX_SITES, 0, u->originals, sizeof(u->originals)};
	patched = u;
	errors = 0;
	if (alternatives_index(u->start, u->end, &u->index) ||
	    alternatives_validate(u->start, u->end, &env, &u->index))
		return false;
	for (i = 0; i < u->index.count; i++) {
		site = &u->index.sites[i];
		if (mprotect((void *)(site->addr & -PAGE), 2 * PAGE, RWX) &&
		    mprotect((void *)(site->addr & -PAGE), PAGE, RWX))
			return false;
	}
	return true;
}

static bool apply(struct unit *u, int subset)
{
	features[CPUFEATURE_WORD_TEST] = subset;
	features[X86_FEATURE_ALWAYS / 32] = (u32)BIT(X86_FEATURE_ALWAYS % 32);
	patched = u;
	writes = 0;
	return apply_alternatives(u->start, u->end, &env) == u->index.count &&
	       writes == u->index.count;
}

/* Calls f for each subset; want says what it must return. */
static void check(const char *name, struct unit *u, function f, long (*want)(int, long))
{
	int subset, bad = 0;
	long arg;

	for (subset = 0; f && subset < SUBSETS; subset++) {
		bad += !apply(u, subset);
		for (arg = 0; arg < 4; arg++)
			bad += f(arg) != want(subset, arg);
	}
	ok(f && !bad, "%s: %d subsets, %d wrong", name, SUBSETS, bad);
}

#define T0 (subset & 1)
#define T1 (subset & 2)
#define T2 (subset & 4)

static long want_strings(int subset, long arg)
{
	long value = T0 ? 2 : 1;

	if (T2)
		value += T1 ? 1 : 16;
	return value | (T2 ? 0x400 : T1 ? 0x200 : T0 ? 0x100 : 0);
}

static long want_blocks(int subset, long arg)
{
	if (!T2)
		return arg;
	if (T1)
		return 2 * arg + 1000;
	if (T0)
		return arg & 1 ? 100 : 77;
	return arg & 1 ? arg + 1000 : arg;
}

static long want_macros(int subset, long arg)
{
	arg = T0 ? 2 * (arg - 5) : arg ? arg + 3 : 0;
	return T1 ? 2 * (arg - 5) : arg ? arg + 9 : 0;
}

static long want_call_last(int subset, long arg)
{
	return T1 ? 60 : T0 ? 50 : 60;
}

static long want_call_first(int subset, long arg)
{
	return T0 ? 50 : 60;
}

static long want_entry(int subset, long arg)
{
	return arg + (T2 ? 0x1000 : 1);
}

/* The same in C. */
static long c_variable = 1000;

__attribute__((used)) static void c_target(void)
{
	called = 60;
}

static void (*c_pointer)(void) = c_target;

noinline static long c_strings(long arg)
{
	long value;

	asm volatile("mov $1, %%eax\n" ALTERNATIVE("", "mov $2, %%eax", X86_FEATURE_TEST0)
			     ALTERNATIVE_2("add $16, %%rax", "inc %%rax", X86_FEATURE_TEST1, "",
					   ALT_NOT(X86_FEATURE_TEST2))
				     ALTERNATIVE_3("nop", "or $0x100, %%eax", X86_FEATURE_TEST0,
						   "or $0x200, %%eax", X86_FEATURE_TEST1,
						   "or $0x400, %%eax", X86_FEATURE_TEST2)
		     : "=a"(value)
		     :
		     : "cc");
	return value;
}

noinline static long c_blocks(long arg)
{
	asm volatile(ALTERNATIVE_3("test $1, %%al\n"
				   "jz 1f\n"
				   "add %[variable], %%rax\n"
				   "1:",
				   "test $1, %%al\n"
				   "jnz 2f\n"
				   "jmp 4f\n"
				   "2: nop\n"
				   "inc %%eax\n"
				   "cmp $100, %%eax\n"
				   "jb 2b",
				   X86_FEATURE_TEST0,
				   "add %%rax, %%rax\n"
				   "add %[variable], %%rax\n"
				   "jmp 3f\n"
				   "ud2\n"
				   "3:",
				   X86_FEATURE_TEST1, "",
				   ALT_NOT(X86_FEATURE_TEST2)) "jmp 5f\n"
							       "4: mov $77, %%eax\n"
							       "5:\n"
		     : "+a"(arg)
		     : [variable] "m"(c_variable)
		     : "cc");
	return arg;
}

noinline static long c_has(long arg)
{
	return (alternative_has(X86_FEATURE_TEST0) ? 1 : 0) |
	       (alternative_has(X86_FEATURE_TEST1) ? 2 : 0) |
	       (alternative_has(ALT_NOT(X86_FEATURE_TEST2)) ? 0 : 4);
}

static long want_has(int subset, long arg)
{
	return subset;
}

/* Calls from asm() need a function that calls others too: no red zone there. */
noinline static long c_call_last(long arg)
{
	called = getpid() ? 0 : 1;
	asm volatile(ALTERNATIVE_2("call *%[pointer]", "movl $50, %[called]", X86_FEATURE_TEST0,
				   ALT_CALL_INSN, ALT_DIRECT_CALL(X86_FEATURE_TEST1))
		     : [called] "+m"(called)
		     : [pointer] "m"(c_pointer)
		     : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "cc", "memory");
	return called;
}

noinline static long c_call_first(long arg)
{
	called = getpid() ? 0 : 1;
	asm volatile(ALTERNATIVE_2("call *%[pointer]", ALT_CALL_INSN,
				   ALT_DIRECT_CALL(X86_FEATURE_TEST1), "movl $50, %[called]",
				   X86_FEATURE_TEST0)
		     : [called] "+m"(called)
		     : [pointer] "m"(c_pointer)
		     : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "cc", "memory");
	return called;
}

noinline static long c_call_always(long arg)
{
	called = getpid() ? 0 : 1;
	alternative_call(c_pointer);
	return called;
}

static long want_always(int subset, long arg)
{
	return 60;
}

static void check_old_engine(struct unit *u)
{
	int result;

	/* Back to the originals, for it reads what stands there. */
	memset(features, 0, sizeof(features));
	apply_alternatives(u->start, u->end, &env);
	features[CPUFEATURE_WORD_TEST] = 3;
	result = old_apply_alternatives(u->start, u->end, &env);
	ok(result == -ALT_ERR_NOT_CALL, "the old engine cannot make the direct call: %s",
	   alt_strerror(-result));
	ok(apply(u, 3) && c_call_last(0) == 60 && c_call_first(0) == 50,
	   "the new one makes it again from the originals");
}

static void check_c(void)
{
	static struct unit u;
	struct link_map *map = _r_debug.r_map;

	bool good = find_table("/proc/self/exe", map, &u) && prepare(&u);

	if (!ok(good, "C: %zd entries, a valid table", u.end - u.start))
		return;
	check("C, strings", &u, c_strings, want_strings);
	check("C, several instructions", &u, c_blocks, want_blocks);
	check("C, alternative_has()", &u, c_has, want_has);
	check("C, direct call last", &u, c_call_last, want_call_last);
	check("C, direct call first", &u, c_call_first, want_call_first);
	check("C, alternative_call()", &u, c_call_always, want_always);
	check_old_engine(&u);
}

/* Assembles and links beside this program, whose directory is dir. */
static void *build_library(const char *dir)
{
	char command[1024], library[256];

	snprintf(library, sizeof(library), "%s/alternative_macros.so", dir);
	snprintf(command, sizeof(command),
		 "nasm -f elf64 -I. -I%s/../gen/ -o %s.o "
		 "tests/host/alternative_macros.asm && ld -shared -z noexecstack -o %s %s.o",
		 dir, library, library, library);
	return system(command) ? NULL : dlopen(library, RTLD_NOW);
}

static void check_nasm(char *program)
{
	static struct unit u;
	struct link_map *map;
	void *library;
	bool good;

	if (system("nasm -v >/dev/null 2>&1 && ld -v >/dev/null 2>&1")) {
		ok(true, "NASM # SKIP nasm or ld is not installed");
		return;
	}
	library = build_library(dirname(program));
	good = library && !dlinfo(library, RTLD_DI_LINKMAP, &map) &&
	       find_table(map->l_name, map, &u) && prepare(&u);
	if (!ok(good, "NASM: %zd entries, a valid table", u.end - u.start))
		return;
	check("NASM, strings", &u, (function)dlsym(library, "nasm_strings"), want_strings);
	check("NASM, blocks", &u, (function)dlsym(library, "nasm_blocks"), want_blocks);
	check("NASM, in macros", &u, (function)dlsym(library, "nasm_macros"), want_macros);
	check("NASM, call last", &u, (function)dlsym(library, "nasm_call_last"), want_call_last);
	check("NASM, call first", &u, (function)dlsym(library, "nasm_call_first"), want_call_first);
	check("NASM, other section", &u, (function)dlsym(library, "nasm_entry"), want_entry);
}

int main(int argc, char **argv)
{
	check_c();
	check_nasm(argv[0]);
	return done_testing();
}
