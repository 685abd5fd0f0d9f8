// SPDX-License-Identifier: BSD-2-Clause
/*
 * struct alt_instr of Linux (arch/x86/include/asm/alternative.h): two 32-bit offsets, from their own
 * fields to the location and the replacement, and then
 *	up to 5.12	u16 feature, u8 length, u8 length of the replacement, u8 padding in length
 *	up to 6.2	u16 feature with bit 15 for NOT, u8 length, u8 length of the replacement
 *	since 6.3	u16 feature, u16 flags, u8 length, u8 length of the replacement
 * Which it is shows in where the locations lie, for versions carry each other's patches.
 */
#include <stdlib.h>
#include <patching/alternative.h>
#include <tests/linux_audit/alt_table.h>

#define FEATURE_NOT BIT(15)

static const u8 sizes[] = {14, 12, 13};
static unsigned int entry_size;

static struct linux_alt read_entry(u64 addr, const u8 *p, unsigned int size)
{
	struct linux_alt alt = {
		.site = addr + (s32)get_u32(p),
		.repl = addr + 4 + (s32)get_u32(p + 4),
		.feature = get_u16(p + 8),
		.site_len = p[size == 14 ? 12 : 10],
		.repl_len = p[size == 14 ? 13 : 11],
	};

	if (size == 14) {
		alt.flags = get_u16(p + 10);
	} else if (alt.feature & FEATURE_NOT) {
		alt.feature &= ~FEATURE_NOT;
		alt.flags = ALT_FLAG_NOT;
	}
	return alt;
}

static bool is_sane(const struct linux_alt *alt, struct range repl)
{
	return alt->site_len && alt->feature < 64 * 32 && image_is_text(alt->site) &&
	       alt->flags <= (ALT_FLAG_NOT | ALT_FLAG_DIRECT_CALL) &&
	       alt->repl_len <= alt->site_len && alt->repl >= repl.start && alt->repl <= repl.end &&
	       image_at(alt->site, alt->site_len) && image_at(alt->repl, alt->repl_len);
}

static struct linux_alt *read_as(struct range table, struct range repl, unsigned int size,
				 const u8 *bytes)
{
	unsigned int i, n = (table.end - table.start) / size;
	struct linux_alt *alts;

	if ((table.end - table.start) % size)
		return NULL;
	alts = calloc(n, sizeof(*alts));
	if (!alts)
		abort();
	for (i = 0; i < n; i++) {
		alts[i] = read_entry(table.start + (u64)i * size, bytes + (u64)i * size, size);
		if (is_sane(&alts[i], repl))
			continue;
		free(alts);
		return NULL;
	}
	return alts;
}

const struct linux_alt *alt_table_read(unsigned int *nr)
{
	struct range table, repl;
	struct linux_alt *alts;
	const u8 *bytes;
	unsigned int i;

	*nr = 0;
	if (!image_section(".altinstructions", &table) ||
	    !image_section(".altinstr_replacement", &repl))
		return NULL;
	bytes = image_at(table.start, table.end - table.start);
	for (i = 0; bytes && i < ARRAY_SIZE(sizes); i++) {
		alts = read_as(table, repl, sizes[i], bytes);
		if (!alts)
			continue;
		entry_size = sizes[i];
		*nr = (table.end - table.start) / entry_size;
		return alts;
	}
	unusable(image_path(), "its .altinstructions have none of the forms that are known here: "
			       "entries of 12, 13 or 14 bytes");
}

unsigned int alt_table_entry_size(void)
{
	return entry_size;
}
