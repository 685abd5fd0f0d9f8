/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The protocols, one row each: what they do is in the entry code and in the condition; what is
 * expected of them is for printing only.
 */
#ifndef ENTRY_PROTOCOL_H
#define ENTRY_PROTOCOL_H

#include <kernel/types.h>
#include <patching/sync_policy.h>

struct protocol {
	const char *name;
	const char *summary;
	bool sound;
	const char *caught_by; /* NULL for sound ones */
	sync_cond_t cond;      /* NULL: everyone is told */
	bool defers;
};

extern const struct protocol protocols[];
extern const unsigned int nr_protocols;

/* The row called @name (@len bytes), or NULL. */
const struct protocol *protocol_find(const char *name, size_t len);

/* What sync=ipi and sync=deferred stand for where no protocol is named. */
const struct protocol *protocol_baseline(void);
const struct protocol *protocol_deferring(void);

/* Makes @protocol the one that senders follow. No user program may run. */
void protocol_select(const struct protocol *protocol);
const struct protocol *protocol_selected(void);

#endif
