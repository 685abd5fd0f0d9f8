#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2030,SC2031
# tests/tools/peer-linux: Linux and this kernel interrupt isolated CPUs as often for a change of text, and
# with deferral this one never does. Counts alone are looked at, no times.

load lib

# The column of interrupts in the row that begins so.
ipis() { # ROW
	awk -v row="$1" 'index($0, row) == 1 { print $(NF - 2) }' <<<"$output"
}

about() { # FIGURE FROM TO
	echo "$1, expected $2 to $3"
	[[ -n $1 ]] && awk "BEGIN { exit !($1 >= $2 && $1 <= $3) }"
}

@test "three IPIs a change and isolated CPU, in Linux and here; none with deferral" {
	slow
	run timeout "$(bound 600)" "$top/tests/tools/peer-linux" --toggles 100 </dev/null
	printf '%s\n' "$output" | tee "$BATS_TEST_TMPDIR/said"
	skip_without_outer_kernel "$BATS_TEST_TMPDIR/said"
	((status == 0))
	for cpus in 2 4; do
		about "$(ipis "$cpus     Linux ")" 2.9 3.5
		about "$(ipis "$cpus     latesync sync=ipi")" 2.9 3.1
		about "$(ipis "$cpus     latesync sync=deferred")" 0 0
	done
}
# Boots of Linux that end at once, with a line on the console; then it boots.
dies() { # TIMES LINE
	printf '%s\n' "$1" >"$BATS_TEST_TMPDIR/left"
	cat >"$BATS_TEST_TMPDIR/qemu" <<-END
		#!/bin/sh
		read -r left <"$BATS_TEST_TMPDIR/left"
		case \$* in
		*peer.toggles*)
			[ "\$left" = 0 ] || {
				echo \$((left - 1)) >"$BATS_TEST_TMPDIR/left"
				echo "[ 7.1] $2"
				exit
			}
			;;
		esac
		exec qemu-system-x86_64 "\$@"
	END
	chmod +x "$BATS_TEST_TMPDIR/qemu"
	QEMU=$BATS_TEST_TMPDIR/qemu run timeout "$(bound 600)" "$top/tests/tools/peer-linux" --smp 2 \
		--toggles 10 </dev/null
	printf '%s\n' "$output" | tee "$BATS_TEST_TMPDIR/said"
	skip_without_outer_kernel "$BATS_TEST_TMPDIR/said"
}

@test "Linux dies of an int3 that the emulator kept: it boots again; what else it dies of is an error" {
	slow
	dies 2 'int3: 0000 [#1] PREEMPT SMP PTI'
	((status == 0)) && [[ $output == *'boot 2 of 5'*'to Linux'* && $output != *'boot 3 of 5'* ]]
	dies 9 'int3: 0000 [#1] PREEMPT SMP PTI'
	((status == 3)) && [[ $output == *'boot 5 of 5'*'gave no numbers at 2 CPUs (bound 600 s): int3: 0000'* ]]
	dies 1 'BUG: unable to handle page fault'
	((status == 3)) && [[ $output != *' of 5'* && $output == *'(bound 600 s): BUG: unable'* ]]
}
@test "a machine that is ended gives no numbers: an error, not a table" {
	slow
	run "$top/tests/tools/peer-linux" --smp 2 --toggles 1000000 --timeout 5 </dev/null
	printf '%s\n' "$output" | tee "$BATS_TEST_TMPDIR/said"
	skip_without_outer_kernel "$BATS_TEST_TMPDIR/said"
	((status == 3))
	[[ $output == *'ERROR: Linux gave no numbers at 2 CPUs (bound 5 s)'* && $output != *'to Linux'* ]]
}
@test "bad options are 2" {
	expect 2 'error: --smp 2,1: expected a number from 2 to 64' "$top/tests/tools/peer-linux" --smp 2,1
	expect 2 'error: --smp 2,,4: expected a number' "$top/tests/tools/peer-linux" --smp 2,,4
	expect 2 'error: --toggles: expected a value' "$top/tests/tools/peer-linux" --toggles
	expect 2 'error: --toggle: expected --smp, --toggles' "$top/tests/tools/peer-linux" --toggle 5
}
