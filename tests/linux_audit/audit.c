// SPDX-License-Identifier: BSD-2-Clause
/* What each site is comes from sites.h, where it lies from path.h; this is who prints. */
#include <stdio.h>
#include <stdlib.h>
#include <tests/linux_audit/audit.h>
#include <tests/linux_audit/path.h>
#include <tests/linux_audit/sites.h>
#include <tests/linux_audit/symbols.h>

#define STATUS_SKIP 77

static bool all;
static struct range entry_text, noinstr_text;
static unsigned int counted[SITE_KINDS], changing[SITE_KINDS], changing_before_cr3;

__noreturn static void skip(const char *why)
{
	printf("# skip: %s\n", why);
	exit(STATUS_SKIP);
}

static const char *where_is(const struct site *site)
{
	unsigned int path = path_at(site->addr);

	if (site->addr < entry_text.start || site->addr >= entry_text.end)
		return "noinstr";
	return path & PATH_BEFORE_CR3 ? "before-cr3"
	       : path & PATH_LEAVING  ? "leaving"
	       : path & PATH_KERNEL   ? "kernel"
				      : "unreached";
}

static void judge(const struct site *site)
{
	counted[site->kind]++;
	changing[site->kind] += site->may_change;
	changing_before_cr3 += site->may_change && path_at(site->addr) & PATH_BEFORE_CR3;
	if (!all && !site->may_change)
		return;
	printf("%s %s %s %s %lx", site->may_change ? "may-change" : "boot-only", where_is(site),
	       site_kinds[site->kind].name, symbols_describe(&ksyms, site->addr),
	       (unsigned long)site->addr);
	if (site->owner)
		printf(" key=%s", symbols_describe(&ksyms, site->owner));
	putchar('\n');
}

static unsigned int judge_text(struct range text)
{
	const struct site *sites;
	unsigned int nr, i, changes = 0;

	sites = sites_read(text, &nr);
	for (i = 0; i < nr; i++) {
		judge(&sites[i]);
		changes += sites[i].may_change;
	}
	return changes;
}

static void summarise(void)
{
	const struct site_kind_row *row;
	enum site_kind kind;

	for (kind = 0; kind < SITE_KINDS; kind++) {
		row = &site_kinds[kind];
		if (site_table_found(kind))
			printf("# %s: %u sites, %u may change; rewritten: %s; objtool: %s\n",
			       row->name, counted[kind], changing[kind], row->when, row->objtool);
		else
			printf("# %s: this kernel has no such table\n", row->name);
	}
}

/* No table: the kernel refuses a kprobe by area, entry text and noinstr text as a whole. */
static void say_kprobes(void)
{
	unsigned int major = 0, minor = 0;
	struct range list;

	sscanf(image_banner(), "Linux version %u.%u", &major, &minor);
	if (!symbol_range("__start_kprobe_blacklist", "__stop_kprobe_blacklist", &list))
		printf("# kprobe: this kernel has none\n");
	else if (major > 5 || (major == 5 && minor >= 8))
		printf("# kprobe: none may be here: refused in both texts since Linux 5.8; "
		       "objtool: nothing\n");
	else
		printf("# kprobe: may be in noinstr text: refused there since Linux 5.8 only\n");
}

/* Ends the program where something that every kernel since 5.8 has cannot be found. */
static const struct linux_alt *find_tables(unsigned int *nr_alts)
{
	const struct linux_alt *alts = alt_table_read(nr_alts);
	struct range range;

	if (!alts)
		skip("no .altinstructions: a vmlinux without section headers?");
	if (!ksyms.n)
		skip("no symbols: give the System.map of this very kernel, or one with kallsyms");
	if (!symbol_range("__entry_text_start", "__entry_text_end", &entry_text) ||
	    !symbol_range("__noinstr_text_start", "__noinstr_text_end", &noinstr_text))
		skip("no symbols around .entry.text and .noinstr.text: Linux before 5.8?");
	if (!image_at(entry_text.start, entry_text.end - entry_text.start) ||
	    !image_at(noinstr_text.start, noinstr_text.end - noinstr_text.start))
		unusable(image_path(), "its entry text is not where its symbols say: "
				       "a System.map of another kernel?");
	if (!symbol_range("__start___jump_table", "__stop___jump_table", &range) ||
	    !symbol_range("__start_ro_after_init", "__end_ro_after_init", &range))
		skip("no symbols of data (CONFIG_KALLSYMS_ALL=n): give the System.map of this kernel");
	return alts;
}

int audit(bool print_all)
{
	struct path_counts paths;
	const struct linux_alt *alts;
	unsigned int nr_alts, changes;

	all = print_all;
	alts = find_tables(&nr_alts);
	paths = path_follow(entry_text, alts, nr_alts);
	printf("# entry text: %u instructions on the paths from %u ways in, with pti=on; "
	       "%u paths lost\n",
	       paths.instructions, paths.entries, paths.unknown);
	changes = judge_text(entry_text) + judge_text(noinstr_text);
	summarise();
	say_kprobes();
	printf("# %u sites may change in text that must not, %u of them before the CR3 write\n",
	       changes, changing_before_cr3);
	return changes ? 1 : 0;
}
