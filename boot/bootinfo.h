/* SPDX-License-Identifier: BSD-2-Clause */
/* What the loader told us, in one form for all loaders. */
#ifndef BOOT_BOOTINFO_H
#define BOOT_BOOTINFO_H

#include <kernel/lib/types.h>

enum boot_protocol {
	BOOT_MULTIBOOT2 = 1,
	BOOT_PVH = 2
};

enum mem_type {
	MEM_RAM = 1,
	MEM_RESERVED = 2,
	MEM_ACPI = 3,
	MEM_NVS = 4
};

struct mem_region {
	u64 start;
	u64 end; /* exclusive */
	u32 type;
};

/* As multiboot2 numbers them (specification 2.0, 3.6.12). */
enum boot_fb_type {
	BOOT_FB_INDEXED = 0,
	BOOT_FB_RGB = 1,
	BOOT_FB_TEXT = 2
};

struct boot_framebuffer {
	u64 addr;
	u32 pitch;	   /* bytes from one line to the next */
	u32 width, height; /* pixels; characters in a text mode; 0: none */
	u8 bits;
	u8 type;
	struct {
		u8 position, size; /* in bits */
	} colour[3];		   /* red, green, blue */
};

#define MEM_REGIONS_MAX 128
#define CMDLINE_SIZE	4096

struct boot_info {
	enum boot_protocol protocol;
	char cmdline[CMDLINE_SIZE];
	bool cmdline_too_long;
	u64 rsdp; /* physical, 0 if the loader gave none */
	struct boot_framebuffer framebuffer;
	u32 nr_regions;
	struct mem_region regions[MEM_REGIONS_MAX]; /* as given; may be unsorted */
};

extern struct boot_info boot_info;

/*
 * Reads the loader's information into boot_info, which is then all that is kept of it.
 * @protocol: which loader; @info: physical address of its structure, below 4 GiB.
 * Returns NULL, or what is wrong. Early boot only, on the boot page tables.
 */
const char *bootinfo_read(enum boot_protocol protocol, u64 info);

#endif
