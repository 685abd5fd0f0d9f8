#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# A clock is found wherever there is one. What CPUID and tables may say: tests/host/clocks.c.

load lib

# The machine without some of its clocks: the property of -machine that takes each away.
without() { # STATUS PATTERNS PROPERTY [OPTION|WORD]...
	boots "$1" "$2" --accel tcg --smp 2 --qemu-arg -machine --qemu-arg "$3" "${@:4}"
}
pass=$'# verdict PASS\n!not ok'

@test "the clocks of one machine agree" {
	boots 0 "$pass"$'\n clock=hpet \n# clock hpet: tsc_khz=\n# clock acpi_pm: tsc_khz=\n# clock pit: tsc_khz=' \
		--accel tcg --smp 2 test=selftest
}
@test "no PIT: HPET" { without 0 "$pass"$'\n tsc_source=hpet clock=hpet \n!# clock pit' pit=off test=selftest; }
@test "no HPET: the PM timer" { without 0 "$pass"$'\n tsc_source=acpi_pm clock=acpi_pm ' hpet=off test=pti-audit; }
@test "neither PIT nor HPET: the PM timer" { without 0 "$pass"$'\n clock=acpi_pm ' pit=off,hpet=off test=pti-audit; }
@test "no ACPI, and so neither HPET nor PM timer: the PIT" { without 0 "$pass"$'\n tsc_source=pit clock=pit ' acpi=off test=pti-audit; }
@test "microvm has only a PIT" { boots 0 "$pass"$'\n clock=pit ' --accel tcg --machine microvm test=pti-audit; }
@test "no clock at all is 3, and says what was looked for" {
	without 3 $'# ERROR start-up: nothing tells how fast the TSC runs: not CPUID (leaves 15h, 16h, 40000010h)\nneither an HPET nor an ACPI PM timer nor a PIT ticks' \
		pit=off --machine microvm
}
@test "all CPUs' clocks, and their rate, are compared at the end" {
	boots 0 "$pass"$'\n# tsc invariant=off compared=2 warp_start_cycles=0 warp_end_cycles=0 change_cycles=0 within_cycles=[1-9]* drift_ppm=*[0-9] drift_within_ppm=[0-9]* reference=hpet over_ms=[1-9]* left_out=0\n!# warning: during\n!# warning: over this run' \
		--accel tcg --smp 2 test=pti-audit
}
@test "the PM timer's wraps, every 4.7 s, are no drift" {
	slow
	without 0 $'# tsc *reference=acpi_pm over_ms=[6-9]\n!# warning: over this run' hpet=off test=defer duration=6s
}
@test "with nothing to compare the rate with: said" { without 0 "$pass"$'\n# tsc *drift_ppm=unknown reference=none' acpi=off test=pti-audit; }

# Bochs has IA32_TSC_ADJUST, by which one CPU's clock is set to another time.
adjusts() { # STATUS PATTERNS [WORD]...
	type -P "${BOCHS:-bochs}" >/dev/null || skip 'Bochs is missing'
	boots "$1" "$2" --emulator bochs --smp 2 "${@:3}"
}
@test "a clock that was set to another time is seen (Bochs)" {
	adjusts 0 "$pass"$'\n# clock of cpu 1: * cycles ahead; moved: \n# tsc * compared=2 warp_start_cycles=0 warp_end_cycles=0 change_cycles=0 ' test=selftest
}
@test "after that, times of two CPUs are not compared, and the end says why (Bochs)" {
	adjusts 0 $'ok 1 selfdestruct clock\n# noise: the TSC of a CPU is [1-9]* cycles or more off\n# SKIP the TSCs of the two are [1-9]* cycles or more apart
op=ipi-running-1-one-way not measured: the TSC of a CPU is\nop=ipi-running-1 min_cycles=\n# tsc * warp_start_cycles=0 warp_end_cycles=[1-9]* change_cycles=[1-9]
# warning: during this run the TSC of cpu 1 moved against CPU 0\'s by\n# verdict PASS' \
		test=selfdestruct:clock,noise,litmus,cost:ipis duration=200ms
}
@test "a clock that ran at another rate tells no time (Bochs)" {
	adjusts 0 $'ok 1 selfdestruct rate\n# noise: so far the TSC ran at another rate\nnoise # SKIP max_us=1 was not judged\n drift_ppm=-[1-9]\n# warning: over this run the TSC of CPU 0 ran at another rate' \
		test=selfdestruct:rate,noise duration=200ms max_us=1
}
@test "a CPUID leaf that lies is noticed (Bochs)" {
	type -P "${BOCHS:-bochs}" >/dev/null || skip 'Bochs is missing'
	boots 0 "$pass"$'\n# clock: by cpuid16 the TSC runs at [1-9]*00000 kHz, by hpet at * kHz, which is taken\n tsc_source=hpet clock=hpet ' \
		--emulator bochs --smp 1 test=pti-audit
}
