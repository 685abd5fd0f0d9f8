#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016,SC2030,SC2031
# tests/report: what it makes of logs, and that it makes nothing of what is not whole.

load lib

setup_file() {
	export made=$BATS_FILE_TMPDIR
	cd "$made" || return
	whole ipi 100 >whole.log
	whole deferred 250 >other.log
	noise >noise.log
}

config='# config test=all seed=0x1 accel=tcg vendor=GenuineIntel family=6 model=1 stepping=1 cpus=4 isolcpus=2-3'

# A run that has what each plot wants, but for noise; and a row of each kind that measured nothing.
whole() { # SYNC AVERAGE
	printf '%s\n' 'KTAP version 1' '# latesync 0.1.0 0123456789ab' "$config" 1..6 \
		"# result test=defer sync=$1 protocol=always-ipi user=mix cpus=4 isolated=2 pokes=46 sites=289 entries=19 ipis_isolated=0 ipis_skipped=3 violations=0 poke_min_ns=50 poke_avg_ns=$2 poke_max_ns=3000" \
		"# result test=defer sync=$1 protocol=always-ipi user=mix cpus=8 isolated=4 pokes=0 sites=0 entries=0 ipis_isolated=0 ipis_skipped=0 violations=0 poke_min_ns=0 poke_avg_ns=0 poke_max_ns=0" \
		'# violation test=defer kind=epoch protocol=<"&> cpu=2' \
		'not ok 1 defer # FAIL violations=1 <&">' \
		'# result test=cost op=iret min_cycles=10 median_cycles=20 p99_cycles=300' \
		'# result test=cost op=mov-cr3 min_cycles=100 median_cycles=200 p99_cycles=900' \
		'ok 2 cost' \
		'# result test=mutants protocol=early-signal expected=broken observed=broken caught_by=invariant' \
		'# result test=mutants protocol=nested-signal expected=sound observed=sound caught_by=none' \
		'ok 3 mutants' \
		'# result test=litmus name=SB.F+mb+iret serializer=iret rounds=1000 positive=0 negative=1000 expected=40 bound_ppm=45.8 verdict=sound' \
		'# result test=litmus name=SB.F+mb+cpuid serializer=cpuid rounds=1000 positive=0 negative=1000 expected=0 bound_ppm=99.5 verdict=untestable' \
		'# here SB.F+mb+iret: sound here: 0 of 1000' \
		'ok 4 litmus' \
		'# result test=window protocol=nested-signal point=entry.after-cr3 event=mc entries=3 injected=0 hits=0 violations=0' \
		'ok 5 window # SKIP nothing was reached' \
		'not ok 6 tlb # ERROR the test reported nothing' \
		"$config" '# replay: ./run-qemu.sh test=all' '# verdict FAIL pass=3 fail=1 error=1 skip=1'
}

# An isolated CPU under each way of telling it.
noise() {
	local sync

	for sync in ipi deferred; do
		printf '%s\n' 'KTAP version 1' "$config sync=$sync" 1..1 \
			"# result test=noise cpu=2 role=isolated load=pokes sync=$sync runtime_ns=2000000 max_ns=40000 p50_ns=900 p99_ns=5000 p999_ns=9000 p9999_ns=20000 interrupts=0" \
			"# histogram test=noise cpu=2 load=pokes sync=$sync 500:900 1000:20 4000:3 over:1" \
			"# histogram test=noise cpu=2 load=pokes sync=$sync part=interrupted 4000:2 over:0" \
			'ok 1 noise' '# verdict PASS pass=1 fail=0 error=0 skip=0'
	done
}

report() { # STATUS PATTERNS WORD...
	local want=$1 patterns=$2

	shift 2
	cd "$made" && expect "$want" "$patterns" "$top/tests/report" "$@"
}

# As many pictures as these, and nothing that a browser would have to fetch.
pictures() { # FILE NUMBER
	[[ $(grep -c '<svg' "$1") == "$2" && $(grep -c '</svg>' "$1") == "$2" ]] || return
	! grep -nE '(src|href)=.?[^#"'\'' ]*[/:]|url\([^#]|https?:|@import|<script|<link|<!--plot' "$1"
}

@test "a page has a picture of each kind, and needs nothing else" {
	report 0 '' --output page.html whole.log noise.log
	pictures "$made/page.html" 5
	for plot in noise poke cost matrix litmus; do grep -q "$plot-gnuplot" "$made/page.html"; done
}
@test "a page without noise says SKIP there" {
	report 0 $'SKIP: no result of test=noise\n</html>\n!SKIP: no result of test=cost' whole.log
}
@test "a result in which nothing could be is a SKIP" {
	report 0 $'<td>SKIP: no pokes</td>\n<td>SKIP: not testable here</td>\n<td>SKIP: no hits</td>' whole.log
}
@test "a page shows what failed, and no word of a log is markup" {
	report 0 $'violations=1 &lt;&amp;&quot;&gt;\nprotocol=&lt;&quot;&amp;&gt;\nERROR</td><td>the test reported nothing' whole.log
}
@test "names within the pictures are each one's own" {
	report 0 '' --output page.html whole.log noise.log
	[[ -z $(grep -oE "<[^>]* id=['\"][^'\"]*" "$made/page.html" | sed -E "s/.* id=['\"]//" | sort | uniq -d) ]]
}
@test "two logs: ratios and their spread" {
	report 0 $'A against B\nmeasured nothing in common\ndefer: ' whole.log other.log && return 1
	sed 's/sync=deferred/sync=ipi/' "$made/other.log" >"$made/after.log"
	report 0 $'<h2>A against B</h2>\n<td>poke_avg_ns</td><td class="n">100</td><td class="n">100 to 100, 1</td><td class="n">250</td>*<td class="n">2.5</td><td class="n">one each</td>' whole.log after.log
}
@test "two logs of one test, told in two ways: how they were told is what is compared" {
	head -n 8 "$made/noise.log" >"$made/one.log"
	tail -n 8 "$made/noise.log" >"$made/two.log"
	report 0 $'<td>sync</td><td> ipi</td><td> deferred</td>\n>noise load=pokes cpu=2 role=isolated<\n<td>max_ns</td>' one.log two.log
}
@test "two logs: spreads that do not meet are marked" {
	for n in 100 120; do whole ipi $n; done >"$made/before.log"
	for n in 200 240; do whole ipi $n; done >"$made/after.log"
	report 0 $'1 lie apart\n<tr class="apart"><td>poke_avg_ns</td><td class="n">110</td><td class="n">100 to 120, 2</td><td class="n">220</td><td class="n">200 to 240, 2</td><td class="n">2</td><td class="n">1.67 to 2.4</td>' before.log after.log
}
@test "two logs: answers and configurations that differ are shown" {
	sed 's/observed=sound caught_by=none/observed=broken caught_by=stale point=exit.cr3/; s/stepping=1/stepping=2/' \
		"$made/whole.log" >"$made/after.log"
	report 0 $'Answers that differ\n<td>mutants protocol=nested-signal</td><td> sound</td><td> broken</td>\n<td>stepping</td><td> 1</td><td> 2</td>' whole.log after.log
}
@test "runs of one log on two machines are not one bar" {
	{ cat "$made/whole.log" && sed 's/accel=tcg/accel=kvm/' "$made/whole.log"; } >"$made/two.log"
	report 0 $'>tcg<\n>kvm<' two.log
}

@test "JUnit's XML: counts as the verdict's" {
	report 0 $'<testsuites name="latesync" tests="6" failures="1" errors="1" skipped="1">\nmessage="violations=1 &lt;&amp;&quot;&gt;"\n<skipped message="nothing was reached"/>' --junit whole.log
	for what in 'testcase 6' 'failure 1' 'error 1' 'skipped 1' 'system-out 6'; do
		[[ $(grep -cE "<${what% *}[ />]" <<<"$output") == "${what#* }" ]]
	done
}
@test "JUnit's XML: well-formed" {
	report 0 '' --output junit.xml --junit whole.log noise.log
	if type -P xmllint >/dev/null; then
		xmllint --noout "$made/junit.xml"
	else	# each tag closed by its own, in order
		tr '\n' ' ' <"$made/junit.xml" | grep -oE '<[^>]*>' | awk '/^<[?]|\/>$/ { next }
			/^<\// { if (substr($1, 3) != open[n--] ">") exit 1; next }
			{ sub(/[ >].*/, ""); open[++n] = substr($0, 2) } END { exit n }'
	fi
}
@test "JUnit's XML: what a crash left unrun is an error" {
	{ head -n 4 "$made/whole.log" && printf '%s\n' 'not ok 1 defer # CRASH asked for' "$config" '# verdict CRASH pass=0 fail=0 error=1 skip=0'; } >"$made/crash.log"
	report 0 $'tests="6" failures="0" errors="6" skipped="0"\nname="planned as 6"' --junit crash.log
}
@test "JSON" {
	report 0 $'"verdict": "FAIL"\n"poke_avg_ns": 100,\n"skip": "no pokes"' --json whole.log noise.log
	type -P jq >/dev/null || skip 'no jq here'
	[[ $(jq -r '[.runs[].tests[].results[]] | length' <<<"$output") == 11 ]]
	[[ $(jq -r '.runs[0].tests[0].violations[0]' <<<"$output") == 'violation test=defer kind=epoch protocol=<"&> cpu=2' ]]
	[[ $(jq -r '.runs[0] | .pass, .fail, .error, .skip' <<<"$output" | tr '\n' ' ') == '3 1 1 1 ' ]]
}

@test "CR LF, a firmware's words and escapes, more than one run" {
	{ printf '\033[2J\033[01;01HSeaBIOS (version 1)\r\n\r\nBooting...\033[m\r\n\033[2JKTAP version 1\r\n'
		sed '1d; s/$/\r/' "$made/whole.log"
		printf 'run-qemu.sh: more\n\n'
		cat "$made/noise.log"; } >"$made/mixed.log"
	report 0 $'"log": "mixed.log", "line": 4,\n"line": 30,\n"line": 38,' --json mixed.log
}
@test "the kernel's own log" {
	boots 0 '# verdict PASS' --log "$made/own.log" --accel tcg --smp 2 test=defer,cost duration=300ms
	report 0 '' --output own.html own.log
	pictures "$made/own.html" 2
	report 0 $'tests="2" failures="0" errors="0" skipped="0"' --junit own.log
}
@test "a log whose name has = and blanks" {
	cp "$made/whole.log" "$made/a=b c.log"
	report 0 '"log": "a=b c.log"' --json 'a=b c.log'
}

# One thing is wrong: status 2, the line and what was expected are named, and no file is left.
refuses() { # LINE PATTERN SED-SCRIPT [LOG]
	local form

	mkdir -p "$made/here" "$made/tmp"
	rm -f "$made"/here/*
	sed -E "$3" "$made/${4-whole.log}" >"$made/bad.log"
	printf 'old\n' >"$made/here/out"
	for form in '' --json --junit; do
		TMPDIR=$made/tmp report 2 "error: bad.log:$1: expected $2" ${form:+"$form"} --output here/out noise.log bad.log
		[[ $output != *$'\n'* && $(ls "$made/here") == out && $(<"$made/here/out") == old && -z $(ls "$made/tmp") ]]
	done
	TMPDIR=$made/tmp report 2 '!<' bad.log
}
@test "refused: empty" { refuses 1 'KTAP version 1' d; }
@test "refused: somebody else's" { refuses 3 '`KTAP version 1`' '3,$d; s/.*/hello world/'; }
@test "refused: another version of KTAP" { refuses 1 '`KTAP version 1`' '1s/1/2/'; }
@test "refused: its beginning is gone" { refuses 1 '`KTAP version 1` before it' 1d; }
@test "refused: its end is gone" { refuses 24 '`# verdict ...` of the run that begins in line 1' '$d'; }
@test "refused: cut off in the middle of a line" { refuses 24 '`# verdict WORD pass=N fail=N error=N skip=N`' '$s/=.*//'; }
@test "refused: cut off in the middle of a result" { refuses 5 'poke_min_ns= in a result of test=defer' '5s/ poke_min.*//'; }
@test "refused: cut off behind a key" { refuses 5 'key=value' '5s/46 sites.*//'; }
@test "refused: cut off, then another run" { refuses 10 '`# verdict ...` of the run that begins in line 1' '9aKTAP version 1'; }
@test "refused: no plan" { refuses 23 'a plan `1..N` before the verdict' 4d; }
@test "refused: two plans" { refuses 5 'one plan a run' '4a1..6'; }
@test "refused: fewer tests than planned" { refuses 24 '7 tests, as planned, found 6' '4s/6/7/'; }
@test "refused: a test lost" { refuses 13 '`ok 2 NAME`' 11d; }
@test "refused: a test twice" { refuses 12 '`ok 3 NAME`' '11p'; }
@test "refused: a test without a name" { refuses 11 '`ok 2 NAME`' '11s/ cost//'; }
@test "refused: a verdict that does not count" { refuses 24 'pass=3, as the tests above say, found pass=4' '$s/pass=3/pass=4/'; }
@test "refused: a verdict that is none" { refuses 24 '`# verdict WORD' '$s/FAIL/GOOD/'; }
@test "refused: PASS with a failure" { refuses 24 'a verdict as the tests above say' '$s/FAIL/PASS/'; }
@test "refused: a letter in a number" { refuses 5 'a number behind poke_avg_ns=, found "1O0"' '5s/=100 /=1O0 /'; }
@test "refused: a key twice" { refuses 9 'each key once' '9s/$/ op=iret/'; }
@test "refused: words without a key" { refuses 9 'key=value, found "op"' '9s/op=/op /'; }
@test "refused: a result of nothing" { refuses 9 'test=NAME behind `# result`' '9s/test=cost //'; }
@test "refused: percentiles out of order" { refuses 9 'min_cycles, median_cycles and p99_cycles in order' '9s/=20 /=2000 /'; }
@test "refused: litmus counts that do not add up" { refuses 15 'positive= and negative= that are rounds= together' '15s/negative=1000/negative=999/'; }
@test "refused: no configuration" { refuses 22 '`# config ...` before the verdict' '/^# config/d'; }
@test "refused: lines run into one another" { refuses 10 'a number behind p99_cycles=, found "900ok"' '10s/$/ok 2 cost/'; }
@test "refused: other text in between" { refuses 10 'a line of KTAP or one that begins with `# `' '10s/^/GNU GRUB /'; }
@test "refused: bytes that are no text" { refuses 12 'a line of KTAP' $'11a\\\x01\xff\xfe'; }
@test "refused: a bin without a count" { refuses 5 'key=value, NS:COUNT or over:COUNT, found "1000:"' '5s/1000:20/1000:/' noise.log; }
@test "refused: a directive that nobody knows" { refuses 21 'FAIL, ERROR, CRASH or HANG behind #' '21s/ERROR/OOPS/'; }

@test "usage: no log" { report 2 'error: LOG: expected at least one log'; }
@test "usage: a log that is not there" { report 2 'error: nosuch.log: expected a log that can be read' nosuch.log; }
@test "usage: an option that is none" { report 2 'error: --pdf: expected --json, --junit' --pdf whole.log; }
@test "usage: two forms" { report 2 'error: --junit: expected one of --json and --junit' --json --junit whole.log; }
@test "usage: --output without a file" { report 2 'error: --output: expected a file behind it' --output; }
@test "output that cannot be written is status 3" { report 3 'nosuch/page.html cannot be written' --output nosuch/page.html whole.log; }
@test "output to a device does not replace it" { report 0 '' --output /dev/null whole.log && [[ -c /dev/null ]]; }
@test "usage: --help" { report 0 'usage: tests/report' --help; }
