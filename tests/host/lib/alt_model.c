// SPDX-License-Identifier: BSD-2-Clause
/* See alt_model.h. */
#include <string.h>
#include <patching/alternative_engine.h>
#include <tests/host/lib/alt_model.h>

const struct shape shapes[NR_SHAPES] = {
	{NOP, 1, 0, 0, {0x90}},
	{CALL_SLOT, 6, 2, 4, {0xff, 0x15}},
	{PLAIN, 1, 0, 0, {0xc3}},
	{PLAIN, 2, 0, 0, {0xf3, 0x90}}, /* pause: no NOP to merge */
	{PLAIN, 2, 0, 0, {0x66, 0x90}},
	{PLAIN, 2, 0, 0, {0x49, 0x90}}, /* xchg r8, rax */
	{PLAIN, 3, 0, 0, {0x0f, 0x22, 0xd8}},
	{PLAIN, 5, 0, 0, {0xb8, 0x90, 0x90, 0x90, 0x90}},
	{PLAIN, 5, 0, 0, {0x48, 0x0f, 0xba, 0xe8, 0x3f}},
	{PLAIN, 6, 0, 0, {0x49, 0x0f, 0xae, 0x64, 0x24, 0x90}},
	{PLAIN, 12, 0, 0, {0x65, 0xc7, 0x04, 0x25, 0x90, 0x90, 0x90, 0x90, 1, 0, 0, 0x90}},
	{OUTWARD, 5, 1, 4, {0xe8}},
	{OUTWARD, 5, 1, 4, {0xe9}},
	{OUTWARD, 6, 2, 4, {0x0f, 0x84}},
	{OUTWARD, 7, 3, 4, {0x48, 0x8b, 0x05}},
	{OUTWARD, 10, 2, 4, {0xc7, 0x05, 0, 0, 0, 0, 0x90, 0x90, 0x90, 0x90}},
	{OUTWARD, 9, 3, 4, {0x66, 0xc7, 0x05, 0, 0, 0, 0, 0x90, 0x90}},
	{OUTWARD, 8, 4, 4, {0xc5, 0xf9, 0x6f, 0x05}},
	{INWARD, 2, 1, 1, {0xeb}},
	{INWARD, 2, 1, 1, {0x74}},
	{INWARD, 2, 1, 1, {0xe3}},
	{INWARD, 6, 2, 4, {0x0f, 0x8f}},
};

/* What the manual recommends, written down a second time. */
static const char *const long_nops[] = {
	"",
	"\x90",
	"\x66\x90",
	"\x0f\x1f\x00",
	"\x0f\x1f\x40\x00",
	"\x0f\x1f\x44\x00\x00",
	"\x66\x0f\x1f\x44\x00\x00",
	"\x0f\x1f\x80\x00\x00\x00\x00",
	"\x0f\x1f\x84\x00\x00\x00\x00\x00",
};

u64 random_state = 88172645463325252ull;

unsigned int rnd(unsigned int below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 20) % below;
}

unsigned int piece_offset(const struct code *c, unsigned int n)
{
	unsigned int i, offset = 0;

	for (i = 0; i < n; i++)
		offset += c->pieces[i].shape->len;
	return offset;
}

/* One piece as it must stand offset bytes into code that runs at addr. */
static void encode_piece(const struct code *c, unsigned int n, unsigned int offset, const u8 *addr,
			 u8 *out)
{
	const struct piece *p = &c->pieces[n];
	s64 rel;

	memcpy(out, p->shape->bytes, p->shape->len);
	if (!p->shape->rel_size)
		return;
	if (p->shape->kind == INWARD)
		rel = (s64)piece_offset(c, p->to) - (offset + p->shape->len);
	else
		rel = (s64)(p->target - (unsigned long)(addr + offset + p->shape->len));
	memcpy(out + p->shape->rel_at, &rel, p->shape->rel_size);
}

void encode(const struct code *c, const u8 *addr, u8 *out)
{
	unsigned int i, offset = 0;

	for (i = 0; i < c->count; offset += c->pieces[i++].shape->len)
		encode_piece(c, i, offset, addr, out + offset);
}

static u8 *put_nops(u8 *out, unsigned int n)
{
	for (; n > 8; n -= 8, out += 8)
		memcpy(out, long_nops[8], 8);
	memcpy(out, long_nops[n], n);
	return out + n;
}

/* The final form of code that runs at addr and is padded to len. */
static void expect_code(const struct code *c, unsigned int len, const u8 *addr, u8 *out)
{
	unsigned int i, run = 0;
	u8 targets = 0, *end = out + len, *at = out;

	for (i = 0; i < c->count; i++)
		if (c->pieces[i].shape->kind == INWARD)
			targets |= 1 << c->pieces[i].to;
	for (i = 0; i < c->count; i++) {
		if (c->pieces[i].shape->kind == NOP) {
			if (targets >> i & 1) {
				at = put_nops(at, run);
				run = 0;
			}
			run++;
			continue;
		}
		at = put_nops(at, run);
		run = 0;
		encode_piece(c, i, at - out, addr, at);
		at += c->pieces[i].shape->len;
	}
	if (targets >> c->count & 1) {
		at = put_nops(at, run);
		run = 0;
	}
	put_nops(at, end - at);
}

static void expect_direct_call(const struct site *s, u8 *out)
{
	s32 rel = (s32)(*s->slot - (unsigned long)(s->addr + 5));

	out[0] = 0xe8;
	memcpy(out + 1, &rel, 4);
	put_nops(out + 5, s->len - 5);
}

const struct variant *expect_winner(const struct site *s, const bool *present)
{
	unsigned int i;

	for (i = s->count; i--;)
		if (present[s->variants[i].feature] == !(s->variants[i].flags & ALT_FLAG_NOT))
			return &s->variants[i];
	return NULL;
}

void expect_site(const struct site *s, const bool *present, u8 *out)
{
	const struct variant *winner = expect_winner(s, present);

	if (!winner)
		expect_code(&s->original, s->len, s->addr, out);
	else if (winner->flags & ALT_FLAG_DIRECT_CALL)
		expect_direct_call(s, out);
	else
		expect_code(&winner->code, s->len, s->addr, out);
}
