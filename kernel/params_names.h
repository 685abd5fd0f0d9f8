/* SPDX-License-Identifier: BSD-2-Clause */
/* The names that may stand as values: choosing one, and checking lists. Boot CPU only. */
#ifndef KERNEL_PARAMS_NAMES_H
#define KERNEL_PARAMS_NAMES_H

#include <kernel/lib/parse.h>
#include <kernel/params.h>

/*
 * Find @word among @names (NULL after the last). Returns its index, or -1 with @e saying which
 * names there are and which one is nearest.
 */
int param_choice(const char *const names[], struct span word, struct param_error *e);

/* Check the values of test= and protocol=; config is left alone. */
bool param_check_tests(const char *value, struct param_error *e);
bool param_check_protocols(const char *value, struct param_error *e);

#endif
