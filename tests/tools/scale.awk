# SPDX-License-Identifier: BSD-2-Clause
# Result lines of test=cost behind the number of CPUs, from tests/tools/scale: a row for each number, and
# with count= what a skipped CPU costs, judged.

# A sync may pass over all CPUs once: 40 instructions each (clang 14), 42 (GCC 12), 48 with one loop more.
BEGIN { too_many = 48 }

$2 == "khz" {
	khz[$1] = $3
	next
}

!($1 in seen) {
	seen[$1]
	cpus[++rows] = $1
}

{
	op = min = mid = ""
	for (i = 4; i <= NF; i++) {
		split($i, pair, "=")
		if (pair[1] == "op") op = pair[2]
		if (pair[1] == "min_cycles") min = pair[2]
		if (pair[1] == "median_cycles") mid = pair[2]
	}
	sub("-deferred-" ($1 - 1) "$", "-deferred", op)
	cost[$1, op] = count ? min : mid
}

function need(n, op) {
	if ((n, op) in cost)
		return cost[n, op]
	print "error: no result of " op " at " n " CPUs" >"/dev/stderr"
	failed = 3
	exit
}

function wrong(why) {
	print "  not so: " why
	failed = 1
}

# Instructions more for each CPU more, between two rows; the same between any two, or it is no straight line.
function slope(op,   i, s, all) {
	for (i = 2; i <= rows; i++) {
		s = (need(cpus[i], op) - need(cpus[i - 1], op)) / (cpus[i] - cpus[i - 1])
		if (i > 2 && s != all)
			wrong(sprintf("%s: %s instructions a CPU, and then %s", op, all, s))
		all = s
	}
	return all
}

function times(a, b) {
	return b + 0 ? sprintf("%.2f", a / b) : "-"
}

function counted(   i, n, sync, poke) {
	print "instructions of the patching CPU, all others left for later:"
	printf "  %5s %10s %12s %12s %12s %12s\n", "CPUs", "a sync", "poke 1 site", "10 sites", "100 sites", "1 site, told"
	for (i = 1; i <= rows; i++) {
		n = cpus[i]
		printf "  %5d %10d %12d %12d %12d %12d\n", n, need(n, "sync-deferred"), need(n, "poke-1-deferred"),
			need(n, "poke-10-deferred"), need(n, "poke-100-deferred"), need(n, "poke-1-ipi")
	}
	sync = slope("sync-deferred")
	poke = slope("poke-1-deferred")
	printf "a skipped CPU costs a sync %s, and a poke %s: three syncs, and %s for a look at its int3 handlers\n",
		sync, poke, poke - 3 * sync
	if (sync <= 0 || sync >= too_many)
		wrong("a sync's one pass over all CPUs takes less than " too_many)
	if (poke - 3 * sync < 0 || poke - 3 * sync > sync)
		wrong("the look at int3 handlers takes no more than a sync's look at S")
	if (slope("poke-10-deferred") != poke || slope("poke-100-deferred") != poke)
		wrong("the number of sites has nothing to do with it")
}

function timed(   i, n) {
	print "a poke of one site, medians; latency as multiples of the first row's deferred one:"
	printf "  %5s %12s %12s %16s %16s %12s\n", "CPUs", "deferred", "ipi", "deferred a s", "ipi a s", "ipi/deferred"
	for (i = 1; i <= rows; i++) {
		n = cpus[i]
		printf "  %5d %12s %12s %16.1f %16.1f %12s\n", n, times(need(n, "poke-1-deferred"),
			cost[cpus[1], "poke-1-deferred"]), times(need(n, "poke-1-ipi"), cost[cpus[1], "poke-1-deferred"]),
			1000 * khz[n] / cost[n, "poke-1-deferred"], 1000 * khz[n] / cost[n, "poke-1-ipi"],
			times(cost[n, "poke-1-ipi"], cost[n, "poke-1-deferred"])
	}
}

END {
	if (failed || !rows)
		exit failed ? failed : 3
	if (count)
		counted()
	else
		timed()
	exit failed
}
