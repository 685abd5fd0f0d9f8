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

# Median, quartiles and least of a list, which median.awk puts in order.
function row(name, v, unit,   at, mid) {
	at = int((n + 3) / 4)
	mid = middle(v, n)
	printf "  %-40s %8.3f%s  (quartiles %.3f and %.3f, least %.3f)\n", name, mid, unit, v[at],
		v[n + 1 - at], v[1]
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
