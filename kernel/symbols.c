// SPDX-License-Identifier: BSD-2-Clause
#include <arch/x86_64/sections.h>
#include <kernel/lib/printf.h>
#include <kernel/symbols.h>

/* kernel/symbols/symbols.awk writes them. */
extern const u64 symbols_count, symbols_addr[];
extern const u32 symbols_name[];

const char *symbol_lookup(unsigned long addr, unsigned long *start, unsigned long *size)
{
	u64 low = 0, high = symbols_count, mid;

	if (addr < (u64)__text_start || addr >= (u64)__entry_text_end)
		return NULL;
	while (low < high) {
		mid = (low + high) / 2;
		if (symbols_addr[mid] <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low)
		return NULL;
	*start = symbols_addr[low - 1];
	*size = (low < symbols_count ? symbols_addr[low] : (u64)__entry_text_end) - *start;
	return (const char *)symbols_name + symbols_name[low - 1];
}

size_t symbol_format(char *buf, size_t size, unsigned long addr)
{
	unsigned long start, length;
	const char *name = symbol_lookup(addr, &start, &length);

	if (!name)
		return scnprintf(buf, size, "%lx", addr);
	return scnprintf(buf, size, "%s+0x%lx/0x%lx", name, addr - start, length);
}
