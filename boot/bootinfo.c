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
} __packed; /* entry_size may be odd */

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

/* The boot page tables map so much; a loader puts nothing higher. */
#define MAPPED_END (1ul << 32)
#define INFO_MAX   (1u << 20) /* no loader says so much */

/* @size bytes at @phys; NULL where the boot page tables do not reach. */
static const void *loader_bytes(u64 phys, u64 size)
{
	if (!phys || phys >= MAPPED_END || size > MAPPED_END - phys)
		return NULL;
	return phys_to_virt(phys);
}

static void add_region(u64 base, u64 size, u32 type)
{
	u64 end = base + size < base ? ~0ul : base + size; /* @bootinfo.wrap */

	if (size && boot_info.nr_regions < MEM_REGIONS_MAX)
		boot_info.regions[boot_info.nr_regions++] = (struct mem_region){base, end, type};
}

/* @most: bytes that may be looked at for its end. */
static void copy_cmdline(const char *from, size_t most)
{
	size_t len = 0;

	while (len < most && len < CMDLINE_SIZE && from[len]) /* @bootinfo.cmdline */
		len++;
	boot_info.cmdline_too_long = len >= CMDLINE_SIZE;
	len = min(len, (size_t)CMDLINE_SIZE - 1);
	memcpy(boot_info.cmdline, from, len);
	boot_info.cmdline[len] = '\0';
}

static const char *read_mmap(const struct mb2_mmap *mmap)
{
	const void *end = (const void *)mmap + mmap->tag.size;
	const struct mb2_mmap_entry *entry;
	const void *p = mmap + 1;

	if (mmap->tag.size < sizeof(*mmap) ||
	    mmap->entry_size < sizeof(*entry)) /* @bootinfo.mmap */
		return "the multiboot2 memory map has entries of an impossible size";
	for (; end - p >= (long)sizeof(*entry); p += mmap->entry_size) {
		entry = p;
		add_region(entry->base, entry->length, entry->type);
		if (mmap->entry_size > end - p)
			break;
	}
	return NULL;
}

/* What it says is believed or not by the code that draws (arch/x86_64/framebuffer.c). */
static void read_framebuffer(const struct mb2_framebuffer *from)
{
	struct boot_framebuffer *fb = &boot_info.framebuffer;
	size_t size = offsetof(struct mb2_framebuffer, colour);
	bool rgb;

	if (from->tag.size < size)
		return;
	rgb = from->type == BOOT_FB_RGB;
	if (rgb && from->tag.size < size + sizeof(from->colour))
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

static const char *read_tag(const struct mb2_tag *tag)
{
	size_t size = tag->size - sizeof(*tag);

	switch (tag->type) {
	case MB2_CMDLINE:
		copy_cmdline((const char *)(tag + 1), size);
		break;
	case MB2_MMAP:
		return read_mmap((const void *)tag);
	case MB2_FRAMEBUFFER:
		read_framebuffer((const void *)tag);
		break;
	case MB2_ACPI_OLD:
		if (boot_info.rsdp)
			break;
		/* fall through */
	case MB2_ACPI_NEW:
		memcpy(rsdp_copy, tag + 1, min(size, sizeof(rsdp_copy)));
		boot_info.rsdp = kernel_to_phys(rsdp_copy);
		break;
	}
	return NULL;
}

static const char *read_multiboot2(u64 info)
{
	const u32 *head = loader_bytes(info, 2 * sizeof(u32));
	const struct mb2_tag *tag;
	const char *error;
	u32 at = 8;

	if (!head || head[0] > INFO_MAX || !loader_bytes(info, head[0]))
		return "the multiboot2 information is of an impossible size";
	while (at + sizeof(*tag) <= head[0]) {
		tag = (const void *)head + at;
		if (tag->type == MB2_END)
			break;
		if (tag->size < sizeof(*tag) || tag->size > head[0] - at) /* @bootinfo.tag */
			return "a multiboot2 tag has an impossible size";
		error = read_tag(tag);
		if (error)
			return error;
		at += ALIGN_UP(tag->size, 8u);
	}
	return NULL;
}

static const char *read_pvh(u64 info)
{
	const struct pvh_start_info *start = loader_bytes(info, sizeof(*start));
	const struct pvh_memmap_entry *entry;
	u32 i, nr;

	if (!start || start->version < 1 || !start->memmap)
		return "the PVH loader gave no memory map (start_info version 0)";
	nr = min(start->memmap_entries, (u32)MEM_REGIONS_MAX);
	entry = loader_bytes(start->memmap, nr * sizeof(*entry));
	if (!entry || (start->cmdline && !loader_bytes(start->cmdline, CMDLINE_SIZE)))
		return "the PVH loader's memory map or command line lies above 4 GiB";
	for (i = 0; i < nr; i++)
		add_region(entry[i].addr, entry[i].size, entry[i].type);
	if (start->cmdline)
		copy_cmdline(phys_to_virt(start->cmdline), CMDLINE_SIZE);
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
