# SPDX-License-Identifier: BSD-2-Clause
# Result lines of test=cost behind the turn and the number of CPUs, from tests/tools/scale: a row for each
# number; with mode=count what a skipped CPU costs, judged; with mode=ops a row for each op.

# A sync may pass over all CPUs once: 40 instructions each (clang 14), 42 (GCC 12), 48 with one loop more.
BEGIN { too_many = 48 }

!($2 in seen) {
	seen[$2]
	cpus[++rows] = $2
}

$1 > turns { turns = $1 }

$3 == "khz" {
	khz[$2] = $4
	next
}

$3 == "load" {
	load_least = load_most == "" || $4 < load_least ? $4 : load_least
	load_most = load_most == "" || $4 > load_most ? $4 : load_most
	next
}

# PROTOCOL BASE EXTRA LOW to HIGH IPI ENTRIES|none: ..., or PROTOCOL BASE SKIP: ...
$3 == "even" {
	row = $4 " " $5
	if (!((row, $2) in even_turns))
		evens[$2, ++nr_evens[$2]] = row
	even_turns[row, $2] += $6 != "SKIP:"
	if ($11 ~ /^[0-9]+$/)
		entries[row, $2, ++even_some[row, $2]] = $11
	next
}

{
	op = min = mid = base = ""
	for (i = 5; i <= NF; i++) {
		split($i, pair, "=")
		if (pair[1] == "op") op = pair[2]
		if (pair[1] == "min_cycles") min = pair[2]
		if (pair[1] == "median_cycles") mid = pair[2]
		if (pair[1] == "base") base = pair[2]
	}
	if (mode != "ops")
		sub("-deferred-" ($2 - 1) "$", "-deferred", op)
	if (!(($2, op) in base_of))
		ops[$2, ++nr_ops[$2]] = op
	base_of[$2, op] = base
	cost[$1, $2, op] = mode == "count" ? min : mid
}

function need(turn, n, op) {
	if ((turn, n, op) in cost)
		return cost[turn, n, op]
	print "error: no result of " op " at " n " CPUs" >"/dev/stderr"
	exit 3
}

function wrong(why) {
	print "  not so: " why
	failed = 1
}

# Instructions more for each CPU more, between two rows; the same between any two, or it is no straight line.
function slope(op,   i, s, all) {
	for (i = 2; i <= rows; i++) {
		s = (need(1, cpus[i], op) - need(1, cpus[i - 1], op)) / (cpus[i] - cpus[i - 1])
		if (i > 2 && s != all)
			wrong(sprintf("%s: %s instructions a CPU, and then %s", op, all, s))
		all = s
	}
	return all
}

# Two digits that say something.
function figure(x) {
	return sprintf((x < 0.1 ? "%.2g" : x < 20 ? "%.2f" : "%.0f"), x)
}

function spread(list, n,   mid) {
	if (!n)
		return "-"
	mid = middle(list, n)
	if (n == 1)
		return figure(mid)
	return figure(mid) " (" figure(list[1]) ".." figure(list[n]) ")"
}

# What @op costs at @n CPUs by what @other costs at @m, turn by turn. "-": in a turn that was nothing.
function times(n, op, m, other,   turn, list) {
	for (turn = 1; turn <= turns; turn++) {
		if (!(need(turn, m, other) + 0))
			return "-"
		list[turn] = need(turn, n, op) / cost[turn, m, other]
	}
	return spread(list, turns)
}

# Pokes a second.
function rate(n, op,   turn, list) {
	for (turn = 1; turn <= turns; turn++)
		list[turn] = need(turn, n, op) ? 1000 * khz[n] / cost[turn, n, op] : 0
	return sprintf("%.1f", middle(list, turns))
}

function counted(   i, n, sync, poke) {
	print "instructions of the patching CPU, all others left for later:"
	printf "  %5s %10s %12s %12s %12s %12s\n", "CPUs", "a sync", "poke 1 site", "10 sites", "100 sites", "1 site, told"
	for (i = 1; i <= rows; i++) {
		n = cpus[i]
		printf "  %5d %10d %12d %12d %12d %12d\n", n, need(1, n, "sync-deferred"), need(1, n, "poke-1-deferred"),
			need(1, n, "poke-10-deferred"), need(1, n, "poke-100-deferred"), need(1, n, "poke-1-ipi")
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

function head() {
	printf "%s, host load %s to %s:\n", (turns == 1 ? "one turn" : turns " turns, median (least..most)"),
		load_least, load_most
}

function timed(   i, n, first, row) {
	first = cpus[1]
	row = "  %5s %12s %12s %12s %12s %12s %12s %14s %14s\n"
	if (turns > 1)
		gsub("%12s", "%22s", row)
	print "a poke of one site, medians; latency as multiples of the first row's deferred one, a sync's of a deferred sync"
	head()
	printf row, "CPUs", "deferred", "ipi", "ipi/deferred", "sync", "sync, ipi", "ipi/deferred", "deferred a s", "ipi a s"
	for (i = 1; i <= rows; i++) {
		n = cpus[i]
		printf row, n, times(n, "poke-1-deferred", first, "poke-1-deferred"),
			times(n, "poke-1-ipi", first, "poke-1-deferred"), times(n, "poke-1-ipi", n, "poke-1-deferred"),
			times(n, "sync-deferred", first, "sync-deferred"), times(n, "sync-everyone", first, "sync-deferred"),
			times(n, "sync-everyone", n, "sync-deferred"), rate(n, "poke-1-deferred"), rate(n, "poke-1-ipi")
	}
}

# Rows of @n CPUs: what was measured in each turn. An op that is its own base is one of the columns of 1.
function priced(n,   i, op, base) {
	printf "%d CPUs, each op's median as a multiple of its base's; ", n
	head()
	print "  (-: one of its turns saw its base cost less than the clock's step, or nothing)"
	printf "  %-28s %24s  %s\n", "op", "times", "base"
	for (i = 1; i <= nr_ops[n]; i++) {
		op = ops[n, i]
		base = base_of[n, op]
		if (op != base && (n, base) in base_of)
			printf "  %-28s %24s  %s\n", op, times(n, op, n, base), base
	}
	for (i = 1; i <= nr_evens[n]; i++)
		sentence(n, evens[n, i])
}

# How many entries a spared IPI is worth, and in how many turns there was anything to pay.
function sentence(n, row,   i, some, list, word) {
	split(row, word, " ")
	some = even_some[row, n] + 0
	for (i = 1; i <= some; i++)
		list[i] = entries[row, n, i]
	printf "break-even: %s against %s: ", word[1], word[2]
	if (!even_turns[row, n])
		printf "SKIP: too few rounds in each turn; raise duration=\n"
	else if (!some)
		printf "none: in no turn does an entry cost more, as far as it can tell\n"
	else
		printf "%s entries for each IPI that is spared, in %d of %d turns; else none\n", spread(list, some), some,
			even_turns[row, n]
}

END {
	if (failed || !rows)
		exit failed ? failed : 3
	if (mode == "count")
		counted()
	else if (mode == "timed")
		timed()
	else
		for (i = 1; i <= rows; i++)
			priced(cpus[i])
	exit failed
}
