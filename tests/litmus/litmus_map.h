/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the victim of a litmus test executes or reads, and what the sender changes: sites of text, and
 * pages that lead to one of two frames. They lie in tables that only the two CPUs load.
 */
#ifndef TESTS_LITMUS_MAP_H
#define TESTS_LITMUS_MAP_H

#include <arch/x86_64/pgtable.h>
#include <patching/text_poke_arch.h>
#include <tests/litmus/litmus_serialize.h>

#define LITMUS_ROUNDS	  64 /* sites for one meeting, at most */
#define LITMUS_TEXT_PAGES 16

#define LITMUS_EXEC_ADDR 0x0000710000000000ul /* read and execute */
#define LITMUS_BOTH_ADDR 0x0000720000000000ul /* write as well */
#define LITMUS_PAGE_ADDR 0x0000730000000000ul

/* How many sites, how far apart, and where in theirs the immediate begins. */
struct litmus_layout {
	unsigned int sites, stride, imm;
};
extern const struct litmus_layout litmus_layouts[LITMUS_NR_STORES];

/* `mov $imm32, %eax; ret` a site; version is what all hold. pages: in the direct map, writable. */
struct litmus_text {
	u8 *pages;
	u8 version;
};
extern struct litmus_text litmus_texts[LITMUS_NR_STORES];

/* A page a site, which leads to one of these two frames. */
struct litmus_mapping {
	pgd_t *entries;
	u64 frames[2];
	u8 version;
};
extern struct litmus_mapping litmus_mapping;

extern struct litmus_operands litmus_operands;

/* Allocates and maps all of it; once. CPU 0. */
void litmus_map(void);

static inline unsigned int litmus_sites(const struct litmus_test *test)
{
	return test->what == LITMUS_TEXT ? litmus_layouts[test->store].sites : LITMUS_ROUNDS;
}

/* Where round @i's victim goes: a site, or a page. */
static __always_inline const u8 *litmus_target(const struct litmus_test *test, unsigned int i)
{
	const struct litmus_layout *layout = &litmus_layouts[test->store];
	u64 text = test->alias == LITMUS_ALIAS ? LITMUS_EXEC_ADDR : LITMUS_BOTH_ADDR;

	if (test->what == LITMUS_PTE)
		return (u8 *)LITMUS_PAGE_ADDR + i * PAGE_SIZE;
	return (u8 *)text + test->store * (u64)LITMUS_TEXT_PAGES * PAGE_SIZE + i * layout->stride +
	       layout->imm - 1;
}

/* What the victim finds there: the immediate, or the page's first byte. */
static __always_inline u32 litmus_use(const struct litmus_test *test, const u8 *at)
{
	u32 value;

	if (test->what == LITMUS_PTE)
		return *(const volatile u8 *)at;
	asm volatile("call *%1" : "=a"(value) : "r"(at) : "memory");
	return value;
}

/* What all sites hold now, or all pages lead to. */
static inline u8 *litmus_version_of(const struct litmus_test *test)
{
	return test->what == LITMUS_TEXT ? &litmus_texts[test->store].version
					 : &litmus_mapping.version;
}

/* What it must find once @version stands there. */
static inline u32 litmus_value(const struct litmus_test *test, u8 version)
{
	if (test->what == LITMUS_PTE)
		return version & 1;
	return test->store == LITMUS_BYTE ? version : version * 0x01010101u;
}

/* The sender: the site's byte, as the engine writes it. IRQs off; nobody else patches. */
static inline void litmus_write_by_engine(unsigned int i, u8 version)
{
	const struct litmus_layout *layout = &litmus_layouts[LITMUS_BYTE];
	u8 *imm = litmus_texts[LITMUS_BYTE].pages + i * layout->stride + layout->imm;

	text_write_begin();
	text_write((unsigned long)imm, &version, 1);
	text_write_end(); /* its CR3 write pairs with litmus_serialize() */
}

static __always_inline void litmus_change(const struct litmus_test *test, unsigned int i,
					  u8 version)
{
	const struct litmus_layout *layout = &litmus_layouts[test->store];
	u8 *imm;

	if (test->what == LITMUS_PTE) {
		WRITE_ONCE(litmus_mapping.entries[i],
			   litmus_mapping.frames[version & 1] | PAGE_KERNEL_RO);
		return;
	}
	imm = test->alias == LITMUS_ALIAS
		      ? litmus_texts[test->store].pages + i * layout->stride + layout->imm
		      : (u8 *)litmus_target(test, i) + 1;
	litmus_store_version(test->store, imm, version);
}

#endif
