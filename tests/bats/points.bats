#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2030,SC2031
# Events forced and waits put at named points: they happen, they are told, and the replay line
# repeats what they showed.

load lib

clean=$'# verdict PASS\n!not ok\n!# violation'
enter=(--accel tcg --smp 2 test=defer user=enter duration=1s)
hole=("${enter[@]}" delay=exit.signal-to-cr3:poke inject=exit.signal-to-cr3:nmi inject=nmi.signal-to-cr3:mc)

@test "an NMI in the exit gap breaks early-signal" {
	boots 1 $'# violation test=defer kind=invariant protocol=early-signal point=exit.signal-to-cr3 * event=nmi *
# config * inject=exit.signal-to-cr3:nmi delay=none ' "${enter[@]}" protocol=early-signal \
		inject=exit.signal-to-cr3:nmi
}
@test "an NMI in the exit gap leaves nested-signal sound" {
	boots 0 "$clean"$'\n# point exit.signal-to-cr3: reached=* injected=*' "${enter[@]}" inject=exit.signal-to-cr3:nmi
}
@test "every kind of event at once, each behind a poke" {
	boots 0 "$clean"$'\n!injected=0' "${enter[@]}" inject=exit.iret:nmi inject=exit.iret:db inject=exit.iret:mc \
		delay=exit.iret:poke inject=entry.signal-to-cr3:db delay=entry.signal-to-cr3:1000
}
@test "an event inside an event, behind a whole poke" {
	boots 0 "$clean"$'\n!injected=0' "${hole[@]}"
}
@test "the same breaks nested-skip-if-signalled" {
	boots 1 $'kind=epoch protocol=nested-skip-if-signalled point=nmi.signal-to-cr3 * event=mc' "${hole[@]}" \
		protocol=nested-skip-if-signalled
}
@test "the points of the patcher, the sender and the handlers" {
	boots 0 "$clean"$'\n!injected=0' --accel tcg --smp 2 test=poke duration=1s inject=int3.before-ref:mc \
		inject=ipi.before-ack:nmi inject=sender.barrier-to-read:nmi inject=poke.before-refs-drop:db \
		inject=poke.tail-written:nmi delay=int3.before-ref:poke delay=sender.after-read:20000 \
		delay=poke.int3-written:20000 delay=sender.before-barrier:1000
}
@test "a point that is never reached is a SKIP" {
	boots 77 'ok 1 defer # SKIP syscall.first-insn' --accel tcg --smp 2 test=defer user=spin duration=300ms \
		inject=syscall.first-insn
}

first_violation() {
	grep -m 1 '^# violation' <<<"$output" | sed -E 's/ (point=[^ ]*) .* (event=[^ ]*) .*/ \1 \2/'
}
@test "the replay line of a window shows the same violation again" {
	boots 1 $'# violation test=window kind=invariant protocol=early-signal point=* event=* S=0 cr3=* site=* credit=* epoch=*' \
		--accel tcg --smp 2 test=window protocol=early-signal duration=2s
	first=$(first_violation)
	read -r -a words <<<"$(sed -n 's|^# replay: ./run-qemu.sh ||p' <<<"$output")"
	boots 1 "# violation" "${words[@]}"
	[[ $(first_violation) == "$first" ]]
}
@test "between the last SWAPGS and SYSRET: NMI, #DB, #MC" {
	boots 0 "$clean"$'\n# point exit.sysret: reached=\n!injected=0' "${enter[@]}" inject=exit.sysret:nmi inject=exit.sysret:db \
		inject=exit.sysret:mc delay=exit.sysret:poke
}
