/* SPDX-License-Identifier: BSD-2-Clause */
/* inject= and delay=: what the command line wants to happen at named points. */
#ifndef ENTRY_PROTOCOL_POINT_PARAMS_H
#define ENTRY_PROTOCOL_POINT_PARAMS_H

#include <entry/protocol/point_names.h>
#include <kernel/params.h>

struct point_wishes {
	u32 inject[POINT_EVENTS]; /* bit n: at point n */
	u32 delayed;		  /* bit n: at point n */
	u64 delay[NR_POINTS_MAX]; /* cycles, or POINT_DELAY_POKE */
};

/* As the command line has it; read-only after params_parse(). */
extern struct point_wishes point_wishes;

/* Parsed into point_wishes, and shown. */
bool param_parse_inject(const char *value, struct param_error *e);
bool param_parse_delay(const char *value, struct param_error *e);
size_t param_show_inject(char *buf, size_t size);
size_t param_show_delay(char *buf, size_t size);

#endif
