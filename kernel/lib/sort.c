// SPDX-License-Identifier: BSD-2-Clause
#include <kernel/lib/sort.h>

/* clang-format off */
#define DEFINE_SORT(type, sort, sift_down)                                                       \
static void sift_down(type *items, u32 root, u32 n, bool (*before)(type a, type b))              \
{                                                                                                \
	type item = items[root];                                                                 \
	u32 child;                                                                               \
                                                                                                 \
	while ((child = 2 * root + 1) < n) {                                                     \
		if (child + 1 < n && before(items[child], items[child + 1]))                     \
			child++;                                                                 \
		if (!before(item, items[child]))                                                 \
			break;                                                                   \
		items[root] = items[child];                                                      \
		root = child;                                                                    \
	}                                                                                        \
	items[root] = item;                                                                      \
}                                                                                                \
                                                                                                 \
void sort(type *items, u32 n, bool (*before)(type a, type b))                                    \
{                                                                                                \
	type top;                                                                                \
	u32 i;                                                                                   \
                                                                                                 \
	for (i = n / 2; i--;)                                                                    \
		sift_down(items, i, n, before);                                                  \
	for (i = n; i-- > 1;) {                                                                  \
		top = items[0];                                                                  \
		items[0] = items[i];                                                             \
		items[i] = top;                                                                  \
		sift_down(items, 0, i, before);                                                  \
	}                                                                                        \
}
/* clang-format on */

DEFINE_SORT(u32, sort_u32, sift_down_u32)
DEFINE_SORT(u64, sort_u64, sift_down_u64)
