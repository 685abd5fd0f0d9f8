#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The model notices what is wrong, and only that: each deliberate mistake in a sound protocol has a
# counterexample. What the protocols themselves come to, tests/run counts by tests/model/run.

load lib

breaks() { # KIND CHANGE...: of nested-signal
	local kind=$1 words=()

	shift
	for change; do words+=(--break "$change"); done
	expect 1 $'# counterexample protocol=nested-signal\n# witness: kind='"$kind"$'\nnot ok 1 model nested-signal\n# verdict FAIL' \
		"$top/tests/model/run" "${words[@]}" nested-signal
}

@test "model: S behind CR3 on the way in" { breaks torn swap=enter; }
@test "model: no S:=1 on the way in" { breaks torn drop=enter.signal; }
@test "model: no CR3 write on the way in" { breaks user_cr3 drop=enter.cr3; }
@test "model: no CR3 write in an NMI" { breaks user_cr3 drop=nmi-enter.cr3; }
@test "model: no sender's barrier" { breaks stale drop=sender.barrier; }
@test "model: nobody is waited for" { breaks torn drop=sender.wait; }
@test "model: S behind CR3 on the way out is sound" {
	expect 0 $'outcome=sound expected=sound\nok 1 model nested-signal\n# verdict PASS\n!counterexample' \
		"$top/tests/model/run" --break swap=leave nested-signal
}
# Isolation that changes: who asks once for a whole batch is right only where S always tells the truth.
@test "model: the mark is read once for all three syncs" {
	expect 1 $'# counterexample protocol=isolation-signal-first\nnot ok 2 model isolation-signal-first\nok 1 model isolation-any' \
		"$top/tests/model/run" --break drop=sender.mark isolation-any isolation-signal-first
}
@test "model: its steps are the kernel's" {
	run "$top/tests/model/run" --steps late-signal nested-signal
	((status == 0))
	# The order of S and CR3 on the way in, as the two protocols have it.
	order=$(awk '/^[a-z]/ { name = $1 } /idtentry(\.enter)?\+/ && /(S:=|CR3:=)/ { print name, substr($3, 1, 3) }' \
		<<<"$output")
	[[ $order == $'nested-signal S:=\nnested-signal CR3\nlate-signal CR3\nlate-signal S:=' ]]
}
@test "model: a bad option" {
	expect 2 'error: --break drop=enter: expected drop=PATH.STEP' "$top/tests/model/run" --break drop=enter
	expect 2 'error: no-such: expected one of always-ipi' "$top/tests/model/run" no-such
}
