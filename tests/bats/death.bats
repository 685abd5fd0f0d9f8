#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Every kind of death on purpose: its status, and what must be said about it.

load lib

dead() { # STATUS PATTERNS KIND [OPTION|WORD]...
	local want=$1 patterns=$2 kind=$3

	shift 3
	boots "$want" "$patterns" --accel tcg "test=selfdestruct:$kind" "$@"
}

@test "panic is 4, with a backtrace" { dead 4 $'# verdict CRASH\nselfdestruct' panic; }
@test "a double fault is 4" { dead 4 '# verdict CRASH' doublefault; }
@test "a triple fault is 4, and named by the script" { dead 4 'in test selfdestruct' triplefault; }
@test "a reset is 4, and named by the script" { dead 4 'in test selfdestruct' reset; }
# Its test is silent, and the tick's lines about that are no progress.
@test "a hang is 5" { limit=60 dead 5 $'# verdict HANG\nselfdestruct\n# progress test=selfdestruct t_s=' hang; }
@test "a hang with interrupts off is 5" { dead 5 $'# verdict HANG\nselfdestruct' hang-irqoff; }
@test "the only CPU hung with interrupts off is 5, by the script" { slow; dead 5 'in test selfdestruct' hang-irqoff --smp 1 --timeout "$(bound 6)"; }
@test "a test that only prints is no hang" { slow; dead 0 $'# verdict PASS\nselfdestruct: line 1' talk --smp 2; }
@test "a wait that expires is 3" { dead 3 '# verdict ERROR' wait; }
# Stops the emulator for 10 s once its console says this, longer than any wait or silence may last.
stopped() { # STATUS PATTERNS LINE [OPTION|WORD]...
	local log=$BATS_TEST_TMPDIR/log id=$BATS_TEST_TMPDIR/pid want=$1 patterns=$2 line=$3 failed=0

	shift 3
	: >"$log"
	(
		await 60 grep -q "$line" "$log" && kill -STOP "$(cat "$id")"
		sleep 10
		kill -CONT "$(cat "$id")"
	) 3>&- &
	boots "$want" "$patterns" --accel tcg --log "$log" --qemu-arg -pidfile --qemu-arg "$id" "$@" || failed=1
	wait
	return $failed
}
told=$'# the host stopped this machine for @(9.9|1[0-9].[0-9]) s\n stopped_ms=@(99[0-9][0-9]|1[0-9][0-9][0-9][0-9]) ' # the machine's seconds, by its own measure
@test "a wait and a silence in which the host stops the machine are none" {
	slow
	stopped 0 "$told"$'\n# verdict PASS' '^# selfdestruct: to be stopped' --smp 2 test=selfdestruct:stopped
}
@test "a stop right before a result is in it" {
	slow
	stopped 0 " stopped_ms=@(99[0-9][0-9]|1[0-9][0-9][0-9][0-9]) "$'\n# verdict PASS' '^# selfdestruct: to be stopped' --smp 1 test=selfdestruct:stopped-late
}
@test "a host that stops the machine in the middle of defer" {
	slow
	stopped 0 "$told"$'\n# verdict PASS\nviolations=0' '^# progress' test=defer duration=3s
}
@test "a machine that is never stopped has no stopped_ms" { boots 0 $'# result\n!stopped_ms\n!the host stopped' --accel tcg --smp 2 test=defer duration=300ms; }
@test "a CPU that does not start is 3" { dead 3 '# verdict ERROR' cpu; }
@test "a test that reports nothing is 3" { dead 3 '# verdict ERROR' noreport; }
@test "a test that fails is 1" { dead 1 '# verdict FAIL' fail; }
@test "a test that skips is 77" { dead 77 '# verdict SKIP' skip; }
@test "a machine check is 4" { dead 4 '# verdict CRASH' mce; }
@test "an NMI inside an NMI is 3, and named" {
	for kind in nested-nmi nested-early; do
		dead 3 $'# verdict ERROR\n# ERROR an NMI inside an NMI' $kind --smp 2
	done
}
@test "a poke of entry text is 4, and refused by name" { dead 4 'refused at entry_SYSCALL_64+0x0/*: entry text is immutable' poke-entry; }
@test "setting a read-only key is 4, and refused by name" { dead 4 'refused at do_set_ro+*: its key or call is read-only' set-ro; }
@test "updating a read-only call is 4, and refused by name" { dead 4 'refused at do_update_ro+*: its key or call is read-only' update-ro; }
@test "panic through the ISO is 4" { dead 4 '# verdict CRASH' panic --boot iso; }
@test "panic with end=halt is 4" { dead 4 '# verdict CRASH' panic end=halt; }
@test "panic with end=reboot is 4" { dead 4 '# verdict CRASH' panic end=reboot; }
@test "failing with end=halt is 1" { dead 1 '# verdict FAIL' fail end=halt; }
@test "failing with end=reboot is 1" { dead 1 '# verdict FAIL' fail end=reboot; }
@test "failing with end=poweroff is 1" { dead 1 '# verdict FAIL' fail end=poweroff; }
@test "failing on one CPU is 1" { dead 1 '# verdict FAIL' fail --smp 1; }
@test "panic on microvm is 4" { dead 4 '# verdict CRASH' panic --machine microvm; }

# A signal while the kernel hangs: ends at once (the hang would last), names the test, leaves no emulator.
signalled() { # SIGNAL STATUS
	local out=$BATS_TEST_TMPDIR/out began

	env --default-signal=INT "$top/run-qemu.sh" --accel tcg test=selfdestruct:hang \
		--qemu-arg -name --qemu-arg "$BATS_TEST_TMPDIR" >"$out" 2>&1 3>&- &
	await 30 grep -q '^# test selfdestruct' "$out"
	began=${EPOCHREALTIME/./}
	kill -"$1" $!
	status=0
	wait $! || status=$?
	cat "$out"
	((status == $2 && ${EPOCHREALTIME/./} - began < $(bound 5) * 1000000))
	await 5 nobody_runs "$BATS_TEST_TMPDIR"
	[[ $1 == KILL ]] || grep -q 'in test selfdestruct' "$out"
}
@test "SIGINT is 130" { signalled INT 130; }
@test "SIGTERM is 143" { signalled TERM 143; }
@test "SIGKILL of the script ends the emulator" { signalled KILL 137; }

# Before there is an IDT, a page table or a console of the kernel's own.
refused() { # WHAT OPTION...
	expect 3 $'# ERROR start-up: this processor has no '"$1"$': expected a 64-bit x86 processor\n# verdict ERROR pass=0 fail=0 error=1 skip=0\n!HANG' \
		"$top/run-qemu.sh" --accel tcg --timeout 30 test=list "${@:2}"
}
@test "no NX is 3 at once" { refused 'NX (no-execute pages)' --cpu qemu64,-nx; }
@test "no NX is 3 from an image, too" { refused 'NX (no-execute pages)' --cpu qemu64,-nx --boot iso; }
@test "no long mode is 3 at once" { refused 'long mode' --cpu qemu64,-lm; }
@test "no APIC is 3 at once" { refused APIC --cpu max,-apic; }
@test "no TSC is 3 at once" { refused TSC --cpu max,-tsc; }
@test "a corrected machine check is named at the end" {
	local log=$BATS_TEST_TMPDIR/log monitor=$BATS_TEST_TMPDIR/monitor

	mkfifo "$monitor.in" "$monitor.out"
	: >"$log"
	(
		exec 8<>"$monitor.out" 9<>"$monitor.in"
		await 60 grep -q '^# progress' "$log"
		echo 'mce 1 9 0x9c00004000010091 0 0x1234 0' >&9
		sleep 1
	) 3>&- &
	boots 0 $'# warning: machine check: cpu 1, bank 9: status 0x9c00004000010091 (corrected)\n# verdict PASS' \
		--accel tcg --smp 2 --log "$log" --qemu-arg -monitor --qemu-arg "pipe:$monitor" test=defer \
		sync=ipi duration=3s
	wait
}
