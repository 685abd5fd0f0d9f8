// SPDX-License-Identifier: BSD-2-Clause
/* The program of an isolated CPU: watches the clock, and enters the kernel as its table says. */
#include <arch/x86_64/asm.h>
#include <entry/user_abi.h>
#include <tests/user/noise.h>

#define PAUSE_MAX   4096
#define PAUSE_TRIES 8
#define PAUSE_GAPS  10 /* so many times the least gap is too long */

/* Each leaves its own kind of trap; #UD and #PF are two bytes long, and the kernel skips them. */
static void act(unsigned int action)
{
	switch (action) {
	case USER_ACT_SYSCALL:
		asm volatile("syscall" ::: "rcx", "r11", "memory");
		break;
	case USER_ACT_INT80:
		asm volatile("int $0x80" ::: "memory");
		break;
	case USER_ACT_UD:
		asm volatile("ud2" ::: "memory");
		break;
	case USER_ACT_PF:
		asm volatile("movb (%0), %%al" ::"D"(USER_BAD_ADDRESS) : "rax", "memory");
		break;
	case USER_ACT_BP:
		asm volatile("int3" ::: "memory");
		break;
	case USER_ACT_DB:
		/* Single step over the NOP; INT1 is no trap under QEMU's TCG. */
		asm volatile("pushfq; orl $0x100, (%%rsp); popfq; nop" ::: "memory", "cc");
		break;
	}
}

/*
 * About a microsecond between two looks at the clock, no more than an interruption lasts.
 * Emulators guard the TSC with a lock that all CPUs share: looking without pause would measure it.
 */
static void breathe(const struct user_page *page)
{
	unsigned int i, loops = page->pause;

	for (i = 0; i < loops; i++)
		asm volatile("" ::: "memory");
}

/*
 * Where a clock runs fast beside the instructions, Bochs', the pause would be so long that no interruption
 * shows: it is shortened to what a gap has to last at least. Not for less: it would be the host's fault.
 */
static void measure_pause(struct user_page *page)
{
	u64 start, least = ~0ul;
	unsigned int i;

	page->pause = PAUSE_MAX;
	for (i = 0; i < PAUSE_TRIES; i++) {
		start = rdtsc();
		breathe(page);
		least = min(least, rdtsc() - start);
	}
	if (page->gap_min && least > PAUSE_GAPS * page->gap_min)
		page->pause = PAUSE_MAX * page->gap_min / least;
}

/* A look at the clock, how often the kernel had been entered by then, and why since the one before. */
struct look {
	u64 at;
	u32 entered, causes;
};

/*
 * No entry between the three: each one lies before this look, or after it. The causes are taken out in
 * one instruction, so that none is lost to an entry on this CPU.
 */
static struct look look_now(struct user_page *page)
{
	struct look look = {};

	do {
		look.entered = READ_ONCE(page->entered);
		look.causes |= __atomic_exchange_n(&page->entered_by, 0, __ATOMIC_RELAXED);
		look.at = rdtsc();
	} while (READ_ONCE(page->entered) != look.entered);
	return look;
}

static void note_gap(struct user_page *page, u64 gap, u32 causes)
{
	unsigned int cause = __builtin_ctz(causes); /* of several the first of the enum */

	WRITE_ONCE(page->gaps[cause], page->gaps[cause] + 1);
	if (gap <= page->gap_max)
		return;
	WRITE_ONCE(page->gap_max_by, cause);
	WRITE_ONCE(page->gap_max, gap);
}

static void forget(struct user_page *page)
{
	unsigned int cause;

	WRITE_ONCE(page->gap_max, 0);
	for (cause = 0; cause < GAP_CAUSES; cause++)
		WRITE_ONCE(page->gaps[cause], 0);
}

/* What was away between the two looks goes into the statistics. */
static void note(struct user_page *page, const struct look *last, const struct look *now)
{
	struct user_gap gap = {
		.at = now->at,
		.cycles = now->at - last->at,
		.entries = now->entered - last->entered,
		.causes = now->causes,
		.vector = page->entered_vector,
	};

	if (!gap.entries || !gap.causes)
		gap.causes =
			noise_away(user_noise(page), &gap) >= page->gap_min ? BIT(GAP_OUTSIDE) : 0;
	if (gap.causes)
		note_gap(page, gap.cycles, gap.causes);
	noise_note(user_noise(page), &gap);
}

/* The kernel counts from when it sees reset_seen: no entry after that may come before *@last. */
static void start_anew(struct user_page *page, struct look *last)
{
	u32 reset = READ_ONCE(page->reset);

	forget(page);
	noise_forget(user_noise(page));
	*last = look_now(page);
	noise_begin(user_noise(page), last->at);
	smp_store_release(&page->reset_seen, reset);
}

/* For @cycles from *@last, which is moved on: what comes between two calls is seen, too. */
static void watch(struct user_page *page, u64 cycles, struct look *last)
{
	u64 start = last->at;
	struct look now;

	do {
		breathe(page);
		now = look_now(page);
		note(page, last, &now);
		*last = now;
		if (READ_ONCE(page->reset) != page->reset_seen)
			start_anew(page, last);
	} while (now.at - start < cycles);
}

void user_program(struct user_page *page)
{
	unsigned int action;
	struct look last;
	u32 nr;

	measure_pause(page);
	last = look_now(page);
	for (;;) {
		WRITE_ONCE(page->loops, page->loops + 1);
		nr = READ_ONCE(page->nr_actions); /* the kernel may set it to 0 meanwhile */
		if (!nr) {
			watch(page, page->spin_cycles, &last);
			continue;
		}
		action = page->actions[page->next++ % nr];
		if (action == USER_ACT_SPIN) {
			watch(page, page->spin_cycles, &last);
		} else {
			act(action);
			last = look_now(page);
			WRITE_ONCE(page->done[action], page->done[action] + 1);
		}
	}
}
