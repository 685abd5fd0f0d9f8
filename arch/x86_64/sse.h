/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_SSE_H
#define ARCH_SSE_H

/*
 * From now on this CPU may run what was compiled for user programs: SSE registers, which nothing here saves,
 * and a word at FS:0x28 against broken stacks. Once the run is over, IRQs off.
 */
void sse_allow(void);

#endif
