/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading numbers, times and lists out of text, and finding the name that was probably meant.
 * Pure functions without state or locks: any context.
 */
#ifndef KERNEL_PARSE_H
#define KERNEL_PARSE_H

#include <kernel/lib/types.h>

#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_SEC  1000000000ull

/* A piece of text that need not end in NUL. */
struct span {
	const char *s;
	size_t len;
};

enum parse_result {
	PARSE_OK,
	PARSE_BAD,	/* not of this form */
	PARSE_OVERFLOW, /* of this form, but does not fit */
};

/* Is the span the same text as @s? */
bool span_is(struct span a, const char *s);

/* The whole of @text as a decimal number, no sign, no blank. */
enum parse_result parse_decimal(struct span text, u64 *value);

/* The whole of @text as a decimal number, or hexadecimal after 0x. */
enum parse_result parse_number(struct span text, u64 *value);

/* The whole of @text as a time, a decimal number and one of ms, s, m, h. Result in nanoseconds. */
enum parse_result parse_duration(struct span text, u64 *ns);

/* Write @ns (whole milliseconds) in the form of parse_duration(), largest unit. Returns length. */
size_t format_duration(char *buf, size_t size, u64 ns);

/*
 * Take the next item of a list. Start with *@cursor at the text; false when nothing is left. Empty
 * items are delivered, "a,," has three; the caller decides what they mean.
 */
bool next_item(const char **cursor, char separator, struct span *item);

/*
 * Decode %XX. Fails on a broken or incomplete escape, on a control character (it would break the
 * line it is printed in) and when the result and its NUL do not fit into @size bytes.
 */
bool percent_decode(char *dst, size_t size, const char *src);

/* Encode blanks and % so that percent_decode() yields @src. Returns the length, cut to fit. */
size_t percent_encode(char *dst, size_t size, const char *src);

/* Insertions, deletions, changes and swaps of neighbours between two texts (first 64 bytes). */
unsigned int edit_distance(struct span a, struct span b);

/* The nearest name so far. Set word, then offer each known name; the first of equals stays. */
struct nearest {
	struct span word;
	const char *name; /* NULL until something was offered */
	unsigned int distance;
};

void nearest_offer(struct nearest *n, const char *name);

#endif
