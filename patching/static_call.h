/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Direct calls whose target is patched (Linux: static calls), for functions u32 (*)(void).
 *
 *	DEFINE_STATIC_CALL(name, initial_function);
 *	value = static_call(name, initial_function);
 *	static_call_update(&name, other_function or NULL);
 *
 * (the site names the target it is built with). A call to nothing is a NOP and returns 0.
 */
#ifndef PATCHING_STATIC_CALL_H
#define PATCHING_STATIC_CALL_H

#include <kernel/lib/types.h>

typedef u32 (*static_call_fn)(void);

struct static_call {
	static_call_fn fn;
	u32 first, count; /* its sites; set by static_call_init() */
};

struct static_call_site {
	s32 addr; /* from this field */
	s32 call; /* from this field */
};

#define DEFINE_STATIC_CALL(name, initial) struct static_call name = {initial}

/* Read-only after init: as DEFINE_STATIC_KEY_FALSE_RO() in static_key.h. */
#define DEFINE_STATIC_CALL_RO(name, initial) struct static_call name __ro_after_init = {initial}

/* eax is 0 before the call, so that a NOP in its place returns 0. */
#define static_call(name, initial)                                                             \
	({                                                                                     \
		u32 ___ret = 0;                                                                \
                                                                                               \
		asm volatile("1: call %c[fn]\n"                                                \
			     ".pushsection .static_call_sites, \"a\"\n"                        \
			     ".balign 4\n"                                                     \
			     ".long 1b - ., %c[call] - .\n"                                    \
			     ".popsection"                                                     \
			     : "+a"(___ret)                                                    \
			     : [fn] "i"(initial), [call] "i"(&(name))                          \
			     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", \
			       "cc");                                                          \
		___ret;                                                                        \
	})

/* Sorts the sites by call and address. Start-up, once. Returns the number of sites. */
u32 static_call_init(void);

/* Why @call may not be updated now, or NULL. */
const char *static_call_check(const struct static_call *call);

/* Queues all sites of @call for @fn (NULL: nothing). Text mutex held. */
void static_call_queue(struct static_call *call, static_call_fn fn);

/* Changes the target and returns when every CPU sees it, or will before it calls. IRQs on. */
void static_call_update(struct static_call *call, static_call_fn fn);

#endif
