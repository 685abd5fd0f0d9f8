/* SPDX-License-Identifier: BSD-2-Clause */
/* Deliberate mistakes in the tables, so that the model can be seen to notice. */
#ifndef TESTS_MODEL_BREAK_H
#define TESTS_MODEL_BREAK_H

#include <tests/model/steps.h>

/* Makes the mistake @what (see steps.c) in @steps; a bad word ends the program with status 2. */
void break_steps(struct protocol_steps *steps, const char *what);

#endif
