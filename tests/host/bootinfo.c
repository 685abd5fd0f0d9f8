// SPDX-License-Identifier: BSD-2-Clause
/*
 * What loaders say, with faults: nothing beside the bytes that they gave is read, and what cannot be is
 * refused. With a number as its argument: so many random ones of each form.
 */
#include <stdlib.h>
#include <arch/x86_64/pgtable.h>
#include <tests/host/lib/tap.h>

static void *give(u64 phys);
#define phys_to_virt(phys)   give(phys)
#define kernel_to_phys(virt) 0x1000
#include "../../boot/bootinfo.c"

#define AT     0x12345678
#define SIZE   512
#define RANDOM 50000

static u8 clean[SIZE], *info; /* of just that size: the sanitizer sees what is read beside it */
static size_t clean_size;

/* Whatever physical address: the loader's bytes, or memory of the same kind. */
static void *give(u64 phys)
{
	static u8 other[CMDLINE_SIZE + 4096];

	return phys == AT ? info : other;
}

static void put(size_t at, const void *bytes, size_t len)
{
	memcpy(clean + at, bytes, len);
	if (at + len > clean_size)
		clean_size = ALIGN_UP(at + len, 8ul);
}

static void put32(size_t at, u32 value)
{
	put(at, &value, sizeof(value));
}

static void put64(size_t at, u64 value)
{
	put(at, &value, sizeof(value));
}

enum {
	CMDLINE = 8,
	MMAP = 32,
	FB = 96,
	RSDP = 136,
	END = 184
};

static void build_multiboot2(void)
{
	memset(clean, 0, sizeof(clean));
	clean_size = 0;
	put32(CMDLINE, MB2_CMDLINE);
	put32(CMDLINE + 4, 8 + strlen("test=poke")); /* its end is not in it */
	put(CMDLINE + 8, "test=pokeXXXXXXX", 16);
	put32(MMAP, MB2_MMAP);
	put32(MMAP + 4, 16 + 2 * 24);
	put32(MMAP + 8, 24);
	put64(MMAP + 16, 0);
	put64(MMAP + 24, 0x9f000);
	put32(MMAP + 32, MEM_RAM);
	put64(MMAP + 40, 0x100000000);
	put64(MMAP + 48, 0x7f00000);
	put32(MMAP + 56, MEM_RAM);
	put32(FB, MB2_FRAMEBUFFER);
	put32(FB + 4, sizeof(struct mb2_framebuffer));
	put32(FB + 8, 0xfd000000);
	put32(FB + 16, 1024);
	clean[FB + 29] = BOOT_FB_RGB;
	put32(RSDP, MB2_ACPI_NEW);
	put32(RSDP + 4, 8 + 36);
	put32(END, MB2_END);
	put32(END + 4, 8);
	put32(0, clean_size);
}

static void build_pvh(void)
{
	memset(clean, 0, sizeof(clean));
	clean_size = 0;
	put32(0, 0x336ec578);
	put32(4, 1);
	put64(24, 0x300000);
	put64(32, 0xf0000);
	put64(40, 0x300000);
	put32(48, 5);
	put32(52, 0);
}

static const char *read_it(enum boot_protocol protocol)
{
	const char *error;

	memset(&boot_info, 0, sizeof(boot_info));
	error = bootinfo_read(protocol, AT);
	return error;
}

static void copy(void)
{
	free(info);
	info = malloc(clean_size);
	memcpy(info, clean, clean_size);
}

/* With one 32-bit number replaced: refused so, or read. */
static void fault(const char *name, size_t at, u32 value, const char *want)
{
	const char *error;

	copy();
	memcpy(info + at, &value, sizeof(value));
	error = read_it(BOOT_MULTIBOOT2);
	if (!ok(want ? error && strstr(error, want) : !error, "%s", name))
		printf("# %s\n", error ? error : "no error");
}

static void faults(void)
{
	build_multiboot2();
	fault("multiboot2 as it is", END, MB2_END, NULL);
	ok(!strcmp(boot_info.cmdline, "test=poke") && boot_info.nr_regions == 2 && boot_info.rsdp &&
		   boot_info.framebuffer.pitch == 1024 && boot_info.regions[1].end == 0x107f00000,
	   "command line (it ends with its tag), memory, RSDP, framebuffer");
	fault("a tag of no bytes", CMDLINE + 4, 0, "tag has an impossible size");
	fault("a tag longer than all of them", RSDP + 4, 4096, "tag has an impossible size");
	fault("a tag of 4 GiB", FB + 4, 0xffffffff, "tag has an impossible size");
	fault("entries of no bytes", MMAP + 8, 0, "entries of an impossible size");
	fault("entries that are too short", MMAP + 8, 23, "entries of an impossible size");
	fault("entries of 4 GiB", MMAP + 8, 0xffffffff, NULL);
	fault("a map without its head", MMAP + 4, 8, "entries of an impossible size");
	fault("memory that wraps", MMAP + 52, 0xffffffff, NULL);
	ok(boot_info.regions[1].end > boot_info.regions[1].start, "ends above its start");
	fault("a framebuffer without its end", FB + 4, 34, NULL);
	ok(!boot_info.framebuffer.pitch, "is none");
	fault("information of no bytes", 0, 0, "gave no memory map");
	fault("information of 4 GiB", 0, 0xffffffff, "information is of an impossible size");
}

static void build_random(enum boot_protocol protocol, u64 *state, unsigned long n)
{
	unsigned long i;
	unsigned int faults;

	for (i = 0; i < n; i++) {
		copy();
		for (faults = 1 + i % 6; faults; faults--) {
			*state = *state * 6364136223846793005ull + 1442695040888963407ull;
			/* The total is what GRUB gave memory for: a larger one cannot be noticed. */
			info[4 + (*state >> 33) % (clean_size - 4)] = *state >> 57;
		}
		read_it(protocol);
	}
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : RANDOM;
	u64 state = 88172645463325252ull;

	faults();
	build_random(BOOT_MULTIBOOT2, &state, n);
	ok(1, "%lu of multiboot2 with random faults: nothing beside them was read", n);
	build_pvh();
	copy();
	ok(!read_it(BOOT_PVH) || boot_info.rsdp == 0xf0000, "PVH");
	build_random(BOOT_PVH, &state, n);
	ok(1, "%lu of PVH with random faults: nothing beside them was read", n);
	free(info);
	return done_testing();
}
