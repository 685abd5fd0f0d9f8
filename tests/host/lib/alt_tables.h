/* SPDX-License-Identifier: BSD-2-Clause */
/* Random well-formed tables in a world of their own, and what the engine did to it. */
#ifndef TESTS_HOST_LIB_ALT_TABLES_H
#define TESTS_HOST_LIB_ALT_TABLES_H

#include <patching/alternative_engine.h>
#include <patching/alternative_index.h>
#include <tests/host/lib/alt_model.h>

extern struct arena arena;
extern u8 built[TEXT_SIZE], expected[TEXT_SIZE]; /* the text before, and as it must become */
extern struct site sites[MAX_SITES];
extern unsigned int nsites, nentries, text_used, repl_used;
extern bool present[FEATURES];
extern struct alt_index index_;

/* What the callbacks of env saw. */
extern unsigned int seen_writes, seen_reports;
extern unsigned int writes_at[TEXT_SIZE];
extern u64 seen_errors; /* a bit for each */
extern const struct alt_instr *seen_culprit;
extern struct alt_env env;

/* Forgets what the callbacks saw. */
void forget(void);

/* Draws which of the features that the table names are present. */
void set_features(void);

/* Fills expected, from built and what is present. */
void expect_text(void);

/* A new table with its text, its features and what is expected. */
void random_table(void);

/* Once, first: the slots of direct calls. @seed: a number, or NULL. */
void start_world(const char *seed);

#endif
