// SPDX-License-Identifier: BSD-2-Clause
#include <kernel/lib/sort.h>

static void sift_down(u32 *items, u32 root, u32 n, bool (*before)(u32 a, u32 b))
{
	u32 item = items[root], child;

	while ((child = 2 * root + 1) < n) {
		if (child + 1 < n && before(items[child], items[child + 1]))
			child++;
		if (!before(item, items[child]))
			break;
		items[root] = items[child];
		root = child;
	}
	items[root] = item;
}

void sort_u32(u32 *items, u32 n, bool (*before)(u32 a, u32 b))
{
	u32 i, top;

	for (i = n / 2; i--;)
		sift_down(items, i, n, before);
	for (i = n; i-- > 1;) {
		top = items[0];
		items[0] = items[i];
		items[i] = top;
		sift_down(items, 0, i, before);
	}
}
