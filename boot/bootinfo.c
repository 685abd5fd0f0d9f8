// SPDX-License-Identifier: BSD-2-Clause
/* Multiboot2 specification 2.0, section 3.6; Xen's public/arch-x86/hvm/start_info.h. */
#include <arch/x86_64/pgtable.h>
#include <boot/bootinfo.h>
#include <kernel/lib/string.h>

struct mb2_tag {
	u32 type;
	u32 size;
};

enum {
	MB2_END = 0,
	MB2_CMDLINE = 1,
	MB2_MMAP = 6,
	MB2_FRAMEBUFFER = 8,
	MB2_ACPI_OLD = 14,
	MB2_ACPI_NEW = 15
};

struct mb2_mmap {
	struct mb2_tag tag;
	u32 entry_size;
	u32 entry_version;
};

struct mb2_mmap_entry {
	u64 base;
	u64 length;
	u32 type;
	u32 reserved;
};

struct mb2_framebuffer {
	struct mb2_tag tag;
	u64 addr;
	u32 pitch, width, height;
	u8 bits, type;
	u16 reserved;
	struct {
		u8 position, size;
	} colour[3]; /* of type RGB only */
};

struct pvh_start_info {
	u32 magic;
	u32 version;
	u32 flags;
	u32 nr_modules;
	u64 modlist;
	u64 cmdline;
	u64 rsdp;
	u64 memmap; /* from version 1 */
	u32 memmap_entries;
};

struct pvh_memmap_entry {
	u64 addr;
	u64 size;
	u32 type;
	u32 reserved;
};

struct boot_info boot_info;
/* GRUB hands over a copy of the RSDP; it must outlive the loader's memory. */
static u8 rsdp_copy[36] __aligned(16);

static void add_region(u64 base, u64 size, u32 type)
{
	if (!size || boot_info.nr_regions == MEM_REGIONS_MAX)
		return;
	boot_info.regions[boot_info.nr_regions++] = (struct mem_region){base, base + size, type};
}

static void copy_cmdline(const char *from)
{
	size_t len = strlen(from);

	boot_info.cmdline_too_long = len >= CMDLINE_SIZE;
	len = min(len, (size_t)CMDLINE_SIZE - 1);
	memcpy(boot_info.cmdline, from, len);
	boot_info.cmdline[len] = '\0';
}

static void read_mmap(const struct mb2_mmap *mmap)
{
	const void *end = (const void *)mmap + mmap->tag.size;
	const struct mb2_mmap_entry *entry;
	const void *p;

	for (p = mmap + 1; p + sizeof(*entry) <= end; p += mmap->entry_size) {
		entry = p;
		add_region(entry->base, entry->length, entry->type);
	}
}

/* What it says is believed or not by the code that draws (arch/x86_64/framebuffer.c). */
static void read_framebuffer(const struct mb2_framebuffer *from)
{
	struct boot_framebuffer *fb = &boot_info.framebuffer;
	size_t size = offsetof(struct mb2_framebuffer, colour);
	bool rgb = from->type == BOOT_FB_RGB;

	if (rgb)
		size += sizeof(from->colour);
	if (from->tag.size < size)
		return;
	*fb = (struct boot_framebuffer){.addr = from->addr,
					.pitch = from->pitch,
					.width = from->width,
					.height = from->height,
					.bits = from->bits,
					.type = from->type};
	if (rgb)
		memcpy(fb->colour, from->colour, sizeof(fb->colour));
}

static const char *read_multiboot2(u64 info)
{
	const u32 *head = phys_to_virt(info);
	const void *end = (const void *)head + head[0];
	const struct mb2_tag *tag;
	const void *p;

	for (p = head + 2; p + sizeof(*tag) <= end; p += ALIGN_UP(tag->size, 8u)) {
		tag = p;
		if (tag->type == MB2_END)
			break;
		if (tag->size < sizeof(*tag))
			return "a multiboot2 tag has an impossible size";
		switch (tag->type) {
		case MB2_CMDLINE:
			copy_cmdline((const char *)(tag + 1));
			break;
		case MB2_MMAP:
			read_mmap(p);
			break;
		case MB2_FRAMEBUFFER:
			read_framebuffer(p);
			break;
		case MB2_ACPI_OLD:
			if (boot_info.rsdp)
				break;
			/* fall through */
		case MB2_ACPI_NEW:
			memcpy(rsdp_copy, tag + 1,
			       min(tag->size - sizeof(*tag), sizeof(rsdp_copy)));
			boot_info.rsdp = kernel_to_phys(rsdp_copy);
			break;
		}
	}
	return NULL;
}

static const char *read_pvh(u64 info)
{
	const struct pvh_start_info *start = phys_to_virt(info);
	const struct pvh_memmap_entry *entry;
	u32 i;

	if (start->version < 1 || !start->memmap)
		return "the PVH loader gave no memory map (start_info version 0)";
	entry = phys_to_virt(start->memmap);
	for (i = 0; i < start->memmap_entries; i++)
		add_region(entry[i].addr, entry[i].size, entry[i].type);
	if (start->cmdline)
		copy_cmdline(phys_to_virt(start->cmdline));
	boot_info.rsdp = start->rsdp;
	return NULL;
}

const char *bootinfo_read(enum boot_protocol protocol, u64 info)
{
	const char *error;

	boot_info.protocol = protocol;
	error = protocol == BOOT_PVH ? read_pvh(info) : read_multiboot2(info);
	if (!error && !boot_info.nr_regions)
		error = "the loader gave no memory map";
	return error;
}
