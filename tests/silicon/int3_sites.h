/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Code that is patched while the other CPU executes it: a site at every offset in a cache line and
 * at every page crossing, and what one execution of it came to.
 */
#ifndef TESTS_SILICON_INT3_SITES_H
#define TESTS_SILICON_INT3_SITES_H

#include <kernel/lib/types.h>

#define SITE_LEN 5

enum site_kind {
	SITE_MOV,  /* mov $imm32, %eax: four equal bytes, so that every mixture shows */
	SITE_JUMP, /* a NOP of 5 bytes, or a JMP over what follows it */
	SITE_KINDS
};

enum site_where {
	SITE_INSIDE, /* of one cache line */
	SITE_LINE,   /* across two */
	SITE_PAGE,   /* across two pages */
	SITE_WHERES
};

struct site {
	enum site_kind kind;
	enum site_where where;
	unsigned long addr;
	u32 committed; /* no older version may be executed; written by the patcher */
	u32 newest;    /* nor a newer one; written before the text is */
};

/* One execution. Each is exactly one of these. */
enum site_seen {
	SEEN_OLD,    /* the version that was committed before it */
	SEEN_NEW,    /* one that was being written meanwhile */
	SEEN_INT3,   /* it trapped, and the engine did the rest, right */
	SEEN_TORN,   /* a value that nobody ever wrote */
	SEEN_UD,     /* #UD */
	SEEN_GP,     /* #GP */
	SEEN_STALE,  /* older than what was committed before it: other */
	SEEN_ORPHAN, /* an int3 that the engine does not own: other */
	SEEN_OTHER,  /* any other signal, or an int3 emulated wrongly */
	SEEN_NR
};

/* Maps the text and lays out the sites; handles SIGTRAP and the rest. NULL, or why not. */
const char *sites_prepare(void);

unsigned int nr_sites(void);
struct site *site_at(unsigned int i);

/* The bytes of @version at @site. */
void site_bytes(const struct site *site, u32 version, u8 bytes[SITE_LEN]);

/* Executes @site once. By the victim alone. */
enum site_seen site_execute(const struct site *site);

#endif
