/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of the sender: noted while the kernel's own sources run on the build machine. */
#ifndef TESTS_MODEL_SENDER_STEPS_H
#define TESTS_MODEL_SENDER_STEPS_H

#include <entry/protocol/protocol.h>
#include <tests/model/steps.h>

/*
 * Fills the sender's steps of @protocol: one batch of one site, a line-crossing `mov eax, imm32`;
 * and one change of a mapping, by a plain store before tlb_sync(), whose contract asks for no more.
 * (The kernel's own flush has an INVLPG between the two, which serialises: it would hide a missing
 * barrier.) The entry may be that of a page table, which is freed when sync_epoch_passed() says so:
 * once the victim has credit for the change itself, or for the one after.
 */
void sender_steps(struct protocol_steps *steps, const struct protocol *protocol,
		  bool write_end_serializes);

#endif
