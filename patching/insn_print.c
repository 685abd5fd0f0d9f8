// SPDX-License-Identifier: BSD-2-Clause
/* A table of mnemonics and operand forms, enough for the debug log of alternatives. */
#include <patching/insn.h>
#include <patching/insn_print.h>
#include <patching/insn_print_rows.h>
#include <patching/line.h>

/* One instruction, taken apart. */
struct parts {
	const u8 *bytes;
	unsigned int length, modrm_at;
	u8 segment, rex, modrm;
	bool opsize, lock;
	u16 opcode;
	unsigned long ip;
	insn_describe_fn describe;
	void *ctx;
};

static s32 load_s32(const u8 *bytes)
{
	s32 value;

	__builtin_memcpy(&value, bytes, sizeof(value));
	return value;
}

/* False for what no row stands for: f2, f3, 67, VEX and the long maps. */
static bool take_apart(struct parts *p)
{
	unsigned int at = 0;

	for (;; at++) {
		if (p->bytes[at] == 0x64 || p->bytes[at] == 0x65)
			p->segment = p->bytes[at];
		else if (p->bytes[at] == 0x66)
			p->opsize = true;
		else if (p->bytes[at] == 0xf0)
			p->lock = true;
		else
			break;
	}
	if ((p->bytes[at] & 0xf0) == 0x40)
		p->rex = p->bytes[at++];
	p->opcode = p->bytes[at++];
	if (p->opcode == 0x0f)
		p->opcode = 0x0f00 | p->bytes[at++];
	p->modrm_at = at;
	p->modrm = at < p->length ? p->bytes[at] : 0;
	return at <= p->length;
}

/* Without any REX the byte registers 4 to 7 are the old high halves. */
static void put_register(struct line *l, unsigned int reg, unsigned int size, u8 rex)
{
	static const char names[] = "axcxdxbxspbpsidi";
	static const char *const low[] = {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"};
	static const char *const high[] = {"ah", "ch", "dh", "bh"};

	line_char(l, '%');
	if (reg >= 8) {
		line_char(l, 'r');
		line_number(l, reg, 10, 1);
		if (size < 8)
			line_char(l, size == 4 ? 'd' : size == 2 ? 'w' : 'b');
	} else if (size == 1) {
		line_str(l, rex || reg < 4 ? low[reg] : high[reg - 4]);
	} else {
		if (size > 2)
			line_char(l, size == 8 ? 'r' : 'e');
		line_char(l, names[2 * reg]);
		line_char(l, names[2 * reg + 1]);
	}
}

static void put_address(struct line *l, const struct parts *p, unsigned long addr)
{
	char name[128];

	line_number(l, addr, 16, 1);
	if (!p->describe || !p->describe(p->ctx, addr, name, sizeof(name)))
		return;
	line_str(l, " <");
	line_str(l, name);
	line_char(l, '>');
}

/* disp(base,index,scale), SDM vol. 2, tables 2-2 and 2-3. */
static void put_memory(struct line *l, const struct parts *p)
{
	const u8 *at = p->bytes + p->modrm_at + 1;
	unsigned int mod = p->modrm >> 6, rm = p->modrm & 7, sib = 0x20;
	unsigned int base, index;
	bool has_base;

	if (rm == 4)
		sib = *at++;
	base = (rm == 4 ? sib & 7 : rm) + (p->rex & 1 ? 8 : 0);
	index = (sib >> 3 & 7) + (p->rex & 2 ? 8 : 0);
	has_base = mod || (base & 7) != 5;
	if (p->segment)
		line_str(l, p->segment == 0x64 ? "%fs:" : "%gs:");
	if (mod == 1)
		line_signed_hex(l, (s8)*at);
	else if (mod == 2 || !has_base)
		line_signed_hex(l, load_s32(at));
	if (!has_base && rm == 5) {
		line_str(l, "(%rip)");
		return;
	}
	if (!has_base && index == 4)
		return;
	line_char(l, '(');
	if (has_base)
		put_register(l, base, 8, p->rex);
	if (rm == 4 && index != 4) {
		line_char(l, ',');
		put_register(l, index, 8, p->rex);
		line_char(l, ',');
		line_number(l, 1u << (sib >> 6), 10, 1);
	}
	line_char(l, ')');
}

static void put_rm(struct line *l, const struct parts *p, unsigned int size)
{
	if (p->modrm >> 6 == 3)
		put_register(l, (p->modrm & 7) + (p->rex & 1 ? 8 : 0), size, p->rex);
	else
		put_memory(l, p);
}

/* The last bytes of the instruction, sign-extended to the size of the operand. */
static void put_immediate(struct line *l, const struct parts *p, unsigned int bytes,
			  unsigned int size)
{
	const u8 *end = p->bytes + p->length;
	u64 value;

	if (bytes == 8)
		__builtin_memcpy(&value, end - 8, 8);
	else if (bytes == 4)
		value = (s64)load_s32(end - 4);
	else
		value = bytes == 2 ? (s64)(s16)(end[-2] | end[-1] << 8) : (s64)(s8)end[-1];
	line_char(l, '$');
	line_hex(l, size == 8 ? value : value & (BIT(8 * size) - 1));
}

static const struct row *find_row(const struct parts *p)
{
	const struct row *row;

	for (row = rows; row < rows + ARRAY_SIZE(rows); row++) {
		if ((p->opcode & row->mask) != row->opcode)
			continue;
		if (row->reg != ANY && row->reg != (p->modrm >> 3 & 7))
			continue;
		if (row->form == FORM_MEM && p->modrm >> 6 == 3)
			continue;
		return row;
	}
	return NULL;
}

static unsigned int operand_size(const struct parts *p, const struct row *row)
{
	if (row->byte && !(p->opcode & 1))
		return 1;
	if (p->rex & 8)
		return 8;
	return p->opsize ? 2 : 4;
}

static void put_mnemonic(struct line *l, const struct parts *p, const struct row *row,
			 unsigned int size)
{
	static const char *const conditions[] = {"o", "no", "b", "ae", "e", "ne", "be", "a",
						 "s", "ns", "p", "np", "l", "ge", "le", "g"};

	if (p->lock)
		line_str(l, "lock ");
	line_str(l, row->name);
	if (row->form == FORM_REL && row->name[1] == 0)
		line_str(l, conditions[p->opcode & 15]);
	else if (row->form == FORM_MEM && p->rex & 8)
		line_str(l, "64");
	else if ((row->form == FORM_E || row->form == FORM_I_E || row->form == FORM_I8_E) &&
		 p->modrm >> 6 != 3)
		line_char(l, size == 8 ? 'q' : size == 4 ? 'l' : size == 2 ? 'w' : 'b');
	else if (row->form == FORM_I_O && size == 8)
		line_str(l, "abs");
	if (row->form != FORM_NONE)
		line_char(l, ' ');
}

static void put_control_register(struct line *l, unsigned int reg)
{
	line_str(l, "%cr");
	line_number(l, reg, 10, 1);
}

static void put_operands(struct line *l, const struct parts *p, const struct row *row,
			 const struct insn *insn)
{
	unsigned int size = operand_size(p, row);
	unsigned int reg = (p->modrm >> 3 & 7) + (p->rex & 4 ? 8 : 0);
	unsigned int rm = (p->modrm & 7) + (p->rex & 1 ? 8 : 0);
	unsigned int low = (p->opcode & 7) + (p->rex & 1 ? 8 : 0);

	put_mnemonic(l, p, row, size);
	switch (row->form) {
	case FORM_NONE:
		break;
	case FORM_REL:
		put_address(l, p, p->ip + p->length + insn->rel);
		break;
	case FORM_STAR_E:
		line_char(l, '*');
		/* fall through */
	case FORM_STACK_E:
		put_rm(l, p, 8);
		break;
	case FORM_E:
	case FORM_MEM:
		put_rm(l, p, size);
		break;
	case FORM_E_G:
		put_rm(l, p, size);
		line_char(l, ',');
		put_register(l, reg, size, p->rex);
		break;
	case FORM_G_E:
		put_register(l, reg, size, p->rex);
		line_char(l, ',');
		put_rm(l, p, size);
		break;
	case FORM_I_E:
		put_immediate(l, p, min(size, 4u), size);
		line_char(l, ',');
		put_rm(l, p, size);
		break;
	case FORM_I8_E:
		put_immediate(l, p, 1, size);
		line_char(l, ',');
		put_rm(l, p, size);
		break;
	case FORM_I_A:
		put_immediate(l, p, min(size, 4u), size);
		line_char(l, ',');
		put_register(l, 0, size, p->rex);
		break;
	case FORM_I_O:
		put_immediate(l, p, size, size);
		line_char(l, ',');
		put_register(l, low, size, p->rex);
		break;
	case FORM_O:
		put_register(l, low, 8, p->rex);
		break;
	case FORM_CR_E:
		put_control_register(l, reg);
		line_char(l, ',');
		put_register(l, rm, 8, p->rex);
		break;
	case FORM_E_CR:
		put_register(l, rm, 8, p->rex);
		line_char(l, ',');
		put_control_register(l, reg);
		break;
	}
	if (insn->rel_size && !insn->rel_branch) {
		line_str(l, " # ");
		put_address(l, p, p->ip + p->length + insn->rel);
	}
}

static const char *whole_name(const u8 *bytes, unsigned int length)
{
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(wholes); i++) {
		/* No byte of them is 0 but those that fill up. */
		for (n = 0; n < 3 && wholes[i].bytes[n]; n++)
			;
		if (n == length && !__builtin_memcmp(wholes[i].bytes, bytes, n))
			return wholes[i].name;
	}
	return NULL;
}

unsigned int insn_print(const u8 *bytes, size_t avail, unsigned long ip, insn_describe_fn describe,
			void *ctx, char *buf, size_t size)
{
	struct parts p = {.bytes = bytes, .ip = ip, .describe = describe, .ctx = ctx};
	struct line l = line_start(buf, size);
	const struct row *row;
	struct insn insn;

	if (!insn_decode(&insn, bytes, avail)) {
		line_str(&l, "(bad)");
		return 1;
	}
	p.length = insn.length;
	if (whole_name(bytes, insn.length)) {
		line_str(&l, whole_name(bytes, insn.length));
		return insn.length;
	}
	row = take_apart(&p) ? find_row(&p) : NULL;
	if (row && (row->form != FORM_NONE || !p.rex)) {
		put_operands(&l, &p, row, &insn);
	} else {
		line_char(&l, '(');
		line_number(&l, insn.length, 10, 1);
		line_str(&l, " bytes)");
	}
	return insn.length;
}
