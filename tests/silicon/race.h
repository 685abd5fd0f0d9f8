/* SPDX-License-Identifier: BSD-2-Clause */
/* What the hosted races need beside tests/litmus/litmus_race.h: text that two mappings lead to. */
#ifndef TESTS_SILICON_RACE_H
#define TESTS_SILICON_RACE_H

#include <tests/litmus/litmus_race.h>

/* Maps the text. NULL, or why this kind of store through this kind of mapping is impossible. */
const char *race_prepare(enum litmus_store store, enum litmus_alias alias);

#endif
