// SPDX-License-Identifier: BSD-2-Clause
/* Enters the kernel as often as it is told, and notes how long each way there and back took. */
#include <entry/user_abi.h>
#include <tests/cost/cost.h>

void user_cost(struct user_page *page)
{
	u64 start;
	u32 n;

	WRITE_ONCE(page->loops, 1);
	while (!(n = READ_ONCE(page->nr_actions)))
		;
	while (page->next < n && page->next < USER_SAMPLES_MAX) {
		start = cost_clock();
		if (page->actions[0] == USER_ACT_SYSCALL)
			asm volatile("syscall" ::: "rcx", "r11", "memory");
		else
			asm volatile("int $0x80" ::: "memory");
		page->samples[page->next] = cost_since(start);
		WRITE_ONCE(page->next, page->next + 1);
	}
	for (;;)
		;
}
