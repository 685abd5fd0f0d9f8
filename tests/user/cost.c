// SPDX-License-Identifier: BSD-2-Clause
/* Enters the kernel as often as it is told, and notes how long each way there and back took. */
#include <entry/user_abi.h>
#include <tests/cost/cost.h>

/*
 * What waits says PAUSE now and then, and whenever it was interrupted: an emulator that runs its CPUs in
 * turns goes on to the next one. One that runs them at once takes its lock for each PAUSE: of hundreds of
 * CPUs, one that is about to send or to take an IPI would not get it in time.
 */
#define RELAX_LOOPS 4096

static void note(struct user_page *page, u64 cycles)
{
	page->samples[page->next] = cycles < UINT32_MAX ? (u32)cycles : UINT32_MAX;
	WRITE_ONCE(page->next, page->next + 1);
}

static void enter(struct user_page *page, u32 n)
{
	u64 start;

	while (page->next < n) {
		start = cost_clock();
		if (page->actions[0] == USER_ACT_SYSCALL)
			asm volatile("syscall" ::: "rcx", "r11", "memory");
		else if (page->actions[0] == USER_ACT_INT80)
			asm volatile("int $0x80" ::: "memory");
		else
			asm volatile("ud2" ::: "memory");
		note(page, cost_since(start));
	}
}

/*
 * What it sees of an interruption: two looks at the clock in a row, with it in the one gap or in the
 * other. With @quiet every second one is noted without any. The next one may come once this is noted, so
 * the clock is read before that.
 */
static void watch(struct user_page *page, u32 n, bool quiet)
{
	u32 seen = READ_ONCE(page->entered), entered, looks = 0;
	u64 last = cost_clock(), now, cycles;

	WRITE_ONCE(page->watching, 1);
	while (page->next < n) {
		now = cost_clock();
		entered = READ_ONCE(page->entered);
		if (entered != seen || (quiet && ++looks % 2 == 0)) {
			cycles = cost_since(last);
			seen = entered;
			last = cost_clock();
			note(page, cycles);
		} else {
			last = now;
		}
	}
}

void user_cost(struct user_page *page)
{
	u32 n, seen = 0, entered;

	while (!(n = READ_ONCE(page->nr_actions))) {
		WRITE_ONCE(page->loops, page->loops + 1);
		entered = READ_ONCE(page->entered);
		if (entered == seen && page->loops % RELAX_LOOPS)
			continue;
		seen = entered;
		cpu_relax();
	}
	if (n > USER_SAMPLES_MAX)
		n = USER_SAMPLES_MAX;
	if (page->actions[0] == USER_ACT_SPIN)
		watch(page, n, page->actions[1]);
	else
		enter(page, n);
	for (;;)
		cpu_relax();
}
