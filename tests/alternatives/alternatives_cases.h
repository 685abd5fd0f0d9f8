/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locations with alternatives, and for each of their variants what must be there, written down
 * byte by byte: the assembler and the linker work it out, the engine has no part in it.
 */
#ifndef TESTS_ALTERNATIVES_CASES_H
#define TESTS_ALTERNATIVES_CASES_H

#include <patching/alternative_engine.h>
#include <tests/alternatives/features.h>

#define ALT_VARIANTS 9 /* the original and up to eight entries */
#define ALT_SITES    48

struct alt_variant {
	const u8 *bytes; /* final, of the location's length; NULL: see alt_case.site */
	u32 feature;	 /* ALT_NOT(), ALT_DIRECT_CALL(); nothing for the original */
	u32 value;	 /* what run() returns */
};

/* Laid out by tests/alternatives/alternatives_sites.asm too. */
struct alt_case {
	const char *name;
	u32 (*run)(void); /* executes the location; NULL: not every CPU can */
	const u8 *site;	  /* NULL: the first location in run(), a jump that becomes NOPs */
	u32 len;
	u32 entries;
	struct alt_variant variants[ALT_VARIANTS]; /* [0] is the original, then as in the table */
};

extern const struct alt_case alt_nasm_cases[], alt_nasm_cases_end[];
extern const struct alt_case alt_c_cases[];
extern const unsigned int alt_c_cases_nr;

/*
 * The examples of "x86/alternative: Patch a single alternative location only once" (J. Gross, September
 * 2025): XSAVE three ways; a call, an instruction and a direct call.
 */
#define ALT_CASE_XSAVE_THREAD "xsave_thread"
#define ALT_CASE_XSAVE	      "xsave"
#define ALT_CASE_CALL_LAST    "alt_call_last"
#define ALT_CASE_CALL_FIRST   "alt_call_first"
#define ALT_CASE_VISIBLE      "alt_visible"

/* A case at work. */
struct alt_work {
	const struct alt_case *c;
	unsigned long addr;
	unsigned int len;
	const struct alt_instr *first, *end; /* its entries in the kernel's table */
	u8 original[ALT_MAX_LENGTH];
	u32 writes; /* since somebody set it to 0 */
};

extern struct alt_work alt_works[ALT_SITES];
extern unsigned int alt_works_nr;

/* Features that the engines are run with: those of this CPU, the test word apart. */
extern u32 alt_features[CPUFEATURE_WORDS];

/* Fills alt_works; what is wrong with the table or the cases, or NULL. Once a test. */
const char *alt_works_init(void);
struct alt_work *alt_work_find(const char *name);

/* Does alt_features want an entry of this feature? */
bool alt_present(u32 feature);

/* Which variant must be there: 0 for the original. */
unsigned int alt_expected(const struct alt_work *work);

/* The bytes that variant must have. */
const u8 *alt_expected_bytes(const struct alt_work *work, unsigned int variant);

/* The part about who sees what while a location is written. Says itself what it finds wrong. */
struct alt_visible_counts {
	u64 old_intermediate, new_intermediate, torn, int3_torn;
	u64 events, events_by_others;
};
void alt_test_visibility(struct alt_visible_counts *counts);

#endif
