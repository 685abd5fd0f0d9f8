// SPDX-License-Identifier: BSD-2-Clause
/* The cases of alternatives_cases.h, their entries in the kernel's table, and what they expect. */
#include <arch/x86_64/cpu.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <patching/kernel/alternatives.h>
#include <tests/alternatives/alternatives_cases.h>

#define JMP8  0xeb
#define JMP32 0xe9

extern const struct alt_instr __alt_instructions[], __alt_instructions_end[];

struct alt_work alt_works[ALT_SITES];
unsigned int alt_works_nr;
u32 alt_features[CPUFEATURE_WORDS];

static char error[96];

static unsigned long first_location_in(u32 (*run)(void))
{
	unsigned long best = ~0ul, addr;
	const struct alt_instr *a;

	for (a = __alt_instructions; a < __alt_instructions_end; a++) {
		addr = alt_location(a);
		if (addr >= (unsigned long)run && addr < best)
			best = addr;
	}
	return best;
}

static bool find_entries(struct alt_work *w)
{
	const struct alt_instr *a = __alt_instructions;

	while (a < __alt_instructions_end && alt_location(a) != w->addr)
		a++;
	w->first = a;
	for (; a < __alt_instructions_end && alt_location(a) == w->addr; a++)
		w->len = max(w->len, (unsigned int)a->instrlen);
	w->end = a;
	return w->end - w->first == w->c->entries;
}

/* The table must say what the case says, or the case would be judged by the wrong features. */
static bool entries_match(const struct alt_work *w)
{
	u32 wanted;
	int i;

	for (i = 0; i < w->c->entries; i++) {
		wanted = w->c->variants[i + 1].feature;
		if (w->first[i].feature != (wanted & 0xffff) || w->first[i].flags != wanted >> 16)
			return false;
	}
	return true;
}

static bool is_jump(const struct alt_work *w)
{
	return (w->len == 2 && w->original[0] == JMP8) || (w->len == 5 && w->original[0] == JMP32);
}

static const char *add(const struct alt_case *c)
{
	struct alt_work *w = &alt_works[alt_works_nr++];

	memset(w, 0, sizeof(*w));
	w->c = c;
	w->addr = c->site ? (unsigned long)c->site : first_location_in(c->run);
	if (!find_entries(w) || !entries_match(w))
		scnprintf(error, sizeof(error), "%s: its entries are not those of the table",
			  c->name);
	else if (c->site && w->len != c->len)
		scnprintf(error, sizeof(error), "%s: %u bytes long, expected %u", c->name, w->len,
			  c->len);
	else if (!alternatives_original(w->addr, w->original, w->len))
		scnprintf(error, sizeof(error), "%s: no original bytes were kept", c->name);
	else if (!c->site && !is_jump(w))
		scnprintf(error, sizeof(error), "%s: the original is no jump", c->name);
	return error[0] ? error : NULL;
}

const char *alt_works_init(void)
{
	const struct alt_case *c;
	const char *wrong = NULL;

	alt_works_nr = 0;
	error[0] = '\0';
	memcpy(alt_features, cpu_caps, sizeof(alt_features));
	if (alt_c_cases_nr + (alt_nasm_cases_end - alt_nasm_cases) > ALT_SITES)
		return "more cases than there is room for";
	for (c = alt_nasm_cases; c < alt_nasm_cases_end && !wrong; c++)
		wrong = add(c);
	for (c = alt_c_cases; c < alt_c_cases + alt_c_cases_nr && !wrong; c++)
		wrong = add(c);
	return wrong;
}

struct alt_work *alt_work_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < alt_works_nr; i++)
		if (!strcmp(alt_works[i].c->name, name))
			return &alt_works[i];
	return NULL;
}

bool alt_present(u32 feature)
{
	u16 bit = feature;
	bool present = alt_features[bit / 32] & 1u << bit % 32;

	return feature & ALT_NOT(0) ? !present : present;
}

unsigned int alt_expected(const struct alt_work *w)
{
	unsigned int i;

	/* From behind: the first that applies has won. */
	for (i = w->c->entries; i; i--)
		if (alt_present(w->c->variants[i].feature))
			break;
	return i;
}

const u8 *alt_expected_bytes(const struct alt_work *w, unsigned int variant)
{
	static const u8 nop2[] = {0x66, 0x90}, nop5[] = {0x0f, 0x1f, 0x44, 0, 0};

	if (w->c->site)
		return w->c->variants[variant].bytes;
	return variant ? w->len == sizeof(nop2) ? nop2 : nop5 : w->original;
}
