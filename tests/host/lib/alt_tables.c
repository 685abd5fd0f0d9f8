// SPDX-License-Identifier: BSD-2-Clause
/* Sites lie in memory in one order and in the table in another. */
#include <stdlib.h>
#include <string.h>
#include <tests/host/lib/alt_tables.h>

struct arena arena;
u8 built[TEXT_SIZE], expected[TEXT_SIZE];
struct site sites[MAX_SITES];
unsigned int nsites, nentries, text_used, repl_used;
bool present[FEATURES];
static u32 features[CPUFEATURE_WORDS];
static struct alt_site index_sites[MAX_SITES * MAX_ENTRIES];
static u8 index_originals[TEXT_SIZE + 512];
struct alt_index index_ = {
	.sites = index_sites,
	.capacity = ARRAY_SIZE(index_sites),
	.originals = index_originals,
	.originals_size = sizeof(index_originals),
};

unsigned int seen_writes, seen_reports;
unsigned int writes_at[TEXT_SIZE];
u64 seen_errors;
const struct alt_instr *seen_culprit;

static int write_text(void *ctx, unsigned long addr, const u8 *bytes, size_t len)
{
	memcpy((void *)addr, bytes, len);
	writes_at[addr - (unsigned long)arena.text]++;
	seen_writes++;
	return 0;
}

static void note_report(void *ctx, enum alt_error error, const struct alt_instr *culprit,
			const struct alt_instr *other)
{
	seen_reports++;
	seen_errors |= BIT(error);
	seen_culprit = culprit;
}

struct alt_env env = {
	.features = features,
	.feature_words = CPUFEATURE_WORDS,
	.write = write_text,
	.report = note_report,
};

void forget(void)
{
	seen_writes = seen_reports = 0;
	seen_errors = 0;
	seen_culprit = NULL;
	memset(writes_at, 0, text_used * sizeof(writes_at[0]));
}

static void random_code(struct code *c, bool call_slot)
{
	unsigned int i;

	c->count = call_slot ? 1 : rnd(MAX_PIECES);
	for (i = 0; i < c->count; i++) {
		/* The first shape is the NOP, the second the indirect call. */
		c->pieces[i].shape = &shapes[call_slot ? 1 : rnd(4) ? 2 + rnd(20) : 0];
		c->pieces[i].to = rnd(c->count + 1);
	}
	c->len = piece_offset(c, c->count);
}

/* Out of the code, and out of reach of what it could take for its own inside. */
static void aim(struct code *c, const struct site *s)
{
	unsigned long base = (unsigned long)&arena;
	unsigned int i;

	for (i = 0; i < c->count; i++) {
		unsigned long far = (1 << 20) + rnd(1 << 28);

		if (c->pieces[i].shape->kind == CALL_SLOT)
			c->pieces[i].target = (unsigned long)s->slot;
		else
			c->pieces[i].target = !rnd(4)  ? (unsigned long)s->addr + s->len
					      : rnd(2) ? base + far
						       : base - far;
	}
}

static void random_site(struct site *s)
{
	bool nested = rnd(2), call_slot = !rnd(4);
	unsigned int i, longest;
	struct variant *v;

	s->count = 1 + rnd(MAX_ENTRIES);
	s->slot = call_slot ? &arena.slots[rnd(SLOTS)] : NULL;
	random_code(&s->original, call_slot);
	longest = max(s->original.len, 1u);
	for (i = 0; i < s->count; i++) {
		v = &s->variants[i];
		random_code(&v->code, false);
		v->feature = rnd(FEATURES);
		v->flags = rnd(4) ? 0 : ALT_FLAG_NOT;
		if (call_slot && !rnd(3)) {
			v->flags |= ALT_FLAG_DIRECT_CALL;
			v->code.count = 0;
			v->code.len = DIRECT_CALL_LEN;
		}
		longest = max(longest, v->code.len);
		v->instrlen = longest;
	}
	if (!rnd(8))
		longest += rnd(rnd(8) ? 20 : ALT_MAX_LENGTH - longest + 1);
	for (i = 0; i < s->count && (!nested || i == 0); i++)
		s->variants[i].instrlen = longest;
	s->len = longest;
}

static void build_entry(struct alt_instr *a, struct site *s, const struct variant *v)
{
	u8 *repl = arena.repl + repl_used;

	a->instr_offset = s->addr - (u8 *)&a->instr_offset;
	a->repl_offset = repl - (u8 *)&a->repl_offset;
	a->feature = v->feature;
	a->flags = v->flags;
	a->instrlen = v->instrlen;
	a->replacementlen = v->code.len;
	if (v->flags & ALT_FLAG_DIRECT_CALL)
		memcpy(repl, "\xe8\0\0\0", DIRECT_CALL_LEN);
	else
		encode(&v->code, repl, repl);
	repl_used += v->code.len;
}

void set_features(void)
{
	unsigned int i, j;

	memset(features, 0, sizeof(features));
	for (i = 0; i < nsites; i++)
		for (j = 0; j < sites[i].count; j++)
			present[sites[i].variants[j].feature] = rnd(2);
	for (i = 0; i < nsites; i++)
		for (j = 0; j < sites[i].count; j++) {
			u16 f = sites[i].variants[j].feature;

			features[f / 32] |= (u32)present[f] << f % 32;
		}
}

void expect_text(void)
{
	unsigned int i;

	memcpy(expected, built, text_used);
	for (i = 0; i < nsites; i++)
		expect_site(&sites[i], present, expected + (sites[i].addr - arena.text));
}

void random_table(void)
{
	unsigned int order[MAX_SITES], i, j, k;
	struct site *s;

	nsites = 1 + rnd(rnd(4) ? 3 : MAX_SITES);
	text_used = repl_used = nentries = 0;
	for (i = 0; i < nsites; i++) {
		s = &sites[i];
		random_site(s);
		text_used += rnd(3);
		s->addr = arena.text + text_used;
		text_used += s->len;
		order[i] = i;
		j = rnd(i + 1);
		order[i] = order[j];
		order[j] = i;
	}
	for (i = 0; i < nsites; i++) {
		s = &sites[order[i]];
		aim(&s->original, s);
		memset(s->addr, 0x90, s->len);
		encode(&s->original, s->addr, s->addr);
		for (k = 0; k < s->count; k++) {
			aim(&s->variants[k].code, s);
			build_entry(&arena.table[nentries++], s, &s->variants[k]);
		}
	}
	memcpy(built, arena.text, text_used);
	set_features();
	expect_text();
}

void start_world(const char *seed)
{
	int i;

	if (seed)
		random_state = strtoul(seed, NULL, 0);
	for (i = 0; i < SLOTS; i++)
		arena.slots[i] = (unsigned long)&arena + (1 << 24) + rnd(1 << 28);
}
