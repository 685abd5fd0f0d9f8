// SPDX-License-Identifier: BSD-2-Clause
/* Anything not written down here makes the register it may write unknown. */
#include <string.h>
#include <arch/x86_64/cpu_entry_area.h>
#include <arch/x86_64/pgtable.h>
#include <tests/model/known.h>

#define USER_BIT ((u32)PTI_USER_PGTABLE_MASK)

bool kept(unsigned int reg)
{
	return reg == 3 || reg == 5 || reg >= 12;
}

/* Bits that an AND or OR with @imm leaves or sets in what is known to be a CR3. */
static u8 masked(u8 known, bool is_or, s64 imm)
{
	bool cr3 = known >= K_CR3 && known <= K_CR3_USER;

	if (cr3 && is_or && imm & USER_BIT)
		return K_CR3_USER;
	if (cr3 && !is_or && !(imm & USER_BIT))
		return K_CR3_KERNEL;
	return cr3 ? known : K_NOTHING;
}

static u8 test_of(u8 known, s64 imm)
{
	return known == K_CR3 && imm == USER_BIT ? K_CR3_IS_USER : K_NOTHING;
}

void follow_registers(struct place *at, const struct bare *b, const u8 *end)
{
	u8 reg = (b->modrm >> 3 & 7) | (b->rex & 4) << 1, rm = (b->modrm & 7) | (b->rex & 1) << 3;
	bool direct = b->has_modrm && b->modrm >> 6 == 3;
	u8 low = (b->op & 7) | (b->rex & 1) << 3;
	s32 imm = 0;

	if (b->two_byte) {
		if (b->op == 0xba && direct && (b->modrm >> 3 & 7) == 5 && end[-1] == 63)
			at->noflush[rm] = true; /* bts rm, 63 */
		else if (b->op == 0xba && direct && (b->modrm >> 3 & 7) == 6 && end[-1] == 63)
			at->noflush[rm] = false; /* btr */
		else if (b->has_modrm && !only_reads(b) && direct)
			at->reg[rm] = K_NOTHING;
		else if (b->has_modrm && b->op != 0x1f)
			at->reg[reg] = K_NOTHING;
		return;
	}
	memcpy(&imm, end - 4, 4);
	switch (b->op) {
	case 0x89: /* MOV, ALU: to a register or from one */
		if (direct) {
			at->reg[rm] = at->reg[reg];
			at->noflush[rm] = at->noflush[reg];
		}
		return;
	case 0x8b:
		at->reg[reg] = direct ? at->reg[rm] : K_NOTHING;
		at->noflush[reg] = direct && at->noflush[rm];
		return;
	case 0x0b: /* or reg, [gs:user_cr3_bits], which has bit 63 with PCID */
		if (touches_signal(b, offsetof(struct cpu_entry_area, user_cr3_bits))) {
			at->reg[reg] = masked(at->reg[reg], true, USER_BIT);
			at->noflush[reg] = true;
		} else {
			at->reg[reg] = K_NOTHING;
		}
		return;
	case 0x25: /* AND, OR rax */
	case 0x0d:
		at->reg[0] = masked(at->reg[0], b->op == 0x0d, imm);
		return;
	case 0xa9: /* TEST rax */
		at->flags = test_of(at->reg[0], imm);
		return;
	case 0xf7:
		if (direct && (b->modrm >> 3 & 7) == 0)
			at->flags = test_of(at->reg[rm], imm);
		else if (direct)
			at->reg[rm] = K_NOTHING;
		return;
	case 0xf6: /* test byte [rsp + CS], 3 */
		if (!direct && (b->modrm >> 3 & 7) == 0 && end[-1] == 3)
			at->flags = K_FROM_USER;
		return;
	case 0x85:
		if (direct && reg == rm && at->reg[rm] == K_SIGNAL)
			at->flags = K_S_IS_SET;
		return;
	case 0x39:
	case 0x3b:
		at->flags = direct ? K_DIFFER : K_NOTHING;
		return;
	case 0x81:
	case 0x83:
		if (b->op == 0x83)
			imm = (s8)end[-1];
		if (!direct && (b->modrm >> 3 & 7) == 7 && !imm &&
		    touches_signal(b, offsetof(struct cpu_entry_area, keeps_signal)))
			at->flags = K_KEPT;
		if (direct && (b->modrm >> 3 & 7) != 7)
			at->reg[rm] = (b->modrm >> 3 & 7) == 4	 ? masked(at->reg[rm], false, imm)
				      : (b->modrm >> 3 & 7) == 1 ? masked(at->reg[rm], true, imm)
								 : K_NOTHING;
		return;
	case 0xc7:
		if (direct)
			at->reg[rm] = imm == 1 ? K_ONE : imm == 0 ? K_ZERO : K_NOTHING;
		return;
	}
	if (b->op >= 0xb8 && b->op <= 0xbf)
		at->reg[low] = imm == 1 ? K_ONE : imm == 0 ? K_ZERO : K_NOTHING;
	else if (b->op >= 0x58 && b->op <= 0x5f)
		at->reg[low] = K_NOTHING;
	else if (b->op == 0x31 && direct && reg == rm)
		at->reg[rm] = K_ZERO;
	else if (b->op < 0x40 && (b->op & 7) <= 1 && b->op < 0x38 && direct)
		at->reg[rm] = K_NOTHING;
	else if (b->has_modrm &&
		 (b->op < 0x40 ? (b->op & 7) >= 2 && b->op < 0x38
			       : b->op == 0x63 || b->op == 0x69 || b->op == 0x6b || b->op == 0x8d))
		at->reg[reg] = K_NOTHING;
	else if (b->has_modrm && direct && b->op >= 0xc0 && b->op != 0xc6)
		at->reg[rm] = K_NOTHING;
}
