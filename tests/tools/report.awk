# SPDX-License-Identifier: BSD-2-Clause
# Reads logs of the kernel and of build/silicon for tests/report: what is whole is kept in the arrays
# below, the first line that is not what a log may hold is named, and nothing is written then.
#
# A log may have CR LF, escape sequences, a firmware's or a builder's words before `KTAP version 1` and
# behind the verdict, and more than one run.

function refuse(line, expected, found) {
	gsub(/[^ -~]/, "?", found)
	if (length(found) > 60)
		found = substr(found, 1, 57) "..."
	printf "error: %s:%d: expected %s, found %s\n", log_name[logs], line, expected, found >"/dev/stderr"
	refused = 1
	exit 2
}

function begin_log() {
	end_log()
	log_name[++logs] = FILENAME
	sub(/^\.\//, "", log_name[logs])
	inside = 0
}

function end_log() {
	if (!logs || refused)
		return
	if (inside)
		refuse(last_line + 1, "`# verdict ...` of the run that begins in line " run_line[runs] \
			" (cut off, or it died: run-qemu.sh said so on stderr)", "the end of the log")
	else if (runs == before)
		refuse(last_line + 1, "`KTAP version 1`: a log of latesync", "the end of the log")
	before = runs
}

# `key=value` words from the Nth on, as part of the record WHICH of value[].
function take_words(which, from,   i, eq, key, text) {
	for (i = from; i <= NF; i++) {
		eq = index($i, "=")
		key = substr($i, 1, eq - 1)
		text = substr($i, eq + 1)
		if (!eq || key !~ /^[a-z][a-z0-9_]*$/ || text == "")
			refuse(FNR, "key=value", "\"" $i "\"")
		if ((which, key) in value)
			refuse(FNR, "each key once", key "= again")
		if (which !~ /^c/ && (key ~ /(_ns|_cycles|_ppm|_ms)$/ || (key in count)))
			if (text !~ /^[0-9]+(\.[0-9]+)?$/ && text !~ /^(none|unknown)$/ &&
			    !(value[which, "test"] != "litmus" && key == "expected"))
				refuse(FNR, "a number behind " key "=", "\"" text "\"")
		value[which, key] = text
		keys[which] = keys[which] (keys[which] == "" ? "" : " ") key
	}
}

function need(which, wanted,   i, n, key) {
	n = split(wanted, key, " ")
	for (i = 1; i <= n; i++)
		if (!((which, key[i]) in value))
			refuse(FNR, key[i] "= in a result of test=" value[which, "test"], "none")
}

# Why a result says nothing: 0 of something where there could be none of it is no 0.
function empty(r,   test) {
	test = value[r, "test"]
	if (value[r, "outcome"] == "not-reached")
		return "not reached"
	if (value[r, "verdict"] == "untestable")
		return "not testable here"
	if (test == "litmus" && value[r, "rounds"] + 0 == 0)
		return "no rounds"
	if (((r, "hits") in value) && value[r, "hits"] + 0 == 0)
		return "no hits"
	if (((r, "pokes") in value) && value[r, "pokes"] + 0 == 0)
		return "no pokes"
	if (((r, "flushes") in value) && value[r, "flushes"] + 0 == 0)
		return "no flushes"
	if (((r, "samples") in value) && value[r, "samples"] + 0 == 0)
		return "no samples"
	if (((r, "runtime_ns") in value) && value[r, "runtime_ns"] + 0 == 0)
		return "no time"
	if (test == "alternatives" && value[r, "comparisons"] + 0 == 0)
		return "no comparisons"
	if (test == "mutants" && value[r, "observed"] !~ /^(sound|broken)$/)
		return "not testable here"
	return ""
}

function take_result(   test) {
	r = ++results
	result_run[r] = runs
	result_log[r] = logs
	if ($3 !~ /^test=[a-z0-9-]+$/)
		refuse(FNR, "test=NAME behind `# result`", "\"" $3 "\"")
	value[r, "test"] = test = substr($3, 6)
	take_words(r, 4)
	if ((r, "point") in value && test ~ /^(window|storm)$/)
		need(r, "protocol event entries injected hits violations")
	else if (test in needed)
		need(r, needed[test])
	if (test == "litmus" && value[r, "positive"] + value[r, "negative"] != value[r, "rounds"] + 0)
		refuse(FNR, "positive= and negative= that are rounds= together", value[r, "positive"] " and " \
			value[r, "negative"] " of " value[r, "rounds"])
	if (test == "cost" && (value[r, "min_cycles"] + 0 > value[r, "median_cycles"] + 0 ||
			       value[r, "median_cycles"] + 0 > value[r, "p99_cycles"] + 0))
		refuse(FNR, "min_cycles, median_cycles and p99_cycles in order", "another order")
	result_empty[r] = empty(r)
}

# `# histogram test=noise cpu=N key=value ... NS:COUNT ... over:COUNT`
function take_histogram(   i, n, words) {
	h = ++histograms
	histogram_log[h] = logs
	histogram_run[h] = runs
	for (i = 3; i <= NF; i++)
		if ($i ~ /^([0-9]+|over):[0-9]+$/)
			bins[h] = bins[h] " " $i
		else if ($i ~ /^[a-z][a-z0-9_]*=[^ ]+$/)
			value["h" h, substr($i, 1, index($i, "=") - 1)] = substr($i, index($i, "=") + 1)
		else
			refuse(FNR, "key=value, NS:COUNT or over:COUNT", "\"" $i "\"")
}

# `ok N NAME # WHAT REASON`: the results since the one before are its own.
function take_test(   bad, rest, at, what) {
	bad = /^not /
	rest = substr($0, bad ? 8 : 4)
	if (rest !~ /^[0-9]+ [^ ]/ || rest + 0 != run_tests[runs] + 1)
		refuse(FNR, "`" (bad ? "not " : "") "ok " run_tests[runs] + 1 " NAME`", "\"" $0 "\"")
	run_tests[runs]++
	t = ++tests
	test_run[t] = runs
	sub(/^[0-9]+ /, "", rest)
	what = bad ? "FAIL" : "PASS"
	if ((at = index(rest, " # "))) {
		test_why[t] = substr(rest, at + 3)
		rest = substr(rest, 1, at - 1)
		what = test_why[t]
		sub(/ .*/, "", what)
		sub(/^[^ ]* ?/, "", test_why[t])
		if (bad ? what !~ /^(FAIL|ERROR|CRASH|HANG)$/ : what != "SKIP")
			refuse(FNR, bad ? "FAIL, ERROR, CRASH or HANG behind #" : "SKIP behind #", "\"" \
				what "\"")
	}
	test_name[t] = rest
	test_status[t] = what
	run_count[runs, what ~ /^(CRASH|HANG)$/ ? "ERROR" : what]++
	for (; of_test <= results; of_test++)
		result_test[of_test] = t
	test_violations[t] = violations
	violations = ""
}

function take_verdict(   i, name, has, word) {
	if (NF != 7 || $3 !~ /^(PASS|FAIL|ERROR|CRASH|HANG|SKIP)$/ || $4 !~ /^pass=[0-9]+$/ ||
	    $5 !~ /^fail=[0-9]+$/ || $6 !~ /^error=[0-9]+$/ || $7 !~ /^skip=[0-9]+$/)
		refuse(FNR, "`# verdict WORD pass=N fail=N error=N skip=N`", "\"" $0 "\"")
	split("PASS FAIL ERROR SKIP", name, " ")
	for (i = 1; i <= 4; i++) {
		word = $(i + 3)
		sub(/.*=/, "", word)
		has = run_count[runs, name[i]] + 0
		if (word + 0 != has)
			refuse(FNR, tolower(name[i]) "=" has ", as the tests above say", $(i + 3))
		run_count[runs, name[i]] = has
	}
	if ($3 == "PASS" && (run_count[runs, "FAIL"] || run_count[runs, "ERROR"]))
		refuse(FNR, "a verdict as the tests above say", "PASS")
	if (!(runs in run_plan))
		refuse(FNR, "a plan `1..N` before the verdict", "none")
	if (run_plan[runs] != run_tests[runs] + 0 && $3 !~ /^(CRASH|HANG|ERROR)$/)
		refuse(FNR, run_plan[runs] " tests, as planned", run_tests[runs] + 0)
	# What was made by `make model` has no machine.
	if (run_tests[runs] && keys["c" runs] == "" && value[results, "test"] != "model")
		refuse(FNR, "`# config ...` before the verdict", "none")
	run_verdict[runs] = $3
	inside = 0
}

BEGIN {
	n = split("pokes sites entries ipis_isolated ipis_housekeeping ipis_skipped ipis_needless nmi " \
		"int3_hits violations orphan_int3 emulator_ghosts injected hits rounds positive negative " \
		"expected flushes flushes_deferred stale_reads samples comparisons states cpus isolated " \
		"interrupts", list, " ")
	for (i = 1; i <= n; i++)
		count[list[i]]
	needed["defer"] = "sync protocol cpus isolated pokes entries ipis_isolated violations poke_min_ns " \
		"poke_avg_ns poke_max_ns"
	needed["storm"] = "sync protocol cpus isolated pokes entries violations"
	needed["window"] = "protocol point event entries injected hits violations"
	needed["mutants"] = "protocol expected observed caught_by"
	needed["tlb"] = "sync protocol flushes stale_reads violations"
	needed["litmus"] = "name serializer rounds positive negative expected bound_ppm verdict"
	needed["model"] = "protocol states outcome"
	needed["noise"] = "cpu role runtime_ns max_ns"
	needed["cost"] = "op min_cycles median_cycles p99_cycles"
	of_test = 1
}
refused { exit 2 }
FNR == 1 { begin_log() }
{
	last_line = FNR
	sub(/\r+$/, "")
	gsub(/\033\[[0-9;?=]*[A-Za-z]/, "")
}
/KTAP version / && ($0 ~ /^KTAP version / || !inside && $0 ~ /[^`'"]KTAP version 1$/) {
	if ($0 !~ /KTAP version 1$/)
		refuse(FNR, "`KTAP version 1`", "\"" $0 "\"")
	if (inside)
		refuse(FNR, "`# verdict ...` of the run that begins in line " run_line[runs], "another run")
	inside = 1
	of_test = results + 1
	violations = ""
	run_log[++runs] = logs
	run_line[runs] = FNR
	next
}
!inside {
	if (/^# (result|verdict|config|violation|latesync) /)
		refuse(FNR, "`KTAP version 1` before it", "\"" $0 "\"")
	next
}
/^$/ { next }
/^1\.\.[0-9]+$/ {
	if (runs in run_plan)
		refuse(FNR, "one plan a run", "\"" $0 "\"")
	run_plan[runs] = substr($0, 4) + 0
	next
}
/^(not )?ok / { take_test(); next }
/^# verdict/ { take_verdict(); next }
/^# latesync / { run_version[runs] = $3; run_commit[runs] = $4; next }
# The last one has what was found out since; each says all.
/^# config / {
	for (i = split(keys["c" runs], list, " "); i; i--)
		delete value["c" runs, list[i]]
	keys["c" runs] = ""
	take_words("c" runs, 3)
	next
}
/^# result( |$)/ { take_result(); next }
/^# histogram / { take_histogram(); next }
/^# violation / {
	violations = violations substr($0, 3) "\n"
	next
}
/^# replay: / { run_replay[runs] = substr($0, 11); next }
/^# here / { run_here[runs] = run_here[runs] substr($0, 8) "\n"; next }
/^#( |$)/ { next }
# What else writes to the same terminal.
/^(run-qemu\.sh|qemu-system-[a-z0-9_]+|nested-kvm|bochs): / { next }
{ refuse(FNR, "a line of KTAP or one that begins with `# `", "\"" $0 "\"") }
END {
	if (refused)
		exit 2
	end_log()
	if (refused)
		exit 2
}

function printable(text) {
	gsub(/[^ -~\n]/, "?", text)
	return text
}
function xml(text) {
	text = printable(text)
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	gsub(/"/, "\\&quot;", text)
	return text
}
