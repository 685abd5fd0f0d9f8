#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# test=noise: what interrupted the programs of isolated CPUs, and that all counts agree with each other.
# How long a gap was is the host scheduler's, and is not looked at.

load lib

clean=$'# verdict PASS\nok 1 noise\n!not ok\n!# violation'

on() { # CPUS ACCEL STATUS PATTERNS [OPTION|WORD]...
	boots "$3" "$4" --smp "$1" --accel "$2" test=noise duration=400ms "${@:5}"
}
noise() { # STATUS PATTERNS [OPTION|WORD]...
	on 2 tcg "$@"
}

# What holds of every row; then these. A program may be stopped within its last look.
agree() { # EXPRESSION...
	local gaps='(gaps_ipi + gaps_nmi + gaps_tick + gaps_entry)' sums all interrupted

	sums=$(awk '/^# histogram / { part = / part=/; sum[part] = 0
			for (i = 4; i <= NF; i++)
				if (split($i, bin, ":") == 2)
					sum[part] += bin[2]
		} END { print sum[0] + 0, sum[1] + 0 }' <<<"$output")
	read -r all interrupted <<<"$sums"
	holds 'runtime_ns > 0' 'noise_ns <= runtime_ns' 'max_ns <= runtime_ns' 'floor_ns > 0' \
		'p50_ns <= p99_ns' 'p99_ns <= max_ns' "looks == $all || looks == $all - 1" \
		"$gaps == $interrupted || $gaps == $interrupted + 1" \
		'entries >= interrupts + nmi' 'interrupts == ipi + tick + foreign' \
		'gaps == gaps_ipi + gaps_nmi + gaps_tick + gaps_entry + gaps_smi + gaps_outside' "$@"
}

# The quirk's IPIs would come beside the three of each poke, and one thread needs none.
@test "pokes, sync=ipi: three interrupts a poke" {
	on 2 tcg,thread=single 0 "$clean" sync=ipi quirk=off
	agree 'pokes > 0' 'ipi == 3 * pokes' 'interrupts == ipi' 'entries == ipi' 'gaps_ipi > 0' 'gaps_ipi <= ipi'
}
@test "pokes, sync=deferred: none" {
	noise 0 "$clean"$'\n load=pokes sync=deferred ' sync=deferred
	agree 'pokes > 0' 'interrupts == 0' 'nmi == 0' 'gaps == gaps_outside'
}
@test "flushes, sync=ipi: one interrupt each" {
	noise 0 "$clean" sync=ipi load=flushes
	agree 'flushes > 0' 'ipi == flushes' 'entries == ipi' 'gaps_ipi > 0'
}
@test "pokes and flushes, sync=deferred: none" {
	noise 0 "$clean" load=both
	agree 'pokes > 0' 'flushes > 0' 'interrupts == 0'
}
@test "load=none" {
	noise 0 "$clean"$'\n!pokes=\n!flushes=' load=none sync=ipi
	agree 'interrupts == 0'
}
@test "four CPUs: a row, a histogram and a line of the table for each of two" {
	on 4 tcg 0 "$clean"$'\n CPU *Runtime' sync=ipi
	agree 'cpu == 3' 'ipi >= 3 * pokes'
	[[ $(grep -c '^# result ' <<<"$output") == 2 && $(grep -c '^# histogram .*sync=ipi [0-9]' <<<"$output") == 2 &&
		$(grep -cE '^# +[23] +[0-9]+\.[0-9] ' <<<"$output") == 2 ]]
	output=$(grep -E ' cpu=2 ' <<<"$output")
	agree 'cpu == 2' 'ipi >= 3 * pokes'
}
@test "an outlier has a time and a cause" {
	noise 0 "$clean" sync=ipi
	[[ $output =~ '# outlier test=noise cpu=1 load=pokes sync=ipi at_ns='[0-9]+' gap_ns='[1-9][0-9]*' cause='(ipi|outside) ]]
}
# They go on while a program starts, before the kernel counts.
@test "NMIs are told from interrupts" {
	boots_under_nmis 0 "$clean" --accel tcg --smp 2 test=noise load=none duration=2s
	agree 'nmi > 0' 'gaps_nmi > 0' 'interrupts == 0'
}
@test "an SMI counter is read where there is one" { noise 0 "$clean"$'\n smi=0 ' --cpu Skylake-Client; }
# Its clock counts instructions: what the host does is not in there, and the pause must fit the clock.
@test "Bochs: each interrupt makes a gap of its own" {
	boots 0 "$clean" --emulator bochs --smp 2 test=noise duration=400ms sync=ipi
	agree 'ipi == 3 * pokes' 'gaps_ipi <= ipi' 'gaps_ipi * 10 > ipi * 9'
}
@test "max_us=1 fails, with the CPU, the time and the cause" {
	noise 1 $'# FAIL max_us=1: the program of cpu 1 was away for * us, until *.* s: \n# result test=noise cpu=1' max_us=1
}
@test "max_us=1000000000 passes" { noise 0 "$clean" max_us=1000000000; }
@test "no isolated CPU: a SKIP" { on 1 tcg 77 '# SKIP no isolated CPU'; }
@test "pti=off: a SKIP, but not with sync=ipi" {
	noise 77 '# SKIP pti=off' pti=off
	noise 0 "$clean" pti=off sync=ipi
}
@test "tests/report draws it" {
	noise 0 "$clean" --log "$BATS_TEST_TMPDIR/log"
	expect 0 $'noise-gnuplot\n1 CPU, 0 interruptions' "$top/tests/report" "$BATS_TEST_TMPDIR/log"
}
