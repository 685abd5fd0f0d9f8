// SPDX-License-Identifier: BSD-2-Clause
/* The length decoder: prefixes, opcode, ModRM, SIB, displacement, immediate, in that order. */
#include <patching/insn.h>
#include <patching/insn_map.h>

enum {
	MAP_1BYTE,
	MAP_0F,
	MAP_0F38,
	MAP_0F3A,
	MAP_MODRM,
	MAP_MODRM_IMM8,
	MAP_MODRM_IMMZ
};

/* Where the decoder stands. */
struct cursor {
	const u8 *bytes;
	size_t avail; /* at most INSN_MAX_LENGTH */
	size_t pos;
	bool short_of;
};

struct prefixes {
	u8 legacy; /* how many bytes of any kind but REX */
	u8 rex;
	u8 repeat; /* f2 or f3, the last of them */
	bool opsize, addrsize, lock, segment;
	bool vector; /* VEX, EVEX or XOP */
};

static u8 take(struct cursor *c)
{
	if (c->pos >= c->avail) {
		c->short_of = true;
		return 0;
	}
	return c->bytes[c->pos++];
}

static void skip(struct cursor *c, size_t n)
{
	if (c->avail - c->pos < n) {
		c->short_of = true;
		c->pos = c->avail;
	} else {
		c->pos += n;
	}
}

/* Takes all prefixes and returns the first byte after them. A REX counts only in last place. */
static u8 take_prefixes(struct cursor *c, struct prefixes *p)
{
	u8 byte;

	for (;;) {
		byte = take(c);
		if (c->short_of)
			return 0;
		if ((byte & 0xf0) == 0x40) {
			p->rex = byte;
			continue;
		}
		switch (byte) {
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x64:
		case 0x65:
			p->segment = true;
			break;
		case 0x66:
			p->opsize = true;
			break;
		case 0x67:
			p->addrsize = true;
			break;
		case 0xf0:
			p->lock = true;
			break;
		case 0xf2:
		case 0xf3:
			p->repeat = byte;
			break;
		default:
			return byte;
		}
		p->rex = 0;
		p->legacy++;
	}
}

/* VEX (c4, c5), EVEX (62) and XOP (8f): the map they select, or -1. */
static int take_vector_prefix(struct cursor *c, struct prefixes *p, u8 first)
{
	u8 byte = take(c);
	int map = 1;

	p->vector = true;
	if (p->rex || p->opsize || p->repeat || p->lock)
		return -1;
	if (first == 0x62) {
		skip(c, 2);
		map = byte & 0x0f;
	} else if (first != 0xc5) {
		skip(c, 1);
		map = byte & 0x1f;
	}
	if (first == 0x8f) {
		switch (map) {
		case 8:
			return MAP_MODRM_IMM8;
		case 9:
			return MAP_MODRM;
		case 10:
			return MAP_MODRM_IMMZ;
		}
		return -1;
	}
	switch (map) {
	case 1:
	case 2:
	case 3:
		return map;
	case 5:
	case 6:
		return first == 0x62 ? MAP_MODRM : -1;
	}
	return -1;
}

static unsigned int opcode_flags(int map, u8 op, const struct prefixes *p)
{
	unsigned int flags;

	switch (map) {
	case MAP_1BYTE:
		return map_1byte[op];
	case MAP_0F38:
	case MAP_MODRM:
		return MODRM;
	case MAP_0F3A:
	case MAP_MODRM_IMM8:
		return MODRM | IMM8;
	case MAP_MODRM_IMMZ:
		return MODRM | IMMZ;
	}
	flags = map_0f[op];
	if (p->vector)
		return flags & REL32 ? 0 : flags;
	/* extrq and insertq of AMD take two bytes. */
	if (op == 0x78 && (p->opsize || p->repeat == 0xf2))
		return MODRM | IMM16;
	return flags;
}

/* ModRM, SIB and displacement. Returns the ModRM byte; a RIP-relative field goes into insn. */
static u8 take_modrm(struct cursor *c, struct insn *insn, bool register_only)
{
	u8 modrm = take(c), mod = modrm >> 6, rm = modrm & 7;

	if (mod == 3 || register_only)
		return modrm;
	if (rm == 4) {
		if ((take(c) & 7) == 5 && mod == 0)
			skip(c, 4);
	} else if (rm == 5 && mod == 0) {
		insn->rel_offset = c->pos;
		insn->rel_size = 4;
		skip(c, 4);
	}
	if (mod == 1)
		skip(c, 1);
	else if (mod == 2)
		skip(c, 4);
	return modrm;
}

/* The groups whose operands hang on ModRM.reg: returns the corrected flags, 0 if not valid. */
static unsigned int group_flags(u8 op, u8 modrm, unsigned int flags)
{
	u8 reg = (modrm >> 3) & 7;

	switch (op) {
	case 0xf6:
		return reg < 2 ? flags | IMM8 : flags;
	case 0xf7:
		return reg < 2 ? flags | IMMZ : flags;
	case 0xc6: /* mov, and xabort */
		return reg == 0 || modrm == 0xf8 ? flags : 0;
	case 0xc7: /* mov, and xbegin, which is a branch */
		if (modrm == 0xf8)
			return (flags & ~IMMZ) | REL32;
		return reg == 0 ? flags : 0;
	}
	return flags;
}

static void take_rel(struct cursor *c, struct insn *insn, u8 size)
{
	insn->rel_offset = c->pos;
	insn->rel_size = size;
	insn->rel_branch = true;
	skip(c, size);
}

static void take_immediate(struct cursor *c, struct insn *insn, unsigned int flags,
			   const struct prefixes *p)
{
	bool wide = p->rex & 8, half = p->opsize && !wide;

	if (flags & IMM8)
		skip(c, 1);
	if (flags & IMM16)
		skip(c, 2);
	if (flags & IMMZ)
		skip(c, half ? 2 : 4);
	if (flags & IMMV)
		skip(c, wide ? 8 : half ? 2 : 4);
	if (flags & MOFFS)
		skip(c, p->addrsize ? 4 : 8);
	if (flags & REL8)
		take_rel(c, insn, 1);
	if (flags & REL32)
		take_rel(c, insn, 4);
}

static s32 read_s32(const u8 *bytes)
{
	return (s32)(bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (u32)bytes[3] << 24);
}

/* Only the plain encodings: a prefix may change what they do, and nobody here writes one. */
static void classify(struct insn *insn, const u8 *bytes, int map, u8 op, u8 modrm,
		     const struct prefixes *p)
{
	if (p->vector || p->repeat || p->lock || p->segment || p->addrsize || p->rex)
		return;
	if ((map == MAP_1BYTE && op == 0x90) || (map == MAP_0F && op == 0x1f && !(modrm & 0x38))) {
		insn->kind = INSN_NOP;
	} else if (p->legacy) {
		return;
	} else if (map == MAP_0F && (op & 0xf0) == 0x80) {
		insn->kind = INSN_JCC;
		insn->cc = op & 0x0f;
	} else if (map != MAP_1BYTE) {
		return;
	} else if (op == 0xcc) {
		insn->kind = INSN_INT3;
	} else if (op == 0xc3) {
		insn->kind = INSN_RET;
	} else if (op == 0xe8) {
		insn->kind = INSN_CALL;
	} else if (op == 0xe9 || op == 0xeb) {
		insn->kind = INSN_JMP;
	} else if ((op & 0xf0) == 0x70) {
		insn->kind = INSN_JCC;
		insn->cc = op & 0x0f;
	} else if ((op & 0xf8) == 0xb8) {
		insn->kind = INSN_MOV_IMM32;
		insn->reg = op & 7;
		insn->imm = read_s32(bytes + 1);
	}
}

static int decode(struct insn *insn, const u8 *bytes, size_t avail)
{
	struct cursor c = {.bytes = bytes, .avail = min(avail, (size_t)INSN_MAX_LENGTH)};
	struct prefixes p = {0};
	int map = MAP_1BYTE;
	unsigned int flags;
	u8 op, modrm = 0;

	*insn = (struct insn){0};
	op = take_prefixes(&c, &p);
	if (op == 0x0f) {
		op = take(&c);
		map = op == 0x38 ? MAP_0F38 : op == 0x3a ? MAP_0F3A : MAP_0F;
		if (map != MAP_0F)
			op = take(&c);
	} else if (op == 0xc4 || op == 0xc5 || op == 0x62 ||
		   (op == 0x8f && c.pos < c.avail && (bytes[c.pos] & 0x1f) >= 8)) {
		map = take_vector_prefix(&c, &p, op);
		op = take(&c);
	}
	if (c.short_of)
		return INSN_ERR_TRUNCATED;
	flags = map < 0 ? 0 : opcode_flags(map, op, &p);
	if (flags & MODRM) {
		/* Moves to and from CR and DR ignore ModRM.mod. */
		modrm = take_modrm(&c, insn, map == MAP_0F && !p.vector && (op & 0xfc) == 0x20);
		if (map == MAP_1BYTE && !c.short_of)
			flags = group_flags(op, modrm, flags);
	}
	if (!flags)
		return INSN_ERR_UNKNOWN;
	take_immediate(&c, insn, flags, &p);
	if (c.short_of)
		return INSN_ERR_TRUNCATED;
	/* xbegin with a 16-bit displacement: nothing that one would meet. */
	if (flags & REL32 && map == MAP_1BYTE && op == 0xc7 && p.opsize)
		return INSN_ERR_UNKNOWN;
	if (insn->rel_size == 1)
		insn->rel = (s8)bytes[insn->rel_offset];
	else if (insn->rel_size == 4)
		insn->rel = read_s32(bytes + insn->rel_offset);
	insn->length = c.pos;
	classify(insn, bytes, map, op, modrm, &p);
	return c.pos;
}

int insn_length(const u8 *bytes, size_t avail)
{
	struct insn insn;

	return decode(&insn, bytes, avail);
}

bool insn_decode(struct insn *insn, const u8 *bytes, size_t avail)
{
	return decode(insn, bytes, avail) > 0;
}
