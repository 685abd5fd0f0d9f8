// SPDX-License-Identifier: BSD-2-Clause
/* The tests that are promised and not built yet. */
#include <kernel/test.h>

DEFINE_TEST_TO_COME(screen);
