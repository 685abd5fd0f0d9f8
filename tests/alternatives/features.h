/* SPDX-License-Identifier: BSD-2-Clause */
/* Features that are there for the tests alone, in the form of arch/x86_64/cpufeatures.h. */
#ifndef TESTS_ALTERNATIVES_FEATURES_H
#define TESTS_ALTERNATIVES_FEATURES_H

#include <arch/x86_64/cpufeatures.h>

/* Word 21: bit N is X86_FEATURE_TEST(N). */
#define CPUFEATURE_WORD_TEST 21
#define X86_FEATURE_TEST0    (21 * 32 + 0)
#define X86_FEATURE_TEST1    (21 * 32 + 1)
#define X86_FEATURE_TEST2    (21 * 32 + 2)
#define X86_FEATURE_TEST3    (21 * 32 + 3)
#define X86_FEATURE_TEST4    (21 * 32 + 4)
#define X86_FEATURE_TEST5    (21 * 32 + 5)
#define X86_FEATURE_TEST6    (21 * 32 + 6)
#define X86_FEATURE_TEST7    (21 * 32 + 7)
#define X86_FEATURE_TEST8    (21 * 32 + 8)
#define X86_FEATURE_TEST9    (21 * 32 + 9)
#define X86_FEATURE_TEST10   (21 * 32 + 10)
#define X86_FEATURE_TEST11   (21 * 32 + 11)
#define X86_FEATURE_TEST12   (21 * 32 + 12)
#define X86_FEATURE_TEST13   (21 * 32 + 13)
#define X86_FEATURE_TEST14   (21 * 32 + 14)
#define X86_FEATURE_TEST15   (21 * 32 + 15)
#define X86_FEATURE_TEST(n)  (CPUFEATURE_WORD_TEST * 32 + (n))

#endif
