/* SPDX-License-Identifier: BSD-2-Clause */
/* The instructions that insn_print() has names for (SDM vol. 2, appendix A). */
#ifndef PATCHING_INSN_PRINT_ROWS_H
#define PATCHING_INSN_PRINT_ROWS_H

#include <kernel/lib/types.h>

#define ANY 0xff /* of ModRM.reg: it is an operand, not part of the opcode */

/* E is ModRM's register or memory, G its register, O the register in the opcode. */
enum form {
	FORM_NONE,
	FORM_REL,
	FORM_E,
	FORM_STACK_E, /* push 8(%rip): always 64 bits */
	FORM_STAR_E,  /* call *8(%rip) */
	FORM_MEM,     /* xsave64 0x40(%r12): the name has no size but 64 */
	FORM_E_G,     /* mov E, %G */
	FORM_G_E,     /* mov %G, E */
	FORM_I_E,     /* or $1, E */
	FORM_I8_E,
	FORM_I_A,  /* and $1, %rax */
	FORM_I_O,  /* mov $1, %O */
	FORM_O,	   /* push %O */
	FORM_CR_E, /* mov %cr3, E */
	FORM_E_CR,
};

/* Rows hold two bytes of opcode, 0f first, or one. A low bit of 0 means bytes where byte is set. */
static const struct row {
	const char *name;
	u16 opcode, mask; /* bits of the opcode that count */
	u8 reg;
	enum form form;
	bool byte;
} rows[] = {
	{"nop", 0x0090, 0xffff, ANY, FORM_NONE},
	{"int3", 0x00cc, 0xffff, ANY, FORM_NONE},
	{"ret", 0x00c3, 0xffff, ANY, FORM_NONE},
	{"iretq", 0x00cf, 0xffff, ANY, FORM_NONE},
	{"hlt", 0x00f4, 0xffff, ANY, FORM_NONE},
	{"cli", 0x00fa, 0xffff, ANY, FORM_NONE},
	{"sti", 0x00fb, 0xffff, ANY, FORM_NONE},
	{"pushf", 0x009c, 0xffff, ANY, FORM_NONE},
	{"popf", 0x009d, 0xffff, ANY, FORM_NONE},
	{"ud2", 0x0f0b, 0xffff, ANY, FORM_NONE},
	{"syscall", 0x0f05, 0xffff, ANY, FORM_NONE},
	{"wrmsr", 0x0f30, 0xffff, ANY, FORM_NONE},
	{"rdtsc", 0x0f31, 0xffff, ANY, FORM_NONE},
	{"rdmsr", 0x0f32, 0xffff, ANY, FORM_NONE},
	{"cpuid", 0x0fa2, 0xffff, ANY, FORM_NONE},
	{"call", 0x00e8, 0xffff, ANY, FORM_REL},
	{"jmp", 0x00e9, 0xfffd, ANY, FORM_REL},
	{"j", 0x0070, 0xfff0, ANY, FORM_REL},
	{"j", 0x0f80, 0xfff0, ANY, FORM_REL},
	{"jrcxz", 0x00e3, 0xffff, ANY, FORM_REL},
	{"call", 0x00ff, 0xffff, 2, FORM_STAR_E},
	{"jmp", 0x00ff, 0xffff, 4, FORM_STAR_E},
	{"push", 0x00ff, 0xffff, 6, FORM_STACK_E},
	{"inc", 0x00fe, 0xfffe, 0, FORM_E, true},
	{"dec", 0x00fe, 0xfffe, 1, FORM_E, true},
	{"not", 0x00f6, 0xfffe, 2, FORM_E, true},
	{"neg", 0x00f6, 0xfffe, 3, FORM_E, true},
	{"test", 0x00f6, 0xfffe, 0, FORM_I_E, true},
	{"add", 0x0080, 0xfffe, 0, FORM_I_E, true},
	{"or", 0x0080, 0xfffe, 1, FORM_I_E, true},
	{"and", 0x0080, 0xfffe, 4, FORM_I_E, true},
	{"sub", 0x0080, 0xfffe, 5, FORM_I_E, true},
	{"xor", 0x0080, 0xfffe, 6, FORM_I_E, true},
	{"cmp", 0x0080, 0xfffe, 7, FORM_I_E, true},
	{"add", 0x0083, 0xffff, 0, FORM_I8_E},
	{"or", 0x0083, 0xffff, 1, FORM_I8_E},
	{"and", 0x0083, 0xffff, 4, FORM_I8_E},
	{"sub", 0x0083, 0xffff, 5, FORM_I8_E},
	{"xor", 0x0083, 0xffff, 6, FORM_I8_E},
	{"cmp", 0x0083, 0xffff, 7, FORM_I8_E},
	{"shl", 0x00c0, 0xfffe, 4, FORM_I8_E, true},
	{"shr", 0x00c0, 0xfffe, 5, FORM_I8_E, true},
	{"add", 0x0000, 0xfffe, ANY, FORM_G_E, true},
	{"add", 0x0002, 0xfffe, ANY, FORM_E_G, true},
	{"or", 0x0008, 0xfffe, ANY, FORM_G_E, true},
	{"or", 0x000a, 0xfffe, ANY, FORM_E_G, true},
	{"and", 0x0020, 0xfffe, ANY, FORM_G_E, true},
	{"and", 0x0022, 0xfffe, ANY, FORM_E_G, true},
	{"sub", 0x0028, 0xfffe, ANY, FORM_G_E, true},
	{"sub", 0x002a, 0xfffe, ANY, FORM_E_G, true},
	{"xor", 0x0030, 0xfffe, ANY, FORM_G_E, true},
	{"xor", 0x0032, 0xfffe, ANY, FORM_E_G, true},
	{"cmp", 0x0038, 0xfffe, ANY, FORM_G_E, true},
	{"cmp", 0x003a, 0xfffe, ANY, FORM_E_G, true},
	{"add", 0x0004, 0xfffe, ANY, FORM_I_A, true},
	{"or", 0x000c, 0xfffe, ANY, FORM_I_A, true},
	{"and", 0x0024, 0xfffe, ANY, FORM_I_A, true},
	{"sub", 0x002c, 0xfffe, ANY, FORM_I_A, true},
	{"xor", 0x0034, 0xfffe, ANY, FORM_I_A, true},
	{"cmp", 0x003c, 0xfffe, ANY, FORM_I_A, true},
	{"test", 0x00a8, 0xfffe, ANY, FORM_I_A, true},
	{"test", 0x0084, 0xfffe, ANY, FORM_G_E, true},
	{"xchg", 0x0086, 0xfffe, ANY, FORM_G_E, true},
	{"mov", 0x0088, 0xfffe, ANY, FORM_G_E, true},
	{"mov", 0x008a, 0xfffe, ANY, FORM_E_G, true},
	{"lea", 0x008d, 0xffff, ANY, FORM_E_G},
	{"mov", 0x00c6, 0xfffe, 0, FORM_I_E, true},
	{"mov", 0x00b8, 0xfff8, ANY, FORM_I_O},
	{"push", 0x0050, 0xfff8, ANY, FORM_O},
	{"pop", 0x0058, 0xfff8, ANY, FORM_O},
	{"mov", 0x0f20, 0xffff, ANY, FORM_CR_E},
	{"mov", 0x0f22, 0xffff, ANY, FORM_E_CR},
	{"nop", 0x0f1f, 0xffff, 0, FORM_E},
	{"bt", 0x0fba, 0xffff, 4, FORM_I8_E},
	{"bts", 0x0fba, 0xffff, 5, FORM_I8_E},
	{"btr", 0x0fba, 0xffff, 6, FORM_I8_E},
	{"btc", 0x0fba, 0xffff, 7, FORM_I8_E},
	{"bt", 0x0fa3, 0xffff, ANY, FORM_G_E},
	{"bts", 0x0fab, 0xffff, ANY, FORM_G_E},
	{"btr", 0x0fb3, 0xffff, ANY, FORM_G_E},
	{"xadd", 0x0fc0, 0xfffe, ANY, FORM_G_E, true},
	{"cmpxchg", 0x0fb0, 0xfffe, ANY, FORM_G_E, true},
	{"fxsave", 0x0fae, 0xffff, 0, FORM_MEM},
	{"fxrstor", 0x0fae, 0xffff, 1, FORM_MEM},
	{"xsave", 0x0fae, 0xffff, 4, FORM_MEM},
	{"xrstor", 0x0fae, 0xffff, 5, FORM_MEM},
	{"xsaveopt", 0x0fae, 0xffff, 6, FORM_MEM},
	{"xrstors", 0x0fc7, 0xffff, 3, FORM_MEM},
	{"xsavec", 0x0fc7, 0xffff, 4, FORM_MEM},
	{"xsaves", 0x0fc7, 0xffff, 5, FORM_MEM},
	{"invlpg", 0x0f01, 0xffff, 7, FORM_MEM},
};

/* Whole instructions that the rows would read as something else. */
static const struct {
	const char *name;
	u8 bytes[3];
} wholes[] = {
	{"lfence", {0x0f, 0xae, 0xe8}},	 {"mfence", {0x0f, 0xae, 0xf0}},
	{"sfence", {0x0f, 0xae, 0xf8}},	 {"serialize", {0x0f, 0x01, 0xe8}},
	{"swapgs", {0x0f, 0x01, 0xf8}},	 {"clac", {0x0f, 0x01, 0xca}},
	{"stac", {0x0f, 0x01, 0xcb}},	 {"rdtscp", {0x0f, 0x01, 0xf9}},
	{"sysretq", {0x48, 0x0f, 0x07}}, {"iretq", {0x48, 0xcf}},
	{"pause", {0xf3, 0x90}},
};

#endif
