// SPDX-License-Identifier: BSD-2-Clause
/* C's side of alternatives_cases.h. */
#include <patching/alternative.h>
#include <tests/alternatives/alternatives_cases.h>

#define SECTION ".text.alt_c_sites" /* one for code and data, so that distances are constants */
#define NOTHING 0		    /* the feature of an original */
#define T0	X86_FEATURE_TEST0
#define T1	X86_FEATURE_TEST1
#define T2	X86_FEATURE_TEST2
#define T5	X86_FEATURE_TEST5
#define T6	X86_FEATURE_TEST6
#define T7	X86_FEATURE_TEST7

/* What a variant must look like, for the assembler: "site" and what it jumps to are in one section. */
#define BYTES(name, contents)                                     \
	extern const u8 name[];                                   \
	asm(".pushsection .rodata.alt_bytes, \"a\"\n" #name ":\n" \
	    ".byte " contents "\n.popsection")
#define REL32(site, end, target) "\n.long " target " - (" site " + " #end ")\n.byte "
#define MOV_EAX(n)		 "0xb8, " #n ", 0, 0, 0"
#define NOP1			 "0x90"
#define NOP2			 "0x66, 0x90"
#define NOP3			 "0x0f, 0x1f, 0x00"
#define NOP5			 "0x0f, 0x1f, 0x44, 0, 0"

/* A location's address is a label in front of it. */
#define SITE(name) #name "_site:\n"
#define SITE_FUNCTION(name)            \
	extern const u8 name##_site[]; \
	static __section(SECTION) noinline u32 name(void)

/* Called through a pointer or directly: the return address that it returns tells which. */
extern u64 (*const c_pointer)(void);
extern const u32 c_variable;
asm(".pushsection " SECTION ", \"ax\"\n"
    "c_called: mov (%rsp), %rax\n"
    "ret\n"
    /* Data in text: by its type, or the build's check may read a branch there. */
    ".type c_pointer, @object\n"
    "c_pointer: .quad c_called\n"
    ".type c_variable, @object\n"
    "c_variable: .long 3\n"
    ".popsection");

SITE_FUNCTION(c_one)
{
	u32 value;

	asm volatile(SITE(c_one) ALTERNATIVE("mov $0, %0", "mov $1, %0", T0) : "=a"(value));
	return value;
}
BYTES(c_one_0, MOV_EAX(0));
BYTES(c_one_1, MOV_EAX(1));

SITE_FUNCTION(c_two)
{
	u32 value = 0;

	asm volatile(SITE(c_two) ALTERNATIVE_2("", "inc %0", T1, "mov $2, %0", ALT_NOT(T5))
		     : "+a"(value)
		     :
		     : "cc");
	return value;
}
BYTES(c_two_0, NOP5);
BYTES(c_two_1, "0xff, 0xc0, " NOP3);
BYTES(c_two_2, MOV_EAX(2));

SITE_FUNCTION(c_three)
{
	u32 value = 0;

	asm volatile(SITE(c_three) ALTERNATIVE_3("nop\nnop", "jmp 1f", T6, "mov %[variable], %0",
						 T2, "xor %0, %0\n2: inc %0\ncmp $9, %0\njb 2b",
						 T7) "jmp 3f\n"
						     "c_three_out: 1: mov $1, %0\n"
						     "3:"
		     : "+a"(value)
		     : [variable] "m"(c_variable)
		     : "cc");
	return value;
}
BYTES(c_three_0, "0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0, " NOP1);
BYTES(c_three_1, "0xe9" REL32("c_three_site", 5, "c_three_out") "0x0f, 0x1f, 0x40, 0");
BYTES(c_three_2, "0x8b, 0x05" REL32("c_three_site", 6, "c_variable") NOP3);
BYTES(c_three_3, "0x31, 0xc0, 0xff, 0xc0, 0x83, 0xf8, 9, 0x72, -7");

/* Jumps of the compiler's choosing: one byte of displacement or four. */
static __section(SECTION) noinline u32 c_has(void)
{
	if (alternative_has(T2))
		return READ_ONCE(c_variable) - 2;
	return 0;
}

static __section(SECTION) noinline u32 c_has_not(void)
{
	if (alternative_has(ALT_NOT(T7)))
		return READ_ONCE(c_variable) - 2;
	return 0;
}

/* Juergen Gross's second example, in both orders; the call returns where it came from. */
#define CALL(name, alternatives)                                                               \
	SITE_FUNCTION(name)                                                                    \
	{                                                                                      \
		u64 from;                                                                      \
                                                                                               \
		asm volatile(SITE(name) alternatives                                           \
			     : "=a"(from)                                                      \
			     : [pointer] "m"(c_pointer), "c"(name##_site)                      \
			     : "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "cc", "memory"); \
		return from - (u64)name##_site;                                                \
	}                                                                                      \
	BYTES(name##_indirect, "0xff, 0x15" REL32(#name "_site", 6, "c_pointer") "\n");        \
	BYTES(name##_direct, "0xe8" REL32(#name "_site", 5, "c_called") NOP1);                 \
	BYTES(name##_native, "0x48, 0x8d, 0x41, 1, " NOP2)

CALL(c_call_last, ALTERNATIVE_2("call *%[pointer]", "lea 1(%%rcx), %%rax", T0, ALT_CALL_INSN,
				ALT_DIRECT_CALL(T6)));
CALL(c_call_first, ALTERNATIVE_2("call *%[pointer]", ALT_CALL_INSN, ALT_DIRECT_CALL(T6),
				 "lea 1(%%rcx), %%rax", T0));

/*
 * Juergen Gross's first example, and the same with what its text calls the last one: 0f c7 /4 is
 * XSAVEC, with XSAVEC's feature. Not executed: they want CR4.OSXSAVE.
 */
#define XSAVE(name, last, feature)                                                       \
	extern const u8 name##_site[];                                                   \
	static __section(SECTION) noinline __attribute__((used)) void name(void)         \
	{                                                                                \
		asm volatile(SITE(name) ALTERNATIVE_2(                                   \
				     "xsave64 0x40(%%r12)", "xsaveopt64 0x40(%%r12)",    \
				     X86_FEATURE_XSAVEOPT, last " 0x40(%%r12)", feature) \
			     :                                                           \
			     :                                                           \
			     : "memory");                                                \
	}

XSAVE(xsave_thread, "xsavec64", X86_FEATURE_XSAVEC)
XSAVE(xsave, "xsaves64", X86_FEATURE_XSAVES)
BYTES(xsave_0, "0x49, 0x0f, 0xae, 0x64, 0x24, 0x40");
BYTES(xsave_1, "0x49, 0x0f, 0xae, 0x74, 0x24, 0x40");
BYTES(xsavec, "0x49, 0x0f, 0xc7, 0x64, 0x24, 0x40");
BYTES(xsaves, "0x49, 0x0f, 0xc7, 0x6c, 0x24, 0x40");

const struct alt_case alt_c_cases[] = {
	{"c_one", c_one, c_one_site, 5, 1, {{c_one_0, NOTHING, 0}, {c_one_1, T0, 1}}},
	{"c_two",
	 c_two,
	 c_two_site,
	 5,
	 2,
	 {{c_two_0, NOTHING, 0}, {c_two_1, T1, 1}, {c_two_2, ALT_NOT(T5), 2}}},
	{"c_three",
	 c_three,
	 c_three_site,
	 9,
	 3,
	 {{c_three_0, NOTHING, 0}, {c_three_1, T6, 1}, {c_three_2, T2, 3}, {c_three_3, T7, 9}}},
	{"c_has", c_has, NULL, 0, 1, {{NULL, NOTHING, 0}, {NULL, T2, 1}}},
	{"c_has_not", c_has_not, NULL, 0, 1, {{NULL, NOTHING, 0}, {NULL, ALT_NOT(T7), 1}}},
	{"c_call_last",
	 c_call_last,
	 c_call_last_site,
	 6,
	 2,
	 {{c_call_last_indirect, NOTHING, 6},
	  {c_call_last_native, T0, 1},
	  {c_call_last_direct, ALT_DIRECT_CALL(T6), 5}}},
	{"c_call_first",
	 c_call_first,
	 c_call_first_site,
	 6,
	 2,
	 {{c_call_first_indirect, NOTHING, 6},
	  {c_call_first_direct, ALT_DIRECT_CALL(T6), 5},
	  {c_call_first_native, T0, 1}}},
	{ALT_CASE_XSAVE_THREAD,
	 NULL,
	 xsave_thread_site,
	 6,
	 2,
	 {{xsave_0, NOTHING, 0},
	  {xsave_1, X86_FEATURE_XSAVEOPT, 0},
	  {xsavec, X86_FEATURE_XSAVEC, 0}}},
	{ALT_CASE_XSAVE,
	 NULL,
	 xsave_site,
	 6,
	 2,
	 {{xsave_0, NOTHING, 0},
	  {xsave_1, X86_FEATURE_XSAVEOPT, 0},
	  {xsaves, X86_FEATURE_XSAVES, 0}}},
};
const unsigned int alt_c_cases_nr = ARRAY_SIZE(alt_c_cases);
