/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Alternatives: code that is chosen by features. This file is for who writes one, in C:
 *
 *	alternative("nop", "serialize", X86_FEATURE_SERIALIZE);
 *	asm volatile(ALTERNATIVE("wrmsr", "call *%[fn]", X86_FEATURE_TEST0) :: [fn] "m" (fn), ...);
 *
 * A later entry wins over an earlier one, and any of them over the original. All are padded to
 * the longest with NOPs. alternative.inc offers the same to NASM; alternative_engine.h patches.
 */
#ifndef PATCHING_ALTERNATIVE_H
#define PATCHING_ALTERNATIVE_H

#include <arch/x86_64/cpufeatures.h>
#include <kernel/lib/types.h>

#define ALT_FLAG_NOT	     1 /* apply where the feature is absent */
#define ALT_FLAG_DIRECT_CALL 2 /* the original is call *ptr(%rip): call what ptr points to */

#define ALT_MAX_LENGTH 254 /* bytes of one location */

/* One way to replace one location; the entries of a location lie together in the table. */
struct alt_instr {
	s32 instr_offset; /* of the location, from this field */
	s32 repl_offset;  /* of the replacement, from this field */
	u16 feature;	  /* word * 32 + bit */
	u16 flags;	  /* ALT_FLAG_* */
	u8 instrlen;	  /* bytes of the location, padding included */
	u8 replacementlen;
} __packed;

/* What may stand where a macro wants a feature. */
#define ALT_NOT(feature)	 (ALT_FLAG_NOT << 16 | (feature))
#define ALT_DIRECT_CALL(feature) (ALT_FLAG_DIRECT_CALL << 16 | (feature))

/* The replacement of an ALT_DIRECT_CALL entry: the engine fills in the displacement. */
#define ALT_CALL_INSN ".byte 0xe8, 0, 0, 0, 0"

/*
 * The building blocks. Numeric labels, so that they may occur many times in one statement:
 * 771 the location, 772 its end with padding; 78n and 79n begin and end of the n-th replacement.
 * A true comparison is -1 to the assembler, and no .skip stands that: so long ones are refused.
 */
/* clang-format off */
#define __ALT_OLD(insns) "771:\n" insns "\n"
#define __ALT_PAD(n)									\
	".skip -((79" #n "f - 78" #n "f) > (. - 771b)) * "				\
	"((79" #n "f - 78" #n "f) - (. - 771b)), 0x90\n"
#define __ALT_NEW(n, insns)								\
	".pushsection .altinstr_replacement, \"ax\"\n"					\
	"78" #n ":\n" insns "\n79" #n ":\n"						\
	".popsection\n"
#define __ALT_ENTRY(n, feature)								\
	".pushsection .altinstructions, \"a\"\n"					\
	".long 771b - .\n"								\
	".long 78" #n "b - .\n"								\
	".long " __stringify(feature) "\n"						\
	".byte 772b - 771b\n"								\
	".skip (772b - 771b) > " __stringify(ALT_MAX_LENGTH) "\n"			\
	".byte 79" #n "b - 78" #n "b\n"							\
	".popsection\n"

/*
 * The strings for asm(). old and the new ones hold instructions, several with "\n" between, or
 * none at all; each feature is a number, ALT_NOT() or ALT_DIRECT_CALL() of one. Replacements may
 * branch out of themselves, not into one another.
 */
#define ALTERNATIVE(old, new1, feature1)						\
	__ALT_OLD(old) __ALT_PAD(1) "772:\n"						\
	__ALT_NEW(1, new1)								\
	__ALT_ENTRY(1, feature1)

#define ALTERNATIVE_2(old, new1, feature1, new2, feature2)				\
	__ALT_OLD(old) __ALT_PAD(1) __ALT_PAD(2) "772:\n"				\
	__ALT_NEW(1, new1) __ALT_NEW(2, new2)						\
	__ALT_ENTRY(1, feature1) __ALT_ENTRY(2, feature2)

#define ALTERNATIVE_3(old, new1, feature1, new2, feature2, new3, feature3)		\
	__ALT_OLD(old) __ALT_PAD(1) __ALT_PAD(2) __ALT_PAD(3) "772:\n"			\
	__ALT_NEW(1, new1) __ALT_NEW(2, new2) __ALT_NEW(3, new3)			\
	__ALT_ENTRY(1, feature1) __ALT_ENTRY(2, feature2) __ALT_ENTRY(3, feature3)

/* Whole statements for instructions without operands. */
#define alternative(old, new1, feature1)						\
	asm volatile(ALTERNATIVE(old, new1, feature1) : : : "memory")
#define alternative_2(old, new1, feature1, new2, feature2)				\
	asm volatile(ALTERNATIVE_2(old, new1, feature1, new2, feature2) : : : "memory")

/*
 * Calls the void (*)(void) in the global variable fn: through it until alternatives are applied,
 * then directly what it points to at that time. Not where a red zone is in use.
 */
#define alternative_call(fn)								\
	asm volatile(ALTERNATIVE("call *%[ptr]", ALT_CALL_INSN,				\
				 ALT_DIRECT_CALL(X86_FEATURE_ALWAYS))			\
		     : : [ptr] "m"(fn)							\
		     : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",	\
		       "cc", "memory")

/* True where alternatives were applied with this feature: a jump that becomes NOPs. */
#define alternative_has(feature)							\
	({										\
		__label__ absent;							\
		bool has = false;							\
											\
		asm goto(ALTERNATIVE("jmp %l[absent]", "", feature) : : : : absent);	\
		has = true;								\
	absent:										\
		has;									\
	})
/* clang-format on */

#endif
