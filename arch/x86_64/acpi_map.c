// SPDX-License-Identifier: BSD-2-Clause
/* Tables are where their pointers say, and their lengths what they claim: neither is believed. */
#include <arch/x86_64/acpi.h>
#include <arch/x86_64/pgtable.h>
#include <boot/bootinfo.h>

#define TABLE_MAX (16ul << 20) /* no DSDT is so large */
#define LOW_END	  0x100000     /* the BIOS area and its data are in no memory map at times */

/* Is @phys in memory of any kind, as the loader's map has it? A map of nothing refuses nothing. */
static bool is_memory(u64 phys)
{
	u32 i;

	if (phys < LOW_END || !boot_info.nr_regions)
		return true;
	for (i = 0; i < boot_info.nr_regions; i++)
		if (phys >= boot_info.regions[i].start && phys < boot_info.regions[i].end)
			return true;
	return false;
}

const void *acpi_map(u64 phys, u64 size)
{
	u64 end = phys + size;

	if (!size || size > TABLE_MAX || end < phys || end > KSTACK_BASE - DIRECT_MAP_BASE)
		return NULL;
	if (!is_memory(phys) || !is_memory(end - 1))
		return NULL;
	map_direct(phys, size);
	return phys_to_virt(phys);
}
