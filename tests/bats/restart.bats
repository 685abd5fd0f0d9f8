#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The log that outlives a warm restart: what the next boot says of the run before.

load lib

setup() {
	log=$BATS_TEST_TMPDIR/log
	monitor=$BATS_TEST_TMPDIR/monitor
	: >"$log"
	mkfifo "$monitor.in" "$monitor.out"
	# The emulator that run-qemu.sh starts, but a reset does not end it.
	cat >"$BATS_TEST_TMPDIR/qemu" <<-'END'
		#!/usr/bin/env bash
		for word; do
			[[ $word == -no-reboot ]] || words+=("$word")
		done
		exec qemu-system-x86_64 "${words[@]}" -monitor "pipe:${0%/qemu}/monitor"
	END
	chmod +x "$BATS_TEST_TMPDIR/qemu"
}

teardown() {
	[[ -z ${started-} ]] || { kill "$started" && wait "$started"; } 2>/dev/null || :
}

# Console to $log.
starts() { # OPTION|WORD...
	QEMU=$BATS_TEST_TMPDIR/qemu "$top/run-qemu.sh" --accel tcg --smp 2 "$@" >"$log" 2>&1 </dev/null 3>&- &
	started=$!
}

said() { # TIMES LINE
	(($(grep -ac "$2" "$log") >= $1))
}

# Is reset in the middle of defer, and must know it afterwards.
interrupted() {
	await 60 said 1 '^# progress test=defer' || { tail -n 5 "$log"; return 1; }
	printf 'system_reset\n' >"$monitor.in"
	await 60 said 2 '^# previous run: ' || { tail -n 5 "$log"; return 1; }
	grep -a '^# previous run: ' "$log"
	said 1 '^# previous run: unknown' && said 1 '^# previous run: crashed in test defer, step patching'
}

@test "a reset in the middle of a test: the next boot names test and step" {
	starts test=defer sync=ipi duration=30s
	interrupted
}
@test "the same from an image by BIOS" {
	starts --boot iso test=defer sync=ipi duration=30s
	interrupted
}
@test "the same from an image by UEFI" {
	slow
	starts --boot uefi test=defer sync=ipi duration=30s
	interrupted
}
# Without the script, which stops the emulator soon after the first verdict.
reboots() { # WORD...
	local line

	line=$(cd "$top" && ./run-qemu.sh --dry-run --accel tcg --smp 1 "$@" end=reboot 2>/dev/null)
	bash -c "cd '$top' && exec ${line/ -no-reboot/}" >"$log" 2>&1 </dev/null 3>&- &
	started=$!
}

@test "end=reboot: how the run before ended, which one this is, and what it printed" {
	reboots test=pti-audit,lastlog
	await 60 said 3 '^# previous run: '
	said 1 '^# previous run: finished PASS; this is run 2 since power-on'
	said 1 '^# previous run: finished PASS; this is run 3 since power-on'
	said 1 '^# last: ok 1 pti-audit'
}
@test "a run that failed says so to the next" {
	reboots test=selfdestruct:fail
	await 60 said 2 '^# previous run: '
	said 1 '^# previous run: finished FAIL; this is run 2'
}
@test "a run that crashed did not finish" {
	reboots test=selfdestruct:panic
	await 60 said 2 '^# previous run: '
	said 1 '^# previous run: finished CRASH'
}
@test "lastlog without an earlier run is a SKIP" { boots 77 $'# previous run: unknown\n# SKIP memory holds no earlier run' --accel tcg --smp 1 test=lastlog; }
