// SPDX-License-Identifier: BSD-2-Clause
/* Features are as a plain boot has them, but for the word of the protocols. */
#include <stdio.h>
#include <stdlib.h>
#include <entry/protocol/features.h>
#include <patching/static_key.h>
#include <tests/check_text/elf.h>
#include <tests/model/places.h>

static struct place_alt *place_alts;
static unsigned int nr_place_alts;
u32 entry_bits;

void not_followed(u64 addr, const char *why)
{
	fprintf(stderr, "steps: %s: %s\n", describe(addr), why);
	exit(2);
}

void places_read(void)
{
	u64 addr = address_of("__alt_instructions"), end = address_of("__alt_instructions_end");
	const struct alt_instr *entry;

	place_alts = calloc((end - addr) / sizeof(*entry), sizeof(*place_alts));
	if (!place_alts)
		abort();
	for (; addr < end; addr += sizeof(*entry)) {
		entry = (const void *)bytes_at(addr, sizeof(*entry));
		place_alts[nr_place_alts++] = (struct place_alt){
			addr + offsetof(struct alt_instr, instr_offset) + entry->instr_offset,
			addr + offsetof(struct alt_instr, repl_offset) + entry->repl_offset, entry};
	}
}

static bool feature_on(unsigned int feature)
{
	if (feature / 32 == CPUFEATURE_WORD_PROTOCOL)
		return entry_bits >> feature % 32 & 1;
	return feature == X86_FEATURE_PTI;
}

const struct place_alt *applied(u64 addr)
{
	const struct place_alt *alt, *last = NULL;

	for (alt = place_alts; alt < place_alts + nr_place_alts; alt++)
		if (alt->site == addr &&
		    feature_on(alt->entry->feature) != !!(alt->entry->flags & ALT_FLAG_NOT))
			last = alt;
	return last;
}

u64 settle(u64 addr)
{
	const struct place_alt *alt;

	for (alt = place_alts; alt < place_alts + nr_place_alts; alt++)
		if (alt->entry->replacementlen && alt->repl + alt->entry->replacementlen == addr)
			return alt->site + alt->entry->instrlen;
	return addr;
}

const char *where_is(u64 addr)
{
	const struct place_alt *alt;

	for (alt = place_alts; alt < place_alts + nr_place_alts; alt++)
		if (addr >= alt->repl && addr < alt->repl + alt->entry->replacementlen)
			return describe(alt->site + (addr - alt->repl));
	return describe(addr);
}

u64 mutable_site(u64 addr)
{
	u64 entry = address_of("__jump_table_start"), end = address_of("__jump_table_end"), key;
	const struct jump_entry *jump;

	for (; entry < end; entry += sizeof(*jump)) {
		jump = (const void *)bytes_at(entry, sizeof(*jump));
		key = (entry + offsetof(struct jump_entry, key) + jump->key) & ~1ull;
		if (entry + offsetof(struct jump_entry, code) + jump->code == addr &&
		    (key < address_of("__ro_after_init_start") ||
		     key >= address_of("__ro_after_init_end")))
			return entry + offsetof(struct jump_entry, target) + jump->target;
	}
	return 0;
}
