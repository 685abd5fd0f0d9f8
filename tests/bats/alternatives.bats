#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Alternatives in the kernel's own text, and what others see while they are written.

load lib

counts='# result test=alternatives sites=28 subsets=256 writes=7196 comparisons='
good=$'# verdict PASS\n!not ok\nfailures=0\nold_refused=\nnew_intermediate=0\nint3_torn=0\n!old_refused=0\n!old_intermediate=0\n!torn=0 int3_torn'
old='old engine: alt_call_last, test features *: direct call where the original is not call'
# Juergen Gross's first example: XSAVE, XSAVEOPT where the CPU has it.
plain='xsave_thread at *: 49 0f ae 64 24 40 -> 49 0f ae 64 24 40, variant 0'
opt='xsave_thread at *: 49 0f ae 64 24 40 -> 49 0f ae 74 24 40, variant 1'

@test "alternatives, --smp 1" { boots 0 "$good"$'\n'"$counts"$'\n'"$old"$'\nevents from other CPUs: SKIP' --accel tcg --smp 1 test=alternatives; }
@test "alternatives, --smp 2" { boots 0 "$good"$'\n!events_by_others=0' --accel tcg --smp 2 test=alternatives; }
@test "alternatives, --smp 8" { boots 0 "$good"$'\n'"$counts"$'\nseen way=new by=others\n!events_by_others=0' --accel tcg --smp 8 test=alternatives; }
@test "alternatives, --cpu max" { boots 0 "$good"$'\n'"$opt" --accel tcg --cpu max --smp 2 test=alternatives; }
@test "alternatives, --cpu qemu64: no XSAVEOPT" { boots 0 "$good"$'\n'"$plain" --accel tcg --cpu qemu64 --smp 2 test=alternatives; }
@test "alternatives, twice" { boots 0 'verdict PASS pass=2 ' --accel tcg --smp 2 test=alternatives repeat=2; }
@test "alternatives before everything else" { boots 0 $'# verdict PASS\n!not ok' --accel tcg --smp 2 test=alternatives,selftest,poke duration=300ms; }
@test "alternatives, the blocks" { boots 0 "$good"$'\nold: (xsave_thread+0x0/* len: 6)\nold_insn: 49 0f ae 64 24 40*xsave64 0x40(%r12)\nfinal_insn: 49 0f ae 74 24 40*xsaveopt64 0x40(%r12)' --accel tcg --smp 1 test=alternatives debug=alternative; }
@test "alternatives, one instruction a block" { slow; boots 0 "$good" --accel tcg,one-insn-per-tb=on --smp 2 test=alternatives; }
@test "alternatives under NMIs from outside" {
	boots_under_nmis 0 "$good"$'\n# verdict PASS pass=10 ' --accel tcg --smp 4 test=alternatives repeat=10
	((sent > 0))
}
