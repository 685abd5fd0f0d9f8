// SPDX-License-Identifier: BSD-2-Clause
#define Z_SOLO /* zlib.h: no C library here */
#include <zlib.h>
#include <qrcodegen/qrcodegen.h>
#include <arch/x86_64/sse.h>
#include <kernel/codes/codes.h>
#include <kernel/lib/printf.h>
#include <kernel/lib/string.h>

#define GZIP_MAX     (64 * 1024)
#define BASE32_MAX   (GZIP_MAX / 5 * 8)
#define VERSION_MAX  25
#define HEAD	     "LATESYNC %02u/%02u %08X "
#define HEAD_LEN     24
#define PART_MAX     (1451 - HEAD_LEN) /* version 25 at medium correction holds 1451 characters */
#define ZLIB_MEMORY  (320 * 1024)      /* zlib.h, deflateInit2(): 2^17 + 2^17 bytes, and a few kB */
#define WINDOW_BITS  15
#define AS_GZIP	     16 /* zlib.h, deflateInit2(): added to the window's bits */
#define MEMORY_LEVEL 8

static u8 gzip[GZIP_MAX];
static char base32[BASE32_MAX];
static size_t base32_len, part_len;
static unsigned int nr_codes;
static u32 crc;

static u8 zlib_memory[ZLIB_MEMORY] __aligned(16);
static size_t zlib_used;

static u8 buffer[qrcodegen_BUFFER_LEN_FOR_VERSION(VERSION_MAX)];
static u8 data[qrcodegen_BUFFER_LEN_FOR_VERSION(VERSION_MAX)];
static u8 code[qrcodegen_BUFFER_LEN_FOR_VERSION(VERSION_MAX)];

bool codes_built(void)
{
	return true;
}

static void *take(void *unused, unsigned int items, unsigned int size)
{
	void *p = zlib_memory + zlib_used;

	if (ZLIB_MEMORY - zlib_used < (size_t)items * size)
		return NULL;
	zlib_used += ALIGN_UP((size_t)items * size, 16ul);
	return p;
}

static void give_back(void *unused, void *p)
{
}

/* Returns the length of the gzip file, 0 if it is too long. */
static size_t compress_text(const char *text, size_t len)
{
	z_stream z = {
		.next_in = (u8 *)text,
		.avail_in = len,
		.next_out = gzip,
		.avail_out = sizeof(gzip) - 4, /* for zeros */
		.zalloc = take,
		.zfree = give_back,
	};

	zlib_used = 0;
	if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, WINDOW_BITS + AS_GZIP, MEMORY_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK ||
	    deflate(&z, Z_FINISH) != Z_STREAM_END)
		return 0;
	/* Its last 8 bytes: the CRC-32 and the length of the text (RFC 1952, 2.3.1). */
	memcpy(&crc, gzip + z.total_out - 8, sizeof(crc));
	return z.total_out;
}

/* Five bytes become eight characters. */
static void to_base32(size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	size_t from, i;
	u64 group;

	memset(gzip + len, 0, 4);
	base32_len = 0;
	for (from = 0; from < len; from += 5) {
		for (group = 0, i = 0; i < 5; i++)
			group = group << 8 | gzip[from + i];
		for (i = 0; i < 8; i++)
			base32[base32_len++] = digits[group >> (35 - 5 * i) & 31];
	}
}

/* The libraries align their stack as user programs do, an interrupted one may not be. */
__attribute__((force_align_arg_pointer)) unsigned int codes_prepare(const char *text, size_t len)
{
	sse_allow();
	to_base32(compress_text(text, len));
	nr_codes = (base32_len + PART_MAX - 1) / PART_MAX;
	if (!nr_codes || nr_codes > CODES_MAX)
		return nr_codes = 0;
	part_len = (base32_len + nr_codes - 1) / nr_codes; /* all equally large */
	return nr_codes;
}

__attribute__((force_align_arg_pointer)) unsigned int codes_select(unsigned int i)
{
	char text[HEAD_LEN + PART_MAX + 1];
	struct qrcodegen_Segment segment;
	size_t from = i * part_len, len = min(part_len, base32_len - from);

	sse_allow();
	scnprintf(text, sizeof(text), HEAD, i + 1, nr_codes, crc);
	memcpy(text + HEAD_LEN, base32 + from, len);
	text[HEAD_LEN + len] = '\0';
	segment = qrcodegen_makeAlphanumeric(text, data);
	if (!qrcodegen_encodeSegmentsAdvanced(&segment, 1, qrcodegen_Ecc_MEDIUM,
					      qrcodegen_VERSION_MIN, VERSION_MAX,
					      qrcodegen_Mask_AUTO, true, buffer, code))
		return 0;
	return qrcodegen_getSize(code);
}

bool codes_dark(unsigned int x, unsigned int y)
{
	return qrcodegen_getModule(code, x, y);
}
