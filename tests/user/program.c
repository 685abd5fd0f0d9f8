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

static void watch(struct user_page *page, u64 cycles)
{
	u64 start = rdtsc(), last = start, now;

	do {
		breathe();
		now = rdtsc();
		if (now - last > page->gap_max)
			WRITE_ONCE(page->gap_max, now - last);
		last = now;
		if (READ_ONCE(page->reset) != page->reset_seen) {
			page->reset_seen = page->reset;
			WRITE_ONCE(page->gap_max, 0);
			last = rdtsc();
		}
	} while (now - start < cycles);
}

void user_program(struct user_page *page)
{
	unsigned int action;
	u32 nr;

	for (;;) {
		WRITE_ONCE(page->loops, page->loops + 1);
		nr = READ_ONCE(page->nr_actions); /* the kernel may set it to 0 meanwhile */
		if (!nr) {
			watch(page, page->spin_cycles);
			continue;
		}
		action = page->actions[page->next++ % nr];
		if (action == USER_ACT_SPIN) {
			watch(page, page->spin_cycles);
		} else {
			act(action);
			WRITE_ONCE(page->done[action], page->done[action] + 1);
		}
	}
}
