#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# test=cost: which operations it measures on which machine, and what it says about the others.

load lib

pass=$'# verdict PASS\n!not ok\n!# violation'
figures='min_cycles=[1-9]* median_cycles=[1-9]* p99_cycles=[1-9]* samples=[1-9]*'

# Each op is measured, or with ! not and the reason said.
costs() { # OPS [OPTION|WORD]...
	local op patterns=$pass

	for op in $1; do
		case $op in
		!*) patterns+=$'\n# cost: op='"${op#!} not measured: " ;;
		*) patterns+=$'\n# result test=cost op='"$op $figures" ;;
		esac
	done
	boots 0 "$patterns" "${@:2}" test=cost duration=300ms
}

@test "TCG has no PCID" {
	costs 'mov-cr3 invlpg cpuid iret ipi sync-everyone sync-deferred syscall-off int80-off syscall-pti
		int80-pti syscall-pti-s !syscall-pti-s-flush !syscall-pcid !mov-cr3-keep !invpcid-all' \
		--accel tcg --smp 2
	[[ $output == *"the emulator's"* ]]
}
@test "Bochs has PCID and INVPCID" {
	costs 'mov-cr3 mov-cr3-keep invpcid-one invpcid-all syscall-off syscall-pti int80-pti-s syscall-pcid
		int80-pcid-s syscall-pcid-s-flush !serialize' --emulator bochs --smp 2
}
@test "Bochs without PCID" { costs 'mov-cr3 !mov-cr3-keep syscall-pti-s !syscall-pcid !int80-pcid-s' --emulator bochs --smp 2 pcid=off; }
@test "pti=off" { costs 'syscall-off sync-everyone !syscall-pti !int80-pti-s !sync-deferred' --accel tcg --smp 2 pti=off; }
@test "one CPU" { costs 'mov-cr3 !ipi !sync-everyone !syscall-off' --accel tcg --smp 1; }
@test "CPUs that cpus= names" { costs 'mov-cr3 ipi' --accel tcg cpus=3,0; }

# kPTI and the protocol are as they were.
@test "what comes behind it is not changed by it" {
	boots 0 "$pass"$'\nok 2 defer\nok 3 pti-audit\nprotocol=late-clear user=mix' --accel tcg --smp 2 \
		test=cost,defer,pti-audit protocol=late-clear duration=300ms
	boots 0 "$pass"$'\nok 2 selftest\nok 3 tlb\npcid=on' --emulator bochs --smp 2 test=cost,selftest,tlb duration=300ms
}
# Bochs counts instructions, five or so for a step of its TSC: the order is certain, each step of it is not.
@test "kPTI and S cost something" {
	boots 0 "$pass" --emulator bochs --smp 2 test=cost duration=300ms
	median() { sed -nE "s/^# result test=cost op=$1 .* median_cycles=([0-9]+) .*/\1/p" <<<"$output"; }
	echo "$(median syscall-off) $(median syscall-pti) $(median syscall-pti-s)"
	(($(median syscall-off) <= $(median syscall-pti) && $(median syscall-pti) <= $(median syscall-pti-s) &&
		$(median syscall-off) < $(median syscall-pti-s)))
}
