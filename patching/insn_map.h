/* SPDX-License-Identifier: BSD-2-Clause */
/* The opcode maps of insn.c: what follows each opcode (SDM vol. 2, appendix A.3). */
#ifndef PATCHING_INSN_MAP_H
#define PATCHING_INSN_MAP_H

#include <kernel/lib/types.h>

/* What follows an opcode. No flag at all: the opcode is not valid, or not known here. */
#define OK    BIT(0)
#define MODRM BIT(1)
#define IMM8  BIT(2)
#define IMM16 BIT(3)
#define IMMZ  BIT(4) /* 4 bytes, or 2 with 66 */
#define IMMV  BIT(5) /* as IMMZ, but 8 with REX.W */
#define REL8  BIT(6)
#define REL32 BIT(7)
#define MOFFS BIT(8) /* an address: 8 bytes, or 4 with 67 */

/* The eight rows of add, or, adc, ...; 26, 2e, 36, 3e are prefixes, the rest is gone in 64 bits. */
#define ALU_ROW(base) [(base)...(base) + 3] = MODRM, [(base) + 4] = IMM8, [(base) + 5] = IMMZ

/* clang-format off */
static const u16 map_1byte[256] = {
	ALU_ROW(0x00), ALU_ROW(0x08), ALU_ROW(0x10), ALU_ROW(0x18),
	ALU_ROW(0x20), ALU_ROW(0x28), ALU_ROW(0x30), ALU_ROW(0x38),
	[0x50 ... 0x5f] = OK,
	[0x63] = MODRM,		[0x68] = IMMZ,
	[0x69] = MODRM | IMMZ,	[0x6a] = IMM8,
	[0x6b] = MODRM | IMM8,	[0x6c ... 0x6f] = OK,
	[0x70 ... 0x7f] = REL8,
	[0x80] = MODRM | IMM8,	[0x81] = MODRM | IMMZ,
	[0x83] = MODRM | IMM8,	[0x84 ... 0x8f] = MODRM,
	[0x90 ... 0x99] = OK,	[0x9b ... 0x9f] = OK,
	[0xa0 ... 0xa3] = MOFFS, [0xa4 ... 0xa7] = OK,
	[0xa8] = IMM8,		[0xa9] = IMMZ,
	[0xaa ... 0xaf] = OK,	[0xb0 ... 0xb7] = IMM8,
	[0xb8 ... 0xbf] = IMMV,
	[0xc0 ... 0xc1] = MODRM | IMM8,
	[0xc2] = IMM16,		[0xc3] = OK,
	[0xc6] = MODRM | IMM8,	[0xc7] = MODRM | IMMZ,
	[0xc8] = IMM16 | IMM8,	[0xc9] = OK,
	[0xca] = IMM16,		[0xcb ... 0xcc] = OK,
	[0xcd] = IMM8,		[0xcf] = OK,
	[0xd0 ... 0xd3] = MODRM, [0xd7] = OK,
	[0xd8 ... 0xdf] = MODRM, [0xe0 ... 0xe3] = REL8,
	[0xe4 ... 0xe7] = IMM8,	[0xe8 ... 0xe9] = REL32,
	[0xeb] = REL8,		[0xec ... 0xef] = OK,
	[0xf1] = OK,		[0xf4 ... 0xf5] = OK,
	[0xf6 ... 0xf7] = MODRM, [0xf8 ... 0xfd] = OK,
	[0xfe ... 0xff] = MODRM,
};

static const u16 map_0f[256] = {
	[0x00 ... 0x03] = MODRM, [0x05 ... 0x09] = OK,
	[0x0b] = OK,		[0x0d] = MODRM,
	[0x0e] = OK,		[0x0f] = MODRM | IMM8,
	[0x10 ... 0x23] = MODRM, [0x28 ... 0x2f] = MODRM,
	[0x30 ... 0x35] = OK,	[0x37] = OK,
	[0x40 ... 0x6f] = MODRM, [0x70 ... 0x73] = MODRM | IMM8,
	[0x74 ... 0x76] = MODRM, [0x77] = OK,
	[0x78 ... 0x79] = MODRM, [0x7c ... 0x7f] = MODRM,
	[0x80 ... 0x8f] = REL32, [0x90 ... 0x9f] = MODRM,
	[0xa0 ... 0xa2] = OK,	[0xa3] = MODRM,
	[0xa4] = MODRM | IMM8,	[0xa5] = MODRM,
	[0xa8 ... 0xaa] = OK,	[0xab] = MODRM,
	[0xac] = MODRM | IMM8,	[0xad ... 0xb9] = MODRM,
	[0xba] = MODRM | IMM8,	[0xbb ... 0xc1] = MODRM,
	[0xc2] = MODRM | IMM8,	[0xc3] = MODRM,
	[0xc4 ... 0xc6] = MODRM | IMM8, [0xc7] = MODRM,
	[0xc8 ... 0xcf] = OK,	[0xd0 ... 0xff] = MODRM,
};
/* clang-format on */

#endif
