// SPDX-License-Identifier: BSD-2-Clause
/*
 * The text is `mov eax, imm32; ret`, at three places of two pages of a table of this file's own; it is
 * written through the direct map. A store to another linear address than the fetch's is seen behind
 * a serialising instruction, and a new translation behind INVLPG (SDM vol. 3, 9.1.3 and 4.10.4.1).
 */
#include <arch/x86_64/asm.h>
#include <arch/x86_64/cpu.h>
#include <arch/x86_64/pgtable.h>
#include <arch/x86_64/sync_core.h>
#include <arch/x86_64/tlb.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>
#include <kernel/memory.h>
#include <patching/kernel/text_check.h>

#define ROUNDS	  8
#define LINE	  64
#define FRAMES	  3 /* two pages of text, and another second one */
#define MOV_IMM	  0
#define IMM_FRONT 1 /* in front of the edge */
#define IMM_BACK  3 /* behind it */
#define RET	  5
#define TEXT_ADDR POKING_ADDR

static const struct place {
	const char *name;
	u32 offset;
} places[] = {
	{"within a cache line", LINE},
	{"across two cache lines", 2 * LINE - IMM_BACK},
	{"across two pages", PAGE_SIZE - IMM_BACK},
};
static const struct place *const across_pages = &places[2];

/* Which bytes of the immediate are overwritten at once. */
static const struct part {
	u32 offset, len, step;
} parts[] = {{IMM_FRONT, 2, 1}, {IMM_BACK, 2, 0x10000}, {IMM_FRONT, 4, 0x10001}};

static char seen[TEXT_CHANGES][192]; /* the first of each */

const char *text_check_failed(enum text_change change)
{
	return seen[change][0] ? seen[change] : NULL;
}

static void who(char *buf, size_t size)
{
	if (cpu_info.nr_hypervisors)
		scnprintf(buf, size, "%s", cpu_info.hypervisors[0].name);
	else
		scnprintf(buf, size, "this processor (%s, family %u, model %u)", cpu_info.vendor,
			  cpu_info.family, cpu_info.model);
}

/* Behind a serialising instruction. */
static void execute(const struct place *place, enum text_change change, u32 want)
{
	u32 (*text)(void) = (void *)(TEXT_ADDR + place->offset);
	char name[64];
	u32 got;

	iret_to_self();
	got = text();
	if (got == want || seen[change][0])
		return;
	who(name, sizeof(name));
	scnprintf(
		seen[change], sizeof(seen[change]),
		"%s runs old text: an instruction %s yielded %x, not %x, after its CPU had %s and "
		"serialised",
		name, place->name, got, want,
		change == TEXT_OVERWRITTEN ? "overwritten it" : "replaced the second page");
}

/* @frames: the text in the direct map. */
static void build(u8 *frames, const struct place *place)
{
	u8 *at = frames + place->offset;

	memset(at + IMM_FRONT, 0, sizeof(u32));
	at[MOV_IMM] = 0xb8;
	at[RET] = 0xc3;
}

static void check_overwritten(u8 *frames, const struct place *place)
{
	u8 *at = frames + place->offset;
	const struct part *part;
	unsigned int round;
	u32 imm = 0;

	for (round = 1; round <= ROUNDS; round++)
		for (part = parts; part < parts + ARRAY_SIZE(parts); part++) {
			imm += part->step;
			memcpy(at + part->offset, (u8 *)&imm + part->offset - IMM_FRONT,
			       part->len); /* @old.write */
			execute(place, TEXT_OVERWRITTEN, imm);
		}
}

/* @entry: of the second page, which is frame 1 now. */
static void check_replaced(u8 *frames, pgd_t *entry)
{
	u64 phys = virt_to_phys(frames) + PAGE_SIZE;
	u8 *imm = frames + across_pages->offset + IMM_FRONT;
	unsigned int round, other;
	u32 want;
	u8 tail;

	/* Another end of the same instruction. */
	memcpy(frames + 2 * PAGE_SIZE, frames + PAGE_SIZE, RET + 1);
	frames[2 * PAGE_SIZE] ^= 0x55;
	for (round = 0; round < 2 * ROUNDS; round++) {
		other = (round + 1) % 2;
		WRITE_ONCE(*entry, (phys + other * PAGE_SIZE) | PAGE_KERNEL_RX);
		invlpg((void *)(TEXT_ADDR + PAGE_SIZE));
		memcpy(&want, imm, sizeof(want));
		tail = frames[(1 + other) * PAGE_SIZE];
		want = (want & 0xff00ffff) | (u32)tail << 16;
		execute(across_pages, TEXT_REPLACED, want);
	}
}

void text_check(void)
{
	u8 *frames = alloc_pages(FRAMES, 1);
	const struct place *place;
	struct mm mm = {};
	u64 ignored, cr3;
	unsigned int i;
	u64 flags;

	mm.pgd = alloc_pages(2, 2);
	memcpy(mm.pgd, init_mm.pgd, PAGE_SIZE);
	memset(user_pgd(mm.pgd), 0, PAGE_SIZE);
	map_range(mm.pgd, TEXT_ADDR, virt_to_phys(frames), 2 * PAGE_SIZE, PAGE_KERNEL_RX, false);

	flags = local_irq_save();
	cr3 = read_cr3();
	write_cr3(virt_to_phys(mm.pgd));
	for (place = places; place < places + ARRAY_SIZE(places); place++) {
		build(frames, place);
		check_overwritten(frames, place);
	}
	check_replaced(frames, lookup_address(mm.pgd, TEXT_ADDR + PAGE_SIZE, &ignored));
	write_cr3(cr3);
	local_irq_restore(flags);

	for (i = 0; i < FRAMES; i++)
		free_page(frames + i * PAGE_SIZE);
}
