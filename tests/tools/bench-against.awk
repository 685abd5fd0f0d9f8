# SPDX-License-Identifier: BSD-2-Clause
# Microseconds of commands that ran in turn, a line a round, the empty guest's first, the other tree's
# and this one's from column `first` (see tests/tools/bench). Each round is a pair of its own: what both
# have above the empty guest, and their ratio.

$first > $1 {
	n++
	before[n] = ($first - $1) / 1e6
	now[n] = ($(first + 1) - $1) / 1e6
	ratio[n] = now[n] / before[n]
}

# Median, quartiles and least of a list.
function spread(v,    i, j, t, s) {
	for (i = 1; i <= n; i++) {
		t = v[i]
		for (j = i - 1; j && s[j] > t; j--)
			s[j + 1] = s[j]
		s[j + 1] = t
	}
	low = s[int((n + 3) / 4)]
	middle = n % 2 ? s[(n + 1) / 2] : (s[n / 2] + s[n / 2 + 1]) / 2
	high = s[n + 1 - int((n + 3) / 4)]
	least = s[1]
}

function row(name, v, unit) {
	spread(v)
	printf "  %-40s %8.3f%s  (quartiles %.3f and %.3f, least %.3f)\n", name, middle, unit, low,
		high, least
}

END {
	if (!n) {
		printf "  %s: no round in which the other tree took longer than the empty guest\n", what
		exit 1
	}
	row(what ", the other tree", before, " s")
	row(what ", this one", now, " s")
	row("ratio, round by round", ratio, "  ")
}
