#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# test=cost: which operations it measures on which machine, and what it says about the others.

load lib

pass=$'# verdict PASS\n!not ok\n!# violation'
figures='min_cycles=[0-9]* median_cycles=[0-9]* p99_cycles=[0-9]* samples=[1-9]* empty_cycles=[0-9]*'

# Each op is measured, or with ! not and the reason said.
costs() { # OPS [OPTION|WORD]...
	local op patterns=$pass

	for op in $1; do
		case $op in
		!*) patterns+=$'\n# cost: op='"${op#!} not measured: " ;;
		*) patterns+=$'\n op='"$op $figures" ;; # behind stopped_ms= where the host stopped us
		esac
	done
	boots 0 "$patterns" "${@:2}" "test=${parts:-cost}" duration=300ms
}

@test "TCG has no PCID" {
	costs 'nothing mov-cr3 mov-cr3-other-twice invlpg cpuid iret ipi ipi-running-1 ipi-halted-1
		ipi-running-1-one-way ipi-halted-1-one-way sync-everyone sync-deferred poke-1-ipi
		poke-10-deferred-0 poke-100-deferred-1 watch syscall-off int80-off ud-off irq-off
		syscall-pti int80-pti ud-pti irq-pti irq-sync-pti syscall-pti-s int80-pti-s ud-pti-s
		irq-pti-s syscall-pti-s-xchg int80-pti-s-xchg ud-pti-s-xchg irq-pti-s-xchg
		syscall-pti-late-clear syscall-pti-while-kept !syscall-pti-s-flush !irq-pcid
		!mov-cr3-keep !mov-cr3-other-keep-twice !invpcid-one !invpcid-all !invpcid-nonglobal' \
		--accel tcg --smp 2
	[[ $output == *"the emulator's"* ]]
}
@test "Bochs has PCID and INVPCID" {
	costs 'mov-cr3 mov-cr3-keep mov-cr3-other-keep-twice invpcid-one invpcid-context invpcid-all
		invpcid-nonglobal syscall-off syscall-pti int80-pti-s syscall-pcid irq-pcid irq-sync-pcid
		int80-pcid-s ud-pcid-s-flush syscall-pcid-s-flush syscall-pcid-s-flush-xchg !serialize' \
		--emulator bochs --smp 2
}
@test "Bochs without PCID" { costs 'mov-cr3 !mov-cr3-keep syscall-pti-s !syscall-pcid !int80-pcid-s' --emulator bochs --smp 2 pcid=off; }
@test "pti=off" {
	costs 'syscall-off irq-off sync-everyone poke-1-ipi poke-1-deferred-0 !poke-1-deferred-1
		!syscall-pti !int80-pti-s !irq-sync-pti !sync-deferred' --accel tcg --smp 2 pti=off
	[[ $output == *'break-even: none: entries'* ]]
}
@test "1, 2, 4 and all others are told; one, four and all isolated left for later" {
	parts=cost:ipis,cost:pokes,cost:partial costs 'ipi-running-1 ipi-running-2 ipi-running-4 ipi-running-6-one-way ipi-halted-4 ipi-halted-6
		poke-1-ipi poke-100-deferred-0 poke-10-deferred-1 poke-1-deferred-4 poke-1-deferred-5' \
		--accel tcg --smp 7 isolcpus=2-6
	[[ $output != *'op=ipi-running-8'* && $output != *'deferred-16'* ]]
}
@test "one part alone" {
	boots 0 "$pass"$'\n op=nothing \n op=iret \n!op=ipi\n!op=sync-deferred\n!op=poke\n!op=syscall' \
		--accel tcg --smp 2 test=cost:insns duration=100ms
	boots 2 'error: test=cost:inns: expected what test=list shows for "cost", which takes no ":inns"' test=cost:inns
}
@test "pokes: all or none left for later; what lies between is a part of its own" {
	boots 0 "$pass"$'\n op=poke-1-ipi \n op=poke-100-deferred-3 \n!deferred-0\n!deferred-1' \
		--accel tcg --smp 4 isolcpus=1-3 test=cost:pokes duration=100ms
	boots 0 "$pass"$'\n op=poke-1-deferred-0 \n op=poke-100-deferred-1 \n!op=poke-1-ipi\n!deferred-3' \
		--accel tcg --smp 4 isolcpus=1-3 test=cost:partial duration=100ms
}
@test "one CPU" { costs 'mov-cr3 poke-1-deferred-0 !mov-cr3-other-twice !ipi !ipi-halted-1 !sync-everyone !poke-1-ipi !syscall-off' --accel tcg --smp 1; }
@test "CPUs that cpus= names" { costs 'mov-cr3 ipi' --accel tcg cpus=3,0; }

# kPTI and the protocol are as they were.
@test "what comes behind it is not changed by it" {
	boots 0 "$pass"$'\nok 2 defer\nok 3 pti-audit\nprotocol=late-clear user=mix' --accel tcg --smp 2 \
		test=cost,defer,pti-audit protocol=late-clear duration=300ms
	boots 0 "$pass"$'\nok 2 selftest\nok 3 tlb\npcid=on' --emulator bochs --smp 2 test=cost,selftest,tlb duration=300ms
}

# Where the emulator's clock counts instructions all rounds are alike: what is no difference is none, and what is
# one is divided as it should be.
@test "by instructions: kPTI costs something, XCHG more than a store, and the break-even is exact" {
	local row='^#   nested-signal +syscall-off +([0-9]+) +([0-9]+) to ([0-9]+) +([0-9]+)  ([0-9]+) \(([0-9]+) to ([0-9]+)\)$'

	boots 0 "$pass"$'\n#   nested-leave-set       syscall-pti-s        0             0 to 0 *none: within its noise\n# break-even: * under nested-signal' --accel tcg,thread=single --smp 2 --qemu-arg -icount \
		--qemu-arg shift=0 test=cost:entries duration=100ms quirk=off x2apic=off # see tests/tools/scale
	median() { sed -nE "s/^# result .*op=syscall-$1 .* median_cycles=([0-9]+) .*/\1/p" <<<"$output"; }
	echo "$(median off) $(median pti) $(median pti-s) $(median pti-s-xchg)"
	(($(median off) < $(median pti) && $(median pti) <= $(median pti-s) && $(median pti-s) < $(median pti-s-xchg)))
	[[ $(grep -E "$row" <<<"$output") =~ $row ]]
	echo "${BASH_REMATCH[@]:1}"
	((BASH_REMATCH[1] > 0 && BASH_REMATCH[1] == BASH_REMATCH[2] && BASH_REMATCH[1] == BASH_REMATCH[3]))
	((BASH_REMATCH[5] == BASH_REMATCH[4] / BASH_REMATCH[1] && BASH_REMATCH[5] == BASH_REMATCH[6] &&
		BASH_REMATCH[5] == BASH_REMATCH[7]))
}

# Three looks at S and one at its int3 handlers, whatever the sites: exact counts, the same on every host.
@test "what a poke takes grows with skipped CPUs by one pass of one loop a sync" {
	limit=600 expect 0 $'instructions of the patching CPU\na skipped CPU costs a sync \n!not so' \
		"$top/tests/tools/scale" --count 2 9 16
}
@test "scale: pokes a second and latency, deferred and told, turn by turn" {
	limit=600 expect 0 $'a poke of one site, medians\n2 turns, median (least..most), host load [0-9]*\n   CPUs *deferred\n      2      1.00 (1.00..1.00)\n      3 *(*..*)' \
		"$top/tests/tools/scale" --repeat 2 2 3 -- duration=100ms --accel tcg
}
@test "scale --ops: each op by its base, and the break-even of what was measured enough" {
	limit=600 expect 0 $'2 CPUs, each op\x27s median\n  syscall-pti-s * (*..*)  syscall-off\nbreak-even: nested-signal against syscall-off: SKIP: too few rounds' \
		"$top/tests/tools/scale" --ops --repeat 2 -- duration=100ms --accel tcg
}
# Three turns whose figures are known: nothing of a machine in it.
@test "scale: medians, least and most, and break-even, of known figures" {
	local -a ops=(awk -v mode=ops -f "$top/tests/tools/median.awk" -f "$top/tests/tools/scale.awk" "$BATS_TEST_TMPDIR/turns")

	for turn in '1 10 40 50' '2 10 20 none:' '3 20 100 30'; do
		read -r -a f <<<"$turn"
		set -- "${f[@]}"
		printf '%s\n' "$1 2 load $1.5" "$1 2 khz 1000" \
			"$1 2 # result test=cost op=syscall-off median_cycles=$2 base=mov-cr3" \
			"$1 2 # result test=cost op=syscall-pti-s median_cycles=$3 base=syscall-off" \
			"$1 2 # result test=cost op=mov-cr3 median_cycles=0 base=mov-cr3" \
			"$1 2 # result test=cost op=poke-1-deferred-1 median_cycles=$2 base=poke-1-ipi" \
			"$1 2 # result test=cost op=poke-1-ipi median_cycles=7000 base=mov-cr3" \
			"$1 2 even nested-signal syscall-off 4 1 to 7 200 $4 (1 to 2)"
	done >"$BATS_TEST_TMPDIR/turns"
	expect 0 $'3 turns, median (least..most), host load 1.5 to 3.5:\n  syscall-off *-  mov-cr3\n  syscall-pti-s *4.00 (2.00..5.00)  syscall-off\n  poke-1-deferred-1 *0.0014 (0.0014..0.0029)  poke-1-ipi\nbreak-even: nested-signal against syscall-off: 40 (30..50) entries for each IPI that is spared, in 2 of 3 turns; else none' \
		"${ops[@]}"
	sed -i /syscall-off.*base/d "$BATS_TEST_TMPDIR/turns" # no turn has the base: no ratio is made up
	expect 0 '!syscall-pti-s' "${ops[@]}"
	sed -i '/^2.*op=syscall-pti-s/d' "$BATS_TEST_TMPDIR/turns"
	printf '%s\n' '1 2 # result test=cost op=syscall-off median_cycles=1 base=mov-cr3' >>"$BATS_TEST_TMPDIR/turns"
	expect 3 'error: no result of syscall-' "${ops[@]}"
}
@test "scale refuses what is no number of CPUs, and says what it may be" {
	expect 2 'error: 1: expected more CPUs' "$top/tests/tools/scale" 1
	expect 2 'error: 256: expected --count' "$top/tests/tools/scale" 256
	expect 2 'error: 2: expected more CPUs than 1, and than before' "$top/tests/tools/scale" 16 2
	expect 2 'error: 8: expected two or more numbers' "$top/tests/tools/scale" --count 8
	expect 2 'error: --repeat 0: expected how often' "$top/tests/tools/scale" --repeat 0
	expect 2 'error: --repeat 2: expected no --count' "$top/tests/tools/scale" --count --repeat 2
	expect 2 'error: --ops: expected one of' "$top/tests/tools/scale" --count --ops
	expect 3 'ERROR: run-qemu.sh ends with status 2 at 2 CPUs' "$top/tests/tools/scale" --count 2 3 -- wrong
}
@test "bench refuses to compare with what is no checkout, and in a part that compares nothing" {
	expect 2 'error: --against /nowhere: expected a checkout' "$top/tests/tools/bench" --against /nowhere
	expect 2 'error: --against: expected a checkout' "$top/tests/tools/bench" --against
	expect 2 "error: --against $top size: expected the part start" "$top/tests/tools/bench" --against "$top" size
}
