/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of entry text, read from the linked kernel. */
#ifndef TESTS_MODEL_ENTRY_STEPS_H
#define TESTS_MODEL_ENTRY_STEPS_H

#include <kernel/lib/types.h>
#include <tests/model/steps.h>

/*
 * Fills the victim's steps of the protocol with these @bits in its feature word, and @names with
 * where each lies. Returns how many there are. After elf_open() and places_read(). An instruction
 * that writes CR3 or S in a way that the model does not know ends the program with status 2.
 */
unsigned int entry_steps(struct protocol_steps *steps, u32 bits, const char **names);

#endif
