#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The Linux program on this machine's own processor: what it promises on any machine, and, where its
# controls fire, that a bug put in on purpose is noticed. What the processor does is its own affair:
# nothing here expects a row to fire.

load lib

silicon=$top/build/silicon
rows='ROWS=SB.F.byte.warm.k8*'

setup_file() {
	make -s --no-print-directory -C "${BATS_TEST_DIRNAME%/tests/bats}" build/silicon >&2
	base=$BATS_FILE_TMPDIR/base
	export base
	timeout 60 "${BATS_TEST_DIRNAME%/tests/bats}/build/silicon" 'ROWS=SB.F.byte.warm.k8*' DURATION=3s \
		>"$base" && echo 0 >"$base.status" || echo $? >"$base.status"
}

# A bug put in on purpose: never a pass and never called sound; and where nothing was seen, because
# this machine does not show it in that time, the check is skipped with what was expected of it.
planted() { # LINES PROGRAM-WORD...
	local lines=$1

	[[ $(nproc) -gt 1 ]] || skip 'one CPU'
	shift
	run "$silicon" "$@"
	((status == 1 || status == 77)) || printf '%s\n' "$output" | tail -n 20
	((status == 1 || status == 77))
	! grep -qE '^# here [^:]*: sound here' <<<"$output"
	((status == 1)) || skip "$(grep -m 1 -oE 'not testable here: .*' <<<"$output")"
	ended 1 "$lines" "$silicon" "$@"
}

refuses() { # WORD
	expect 2 "error: $1: expected"$'\n!KTAP' "$silicon" "$1"
}

@test "a short run passes or is skipped, in KTAP" {
	[[ $(cat "$base.status") == [07]* ]] || tail -n 40 "$base"
	[[ $(cat "$base.status") == @(0|77) ]]
	[[ $(head -n 1 "$base") == 'KTAP version 1' ]]
	[[ $(grep -cE '^ok [12] (litmus|int3)( # SKIP .+)?$' "$base") == 2 ]]
	tail -n 1 "$base" | grep -qE '^# verdict (PASS|SKIP) pass=[0-2] fail=0 error=0 skip=[0-2]$'
}

@test "each row is there with its controls, and its counts add up" {
	[[ $(nproc) -gt 1 ]] || skip 'one CPU'
	for victim in mb+po mb+lfence {mb,po}+{mfence,xchg,cpuid,iret} mb+delay-{mfence,xchg,cpuid,iret}; do
		grep -qE "^# result test=litmus name=SB\.F\.byte\.warm\.k8\+${victim//+/\\+} serializer=\S+ sender_barrier=(on|off) rounds=[1-9][0-9]* positive=[0-9]+ negative=[0-9]+ expected=[0-9]+ bound_ppm=[0-9.]+ latency_cycles=[0-9]+ .*verdict=(sound|broken|untestable|control)$" "$base"
	done
	awk '/^# result test=litmus/ { split($7, r, "="); split($8, p, "="); split($9, n, "=")
		if (r[2] != p[2] + n[2]) { print; bad = 1 } } END { exit bad }' "$base"
}

@test "sound is said only where 20 or more were expected, none was seen, and a delay fired" {
	awk '/^# result test=litmus/ {
			delete value
			for (i = 3; i <= NF; i++) {
				eq = index($i, "=")
				value[substr($i, 1, eq - 1)] = substr($i, eq + 1)
			}
			positive[value["name"]] = value["positive"]
			if (value["verdict"] == "sound") {
				sound[value["name"]] = 1
				if (value["expected"] < 20 || value["positive"] > 0) { print; bad = 1 }
			}
		}
		END {
			for (name in sound) {
				delay = name
				sub(/\+mb\+/, "+mb+delay-", delay)
				if (!(positive[delay] > 0)) { print name; bad = 1 }
			}
			exit bad
		}' "$base"
}

@test "a reader of litmus7 logs reads it, and finds the same numbers" {
	[[ $(nproc) -gt 1 ]] || skip 'one CPU'
	awk -f "$top/tests/tools/litmus7.awk" "$base" | awk '{ print $1, $4, $5 }' >"$base.read"
	sed -nE '/\+(delay|trial)-/d; s/^# result test=litmus name=(\S+) .* positive=([0-9]+) negative=([0-9]+) .*/\1 \2 \3/p' \
		"$base" >"$base.said"
	[[ -s $base.said ]]
	diff "$base.said" "$base.read"
}

# One test as litmus7 prints it, with one thing changed.
litmus7_log() { # SED-SCRIPT
	sed -E "$1" <<-'END'
		Test SB Allowed
		Histogram (4 states)
		2     *>0:EAX=0; 1:EAX=0;
		499998:>0:EAX=1; 1:EAX=0;
		499996:>0:EAX=0; 1:EAX=1;
		4     :>0:EAX=1; 1:EAX=1;
		Ok

		Witnesses
		Positive: 2, Negative: 999998
		Condition exists (0:EAX=0 /\ 1:EAX=0) is validated
		Hash=2d53e83cd627ba17ab11c875525e078b
		Observation SB Sometimes 2 999998
		Time SB 0.01
	END
}

reads() { # STATUS WANTED SED-SCRIPT
	litmus7_log "$3" >"$BATS_TEST_TMPDIR/log"
	expect "$1" "$2" awk -f "$top/tests/tools/litmus7.awk" "$BATS_TEST_TMPDIR/log"
}

@test "the reader reads litmus7's own log" { reads 0 'SB Allowed 4 2 999998 Sometimes' ''; }
@test "the reader refuses a state too few" { reads 1 '3 states, not 4' '/^4 /d'; }
@test "the reader refuses a count that is off" { reads 1 'do not add up' 's/^4 /5 /'; }
@test "the reader refuses a star too many" { reads 1 '6 stars for 2 positives' 's/^4     :/4     */'; }
@test "the reader refuses Never with witnesses" { reads 1 'Never with 2' 's/Sometimes/Never/'; }
@test "the reader refuses what breaks off" { reads 1 'breaks off' '/^Observation/d'; }
@test "the reader refuses another test's observation" { reads 1 'an observation of MP' 's/ion SB/ion MP/'; }

# The recorded log with its machine and pair, with one thing changed.
row_of() { # STATUS WANTED SED-SCRIPT
	{ printf '# pair relation=core round_trip_cycles=250\n'; cat "$top/tests/host/litmus_logs/epyc.log"; } |
		sed -E "$3" >"$BATS_TEST_TMPDIR/log"
	expect "$1" "$2" "$top/tests/tools/litmus-row" "$BATS_TEST_TMPDIR/log"
}

@test "litmus-row: a log becomes a row" { row_of 0 '| AuthenticAMD 25/17/1 | yes | core, 250 cycles | iret, 78 cycles | 3 | 0 | 1 | 40 | ' ''; }
@test "litmus-row: without a control" { row_of 1 'no row SB.F.byte.warm.k8+mb+delay-iret, a control' '/k8\+mb\+delay-iret/d'; }
@test "litmus-row: without the pair" { row_of 1 'which machine and which pair' '/^# pair/d'; }
@test "litmus-row: without a trial" { row_of 1 'no false serialiser' '/trial/d'; }
@test "litmus-row: more expected than counted" { row_of 1 'is called sound, which its counts do not allow' '/k8\+mb\+iret /s/expected=[0-9]+/expected=99999999/'; }
@test "litmus-row: sound with a positive" { row_of 1 'is called sound, which its counts do not allow' '/k8\+mb\+iret /s/positive=0/positive=1/'; }

@test "a victim without its serialiser is noticed" {
	planted $'broken here: S=0 and not all new\n# witness SB.F\nnot ok 1 litmus # FAIL\nNo\nObservation*Sometimes' \
		TEST=litmus "$rows" DURATION=1s PLANT=no-serializer
}

@test "a sender without its barrier is noticed" {
	planted $'broken here: S=0 and not all new\nnot ok 1 litmus # FAIL' \
		TEST=litmus "$rows" DURATION=1s PLANT=no-barrier
}

@test "a victim that only waits is never called a serialiser" {
	for cycles in 100 500 2000; do
		run "$silicon" TEST=litmus "$rows" DURATION=500ms PLANT=delay "DELAY=$cycles"
		((status == 1 || status == 77))
		! grep -qE '^# here [^:]*: sound here' <<<"$output"
	done
}

@test "an engine whose syncs reach nobody is noticed" {
	planted $'here int3.engine: broken here\nnot ok 1 int3 # FAIL' \
		TEST=int3 DURATION=2s PLANT=no-sync
}

@test "a zero without what its controls must predict is not a pass" {
	[[ $(nproc) -gt 1 ]] || skip 'one CPU'
	expect 77 $'not testable here: \nok 1 litmus # SKIP no zero' \
		"$silicon" TEST=litmus 'ROWS=SB.F.byte.warm.k8+mb+iret' ROUNDS=256
}

@test "ROUNDS= are done, each" {
	[[ $(nproc) -gt 1 ]] || skip 'one CPU'
	expect 77 'sender_barrier=on rounds=2048 ' \
		"$silicon" TEST=litmus 'ROWS=SB.F.byte.warm.k0+mb+iret' ROUNDS=2000
}

@test "one CPU is a SKIP, through make as well" {
	expect 77 $'litmus # SKIP one CPU\nint3 # SKIP one CPU\n# verdict SKIP' \
		taskset -c 0 "$silicon"
	expect 0 '# verdict SKIP' taskset -c 0 make -s --no-print-directory -C "$top" silicon
}

@test "make hands its words on" {
	expect 2 'error: CPUS=0,0: expected' make -s --no-print-directory -C "$top" silicon CPUS=0,0
	expect 2 'error: ROUNDS=x: expected' env ROUNDS=x make -s --no-print-directory -C "$top" silicon
	expect 2 'error: PLANT=x: expected' make -s --no-print-directory -C "$top" silicon PLANT=x
}

@test "ROUNDS=0" { refuses ROUNDS=0; }
@test "ROUNDS=" { refuses ROUNDS=; }
@test "ROUNDS=1e9" { refuses ROUNDS=1e9; }
@test "ROUNDS=-1" { refuses ROUNDS=-1; }
@test "ROUNDS=99999999999999999999" { refuses ROUNDS=99999999999999999999; }
@test "CPUS=0" { refuses CPUS=0; }
@test "CPUS=0,99999" { refuses CPUS=0,99999; }
@test "CPUS=0,0" { refuses CPUS=0,0; }
@test "CPUS=0,1,2" { refuses CPUS=0,1,2; }
@test "CPUS=a,b" { refuses CPUS=a,b; }
@test "DURATION=5" { refuses DURATION=5; }
@test "DURATION=1ms" { refuses DURATION=1ms; }
@test "TEST=poke" { refuses TEST=poke; }
@test "ROWS=" { refuses ROWS=; }
@test "DELAY=long" { refuses DELAY=long; }
@test "DELAY=500 without PLANT=delay" { refuses DELAY=500; }
@test "PLANT=flowers" { refuses PLANT=flowers; }
@test "LAPS=3" { refuses LAPS=3; }
@test "rounds=3" { refuses rounds=3; }
