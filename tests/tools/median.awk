# SPDX-License-Identifier: BSD-2-Clause

# One of list[1..n], which is put in order: the middle, or the mean of the two there.
function middle(list, n,   i, j, value) {
	for (i = 2; i <= n; i++) {
		value = list[i]
		for (j = i - 1; j && list[j] > value; j--)
			list[j + 1] = list[j]
		list[j + 1] = value
	}
	return (list[int((n + 1) / 2)] + list[int(n / 2) + 1]) / 2
}
