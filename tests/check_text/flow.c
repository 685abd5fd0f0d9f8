// SPDX-License-Identifier: BSD-2-Clause
/* Opcodes by number: SDM vol. 2, appendix A. */
#include <string.h>
#include <patching/insn.h>
#include <patching/insn_map.h>
#include <tests/check_text/flow.h>

struct bare strip(const u8 *p)
{
	struct bare b = {0};

	for (; *p && strchr("\x66\x67\xf0\xf2\xf3\x26\x2e\x36\x3e\x64\x65", *p); p++)
		b.gs |= *p == 0x65;
	if ((*p & 0xf0) == 0x40)
		b.rex = *p++;
	b.two_byte = *p == 0x0f;
	p += b.two_byte;
	b.op = *p++;
	b.has_modrm = (b.two_byte ? map_0f : map_1byte)[b.op] & MODRM;
	b.operand = p;
	b.modrm = b.has_modrm ? *p : 0;
	return b;
}

/* A signed field of four bytes: displacement or immediate. */
static s32 field_s32(const u8 *bytes)
{
	s32 value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

bool touches_signal(const struct bare *b, s64 signal)
{
	u8 mod = b->modrm >> 6, rm = b->modrm & 7;
	const u8 *disp = b->operand + 1;
	s64 at = 0;

	if (!b->has_modrm || mod == 3)
		return false;
	if (rm == 4) { /* SIB: no index */
		if ((*disp & 0x38) != 0x20 || b->rex & 2)
			return false;
		rm = *disp++ & 7;
	}
	if (mod == 0 && rm == 5) /* SIB: absolute; without it RIP-relative */
		return (b->modrm & 7) == 4 && b->gs && field_s32(disp) == signal;
	if (rm != 3 || b->rex & 1)
		return false;
	if (mod == 1)
		at = (s8)*disp;
	else if (mod == 2)
		at = field_s32(disp);
	return at == signal;
}

bool only_reads(const struct bare *b)
{
	u8 reg = b->modrm >> 3 & 7;

	if (b->two_byte) /* NOP, CMOV, IMUL, MOVZX, MOVSX */
		return b->op == 0x1f || (b->op & 0xf0) == 0x40 || b->op == 0xaf ||
		       (b->op & 0xf6) == 0xb6;
	switch (b->op) {
	case 0x80:
	case 0x81:
	case 0x83: /* CMP among the eight */
		return reg == 7;
	case 0xf6:
	case 0xf7: /* TEST */
		return reg < 2;
	case 0xff: /* PUSH */
		return reg == 6;
	case 0x38:
	case 0x39: /* CMP */
	case 0x63:
	case 0x69:
	case 0x6b:
	case 0x84:
	case 0x85: /* TEST */
	case 0x8a:
	case 0x8b:
	case 0x8d: /* LEA */
		return true;
	default: /* ALU register, memory */
		return b->op < 0x40 && (b->op & 7) >= 2 && (b->op & 7) <= 3;
	}
}

static enum flow_kind on_signal(const struct bare *b, const u8 *end)
{
	if (only_reads(b))
		return FLOW_NEXT;
	if (b->two_byte)
		return FLOW_UNKNOWN_S;
	if (b->op == 0xc7)
		return field_s32(end - 4) == 1	 ? FLOW_NEXT
		       : field_s32(end - 4) == 0 ? FLOW_WRITE_S
						 : FLOW_UNKNOWN_S;
	return b->op == 0x89 || b->op == 0x87 ? FLOW_WRITE_S : FLOW_UNKNOWN_S;
}

static enum flow_kind classify_two_byte(const struct bare *b)
{
	u8 reg = b->modrm >> 3 & 7;

	switch (b->op) {
	case 0x05: /* SYSCALL */
	case 0x34: /* SYSENTER */
	case 0x35: /* SYSEXIT */
	case 0xaa: /* RSM */
		return FLOW_UNKNOWN;
	case 0x07: /* SYSRET */
	case 0x0b: /* UD2 */
		return FLOW_END;
	case 0x22: /* MOV to CR */
		return reg == 3 && !(b->rex & 4) ? FLOW_WRITE_CR3 : FLOW_NEXT;
	default:
		return FLOW_NEXT;
	}
}

static enum flow_kind classify_one_byte(const struct bare *b)
{
	u8 reg = b->modrm >> 3 & 7;

	switch (b->op) {
	case 0xc2:
	case 0xc3:
		return FLOW_RET;
	case 0xca: /* far RET */
	case 0xcb:
	case 0xcc: /* int3 is what lies between functions */
		return FLOW_UNKNOWN;
	case 0xcf:
		return FLOW_END;
	case 0xff:
		return reg == 2 || reg == 3   ? FLOW_CALL_POINTER
		       : reg == 4 || reg == 5 ? FLOW_JUMP_POINTER
					      : FLOW_NEXT;
	default:
		return FLOW_NEXT;
	}
}

void flow_decode(struct flow *flow, const u8 *bytes, size_t avail, s64 signal)
{
	struct insn insn;
	struct bare b;

	*flow = (struct flow){FLOW_UNKNOWN};
	if (!insn_decode(&insn, bytes, avail))
		return;
	flow->length = insn.length;
	flow->rel = insn.rel;
	b = strip(bytes);
	if (insn.rel_branch)
		flow->kind = b.op == 0xe8 && !b.two_byte		     ? FLOW_CALL
			     : !b.two_byte && (b.op == 0xe9 || b.op == 0xeb) ? FLOW_JUMP
									     : FLOW_BRANCH;
	else if (touches_signal(&b, signal))
		flow->kind = on_signal(&b, bytes + insn.length);
	else
		flow->kind = b.two_byte ? classify_two_byte(&b) : classify_one_byte(&b);
}
