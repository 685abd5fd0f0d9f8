// SPDX-License-Identifier: BSD-2-Clause
/*
 * Looks at a Linux kernel from outside. tests/linux-audit and tests/linux-alternatives run it.
 *
 * usage: linux_audit [--as NAME] [--all] VMLINUX [SYSTEM.MAP]	audit.h; NAME: for messages
 *	  linux_audit [--as NAME] --plan VMLINUX	where the memory lies: physical address and size
 *	  linux_audit [--as NAME] --capture BEFORE AFTER BOOTED VMLINUX BOOTED-AT SECONDS EMULATOR...
 *	  linux_audit [--as NAME] --apply BEFORE AFTER BOOTED VMLINUX	apply.h; files with memory
 * status: 0 nothing found; 1 something; 2 usage, no kernel, or a damaged one; 3 error; 77 no tables
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tests/linux_audit/apply.h>
#include <tests/linux_audit/audit.h>
#include <tests/linux_audit/capture.h>
#include <tests/linux_audit/symbols.h>

#define KERNEL_MAP 0xffffffff80000000 /* where physical address 0 is, without KASLR */

static struct range span;

/* All text and, since it lies between, what its alternatives read: pointers and feature words. */
static void widen(const char *name, struct range range, bool exec)
{
	if (!exec || range.start < KERNEL_MAP)
		return;
	span.start = min(span.start, range.start);
	span.end = max(span.end, range.end);
}

static void find_span(void)
{
	span = (struct range){-1ull, 0};
	image_each_section(widen);
	if (span.start >= span.end)
		unusable(image_path(), "has no section that is loaded");
}

static u64 need_symbol(const char *name)
{
	u64 addr;

	if (!symbol_find(name, &addr))
		unusable(image_path(), "has no symbol %s: a kernel with kallsyms is needed", name);
	return addr;
}

static int plan(void)
{
	find_span();
	printf("%llx %llx\n", (unsigned long long)(span.start - KERNEL_MAP),
	       (unsigned long long)(span.end - span.start));
	return 0;
}

/* @more: where a user program runs, seconds, the emulator. */
static int take_memory(char **dumps, char **more)
{
	struct range table;

	find_span();
	if (!image_section(".altinstructions", &table))
		unusable(image_path(), "has no .altinstructions");
	capture(&(struct capture){
		.memory = {span.start - KERNEL_MAP, span.end - KERNEL_MAP},
		.apply = need_symbol("apply_alternatives"),
		.table = table.start,
		.booted = strtoull(more[0], NULL, 16),
		.seconds = strtoul(more[1], NULL, 10),
		.to = (const char *const *)dumps,
		.run = (const char *const *)more + 2,
	});
	return 0;
}

static int apply(char **dumps)
{
	struct apply_counts c;
	enum site_kind kind;

	find_span();
	c = apply_and_compare(&(struct apply_dumps){span, dumps[0], dumps[1], dumps[2]});
	printf("# %u locations, %u of them replaced; %u feature words\n", c.locations, c.replaced,
	       c.feature_words);
	printf("# after: %u the same bytes, %u shorter jumps and a NOP, %u shorter jumps and int3, "
	       "%u longer NOPs, %u calls of nop_func left out\n",
	       c.same[SAME_BYTES], c.same[SAME_JUMP_NOPS], c.same[SAME_JUMP_INT3],
	       c.same[SAME_LONG_NOP], c.left_out);
	printf("# booted: %u compared once more, %u in text that was given back", c.booted, c.gone);
	for (kind = 0; kind < SITE_KINDS; kind++)
		if (c.rewritten[kind])
			printf(", %u rewritten as %s", c.rewritten[kind], site_kinds[kind].name);
	printf("\n# %u locations compared, %u unexplained\n", c.locations, c.unexplained);
	return c.unexplained ? 1 : 0;
}

__noreturn static void usage(void)
{
	fprintf(stderr,
		"usage: linux_audit [--as NAME] [--all | --plan | --apply BEFORE AFTER BOOTED] "
		"VMLINUX [SYSTEM.MAP]\n"
		"       linux_audit --capture BEFORE AFTER BOOTED VMLINUX BOOTED-AT SECONDS "
		"EMULATOR...\n");
	exit(2);
}

int main(int argc, char **argv)
{
	bool all = false, planning = false, capturing = false;
	const char *name = NULL, *from;
	char **dumps = NULL;

	for (argv++; *argv && !strncmp(*argv, "--", 2); argv++) {
		if (!strcmp(*argv, "--all")) {
			all = true;
		} else if (!strcmp(*argv, "--plan")) {
			planning = true;
		} else if (!strcmp(*argv, "--as") && argv[1]) {
			name = *++argv;
		} else if ((!strcmp(*argv, "--apply") || !strcmp(*argv, "--capture")) && argv[1] &&
			   argv[2] && argv[3]) {
			capturing = !strcmp(*argv, "--capture");
			dumps = argv + 1;
			argv += 3;
		} else {
			usage();
		}
	}
	if (!argv[0] || (capturing ? !argv[1] || !argv[2] || !argv[3] : argv[1] && argv[2]))
		usage();
	image_open(argv[0], name ? name : argv[0]);
	from = symbols_read(capturing ? NULL : argv[1]);
	if (planning)
		return plan();
	if (capturing)
		return take_memory(dumps, argv + 1);
	if (dumps)
		return apply(dumps);
	printf("# %s\n", image_banner());
	printf("# %zu symbols, from %s\n", ksyms.n, from);
	return audit(all);
}
