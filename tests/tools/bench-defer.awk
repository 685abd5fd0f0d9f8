# SPDX-License-Identifier: BSD-2-Clause
# Result lines of test=defer with sync=ipi and sync=deferred in turn: each run, the medians, and
# their ratio (see tests/tools/bench).

{
	for (i = 3; i <= NF; i++) {
		split($i, pair, "=")
		value[pair[1]] = pair[2]
	}
	sync = value["sync"]
	n[sync]++
	for (i = 1; i <= keys; i++)
		seen[sync, key[i], n[sync]] = value[key[i]]
	row(sync, value["pokes"], value["poke_avg_ns"], value["gap_max_ns"], value["ipis_isolated"],
	    value["ipis_skipped"])
}

BEGIN {
	keys = split("pokes poke_avg_ns gap_max_ns ipis_isolated ipis_skipped", key, " ")
	row("", key[1], key[2], key[3], key[4], key[5])
}

function row(name, a, b, c, d, e) {
	printf "  %-16s %12s %12s %12s %14s %14s\n", name, a, b, c, d, e
}

function median(sync, k,    i, j, t, v, count) {
	count = n[sync]
	for (i = 1; i <= count; i++)
		v[i] = seen[sync, k, i]
	for (i = 1; i <= count; i++)
		for (j = i + 1; j <= count; j++)
			if (v[j] + 0 < v[i] + 0) {
				t = v[i]
				v[i] = v[j]
				v[j] = t
			}
	return sprintf("%d", count % 2 ? v[(count + 1) / 2] : (v[count / 2] + v[count / 2 + 1]) / 2)
}

function medians(sync) {
	row("median " sync, median(sync, key[1]), median(sync, key[2]), median(sync, key[3]),
	    median(sync, key[4]), median(sync, key[5]))
}

function ratio(k,    ipi) {
	ipi = median("ipi", k)
	return ipi + 0 ? sprintf("%.3f", median("deferred", k) / ipi) : "-"
}

END {
	medians("ipi")
	medians("deferred")
	row("deferred / ipi", ratio(key[1]), ratio(key[2]), ratio(key[3]), ratio(key[4]), ratio(key[5]))
}
