/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Linux kernel's alternatives, applied by our engine to its memory as it was just before it applied
 * them itself, and compared with what it made of them.
 */
#ifndef TESTS_LINUX_AUDIT_APPLY_H
#define TESTS_LINUX_AUDIT_APPLY_H

#include <tests/linux_audit/compare.h>
#include <tests/linux_audit/sites.h>

/* Files with the kernel's memory, all of the same part of it. */
struct apply_dumps {
	struct range span;
	const char *before, *after; /* its apply_alternatives() is called, has returned */
	const char *booted;	    /* a user program runs */
};

struct apply_counts {
	unsigned int locations, replaced; /* all; those in which a replacement won */
	unsigned int feature_words;
	unsigned int same[NR_SAME], left_out; /* after: compare.h; calls of nothing */
	unsigned int booted, gone;	      /* compared once more; given back by then */
	unsigned int rewritten[SITE_KINDS];
	unsigned int unexplained;
};

/* Prints each location whose bytes are not explained. What is not as expected ends the program. */
struct apply_counts apply_and_compare(const struct apply_dumps *dumps);

#endif
