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
@test "a CPUID leaf that lies is noticed (Bochs)" {
	type -P "${BOCHS:-bochs}" >/dev/null || skip 'Bochs is missing'
	boots 0 "$pass"$'\n# clock: by cpuid16 the TSC runs at [1-9]*00000 kHz, by hpet at * kHz, which is taken\n tsc_source=hpet clock=hpet ' \
		--emulator bochs --smp 1 test=pti-audit
}
