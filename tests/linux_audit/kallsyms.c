// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's own symbol table, found in the file by its form: a stripped vmlinux has it all the
 * same. Written by scripts/kallsyms.c of Linux: names are lengths and tokens; a table says what each
 * of the 256 tokens stands for, an index where in it, and markers where each 256th name begins.
 * Up to Linux 6.3 offsets, base and number stand before the names, later offsets and base are last.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <tests/linux_audit/symbols.h>

#define TOKENS	       256
#define PER_MARK       256
#define NAMES_AT_LEAST 1000u
#define NAMES_AT_MOST  (1u << 21)

/* Offsets into the bytes of one segment. */
struct kallsyms {
	const u8 *bytes;
	u64 size;
	u64 tokens, index;   /* token table and its index */
	u64 count_at, names; /* number of names; the first one */
	u64 offsets, base;   /* addresses; base is a value */
	unsigned int count;
};

static u64 align8(u64 offset)
{
	return (offset + 7) & -8ull;
}

/* Does the index at @index say where the digits' tokens are, the first of them at @digits? */
static bool is_index(const struct kallsyms *k, u64 index, u64 digits)
{
	const u8 *p = k->bytes + index;
	unsigned int i, first;

	if (index + 2 * TOKENS > k->size || get_u16(p))
		return false;
	first = get_u16(p + 2 * '0');
	for (i = 0; i < 10; i++)
		if (get_u16(p + 2 * ('0' + i)) != first + 2 * i)
			return false;
	return first <= digits;
}

/* Each digit is a token that stands for itself, since no kernel has no name with that digit. */
static bool find_tokens(struct kallsyms *k)
{
	static const u8 digits[] = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009";
	const u8 *at = k->bytes, *end = k->bytes + k->size, *p;
	unsigned int i;

	for (; (at = memmem(at, end - at, digits, sizeof(digits))); at++) {
		for (p = at, i = '0'; p && i < TOKENS; i++)
			p = memchr(p, 0, end - p) ? (const u8 *)memchr(p, 0, end - p) + 1 : NULL;
		if (!p || !is_index(k, align8(p - k->bytes), at - k->bytes))
			continue;
		k->index = align8(p - k->bytes);
		k->tokens = at - k->bytes - get_u16(k->bytes + k->index + 2 * '0');
		return true;
	}
	return false;
}

/* Where the name after the one at @at begins; 0: there is no name at @at. Its tokens in *@len. */
static u64 next_name(const struct kallsyms *k, u64 at, unsigned int *len)
{
	if (at + 2 > k->size || !k->bytes[at])
		return 0;
	*len = k->bytes[at++];
	if (*len & 0x80) /* two bytes, since Linux 6.1 */
		*len = (*len & 0x7f) | k->bytes[at++] << 7;
	return at + *len;
}

/* Are there k->count names from k->names on, and then their markers? */
static bool are_names(const struct kallsyms *k)
{
	u64 at = k->names, second = 0, markers;
	unsigned int i, len;

	for (i = 0; i < k->count; i++) {
		if (i == PER_MARK)
			second = at - k->names;
		at = next_name(k, at, &len);
		if (!at || at > k->tokens)
			return false;
	}
	markers = align8(at);
	return markers + 8 <= k->tokens && !get_u32(k->bytes + markers) &&
	       get_u32(k->bytes + markers + 4) == second;
}

static bool find_names(struct kallsyms *k)
{
	u64 at;

	for (at = k->tokens & -8ull; at >= 8; at -= 8) {
		k->count_at = at - 8;
		k->names = at;
		k->count = get_u32(k->bytes + k->count_at);
		if (k->count >= NAMES_AT_LEAST && k->count <= NAMES_AT_MOST &&
		    !get_u32(k->bytes + k->count_at + 4) && are_names(k))
			return true;
	}
	return false;
}

static bool is_base(const struct kallsyms *k, u64 at)
{
	return at + 8 <= k->size && get_u64(k->bytes + at) >= 0xffffffff80000000;
}

static bool find_offsets(struct kallsyms *k)
{
	u64 room = align8(4ull * k->count), after = k->index + 2 * TOKENS;

	if (k->count_at >= room + 8 && is_base(k, k->count_at - 8)) {
		k->offsets = k->count_at - 8 - room;
		k->base = get_u64(k->bytes + k->count_at - 8);
		return true;
	}
	if (!is_base(k, after + room))
		return false;
	k->offsets = after;
	k->base = get_u64(k->bytes + after + room);
	return true;
}

/* With CONFIG_KALLSYMS_ABSOLUTE_PERCPU most are negative, and those that are not are absolute. */
static bool are_signed(const struct kallsyms *k)
{
	unsigned int i, negative = 0;

	for (i = 0; i < k->count; i++)
		negative += get_u32(k->bytes + k->offsets + 4ull * i) >> 31;
	return negative > k->count / 2;
}

/* The name whose tokens are the @len bytes at @at, its type in front, to the end of @to. */
static char *expand(const struct kallsyms *k, u64 at, unsigned int len, char *to, const char *end)
{
	const u8 *p;

	for (; len--; at++) {
		p = k->bytes + k->tokens + get_u16(k->bytes + k->index + 2 * k->bytes[at]);
		while (*p && to < end)
			*to++ = *p++;
	}
	*to++ = 0;
	return to;
}

static void read_all(const struct kallsyms *k, struct symbols *to)
{
	size_t room = 128ul * k->count;
	char *text = malloc(room), *end = text + room - 1, *name;
	bool percpu = are_signed(k);
	u64 at = k->names, next, addr;
	unsigned int i, len = 0;
	s32 offset;

	if (!text)
		abort();
	for (i = 0; i < k->count; i++, at = next) {
		next = next_name(k, at, &len);
		name = text;
		text = expand(k, next - len, len, text, end);
		offset = get_u32(k->bytes + k->offsets + 4ull * i);
		addr = k->base + (u32)offset;
		if (percpu)
			addr = offset < 0 ? k->base - 1 - offset : (u64)offset;
		symbols_add(to, addr, *name ? name + 1 : name);
	}
}

void kallsyms_read(struct symbols *to)
{
	const Elf64_Phdr *segment;
	struct kallsyms k;
	unsigned int n;

	for (n = 0; (segment = image_segment(n)); n++) {
		k = (struct kallsyms){.size = segment->p_filesz};
		k.bytes = image_at(segment->p_vaddr, k.size);
		if (!find_tokens(&k) || !find_names(&k) || !find_offsets(&k))
			continue;
		read_all(&k, to);
		return;
	}
}
