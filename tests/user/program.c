// SPDX-License-Identifier: BSD-2-Clause
/* The program of an isolated CPU: watches the clock, and enters the kernel as its table says. */
#include <arch/x86_64/asm.h>
#include <entry/user_abi.h>

#define LOOP_BETWEEN_LOOKS 4096

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
static void breathe(void)
{
	unsigned int i;

	for (i = 0; i < LOOP_BETWEEN_LOOKS; i++)
		asm volatile("" ::: "memory");
}

/* The last look at the clock, and how often the kernel had been entered by then. */
struct look {
	u64 at;
	u32 entered;
};

/* No entry between the two: each one lies before this look, or after it. */
static struct look look_now(const struct user_page *page)
{
	struct look look;

	do {
		look.entered = READ_ONCE(page->entered);
		look.at = rdtsc();
	} while (READ_ONCE(page->entered) != look.entered);
	return look;
}

static void note_gap(struct user_page *page, u64 gap, enum gap_cause cause)
{
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

/* For @cycles from *@last, which is moved on: what comes between two calls is seen, too. */
static void watch(struct user_page *page, u64 cycles, struct look *last)
{
	u64 start = last->at;
	struct look now;

	do {
		breathe();
		now = look_now(page);
		if (now.entered != last->entered)
			note_gap(page, now.at - last->at, READ_ONCE(page->entered_by));
		else if (now.at - last->at >= page->gap_min)
			note_gap(page, now.at - last->at, GAP_OUTSIDE);
		*last = now;
		if (READ_ONCE(page->reset) != page->reset_seen) {
			page->reset_seen = page->reset;
			forget(page);
			*last = look_now(page);
		}
	} while (now.at - start < cycles);
}

void user_program(struct user_page *page)
{
	struct look last = look_now(page);
	unsigned int action;
	u32 nr;

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
