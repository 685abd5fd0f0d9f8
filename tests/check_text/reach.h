/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the patcher runs while it patches: the functions that are reached from a few named ones, over
 * calls and branches, and over the address of any function that their code, or data that it names,
 * holds. So a pointer needs no list: whoever fills it is named, or reached.
 * Not followed: a table that is gone along from a linker's symbol (tests, parameters), and what a
 * test hooks in, which is the test's own.
 */
#ifndef TESTS_CHECK_TEXT_REACH_H
#define TESTS_CHECK_TEXT_REACH_H

#include <tests/check_text/walk.h>

/* Code at @from may go on at @to, which its bytes do not say. Before reach_run(). */
void reach_also(u64 from, u64 to);

/*
 * Follows everything, or what runs while all other CPUs are parked (@parked). @w: its alternatives are
 * good. Forgets what was followed before. Returns how many functions there are.
 */
unsigned int reach_run(const struct walk *w, bool parked);

/* Does the patcher run the function that holds @addr? Does that function have this name? */
bool reach_has(u64 addr);
bool reach_is(u64 addr, const char *function);

/* "function, run by its caller, run by ...": how the patcher comes to @addr. One buffer. */
const char *reach_path(u64 addr);

#endif
