#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016
# run-qemu.sh with emulators that are a line of shell: no way of dying may look like 0, 1 or 77.

load lib

setup_file() {
	fake_checkout
	[[ -z ${LATESYNC_FAST-} ]] || return 0
	# The bound of 60 s without a new line takes its time: begun here, looked at by the last check.
	printf '#!/bin/sh\necho "# test quiet"\nexec sleep 100\n' >"$BATS_FILE_TMPDIR/silent"
	chmod +x "$BATS_FILE_TMPDIR/silent"
	silent="$BATS_FILE_TMPDIR/silent.out"
	export silent
	(
		SECONDS=0
		QEMU=$BATS_FILE_TMPDIR/silent "$fake/run-qemu.sh" >"$silent" 2>&1 ||
			echo "status $? after ${SECONDS%?}x s" >>"$silent"
	) 3>&- &
}

say='echo "# test one"; echo "# step two";'
v='# verdict'

# What the verdict says
@test "PASS is 0" { dies 0 'KTAP version 1' 'echo "KTAP version 1"; echo "$ok"; exit 33'; }
@test "FAIL is 1" { dies 1 '' "echo '$v FAIL pass=3 fail=1 error=0 skip=0'; exit 33"; }
@test "ERROR is 3" { dies 3 '' "echo '$v ERROR pass=3 fail=0 error=1 skip=0'; exit 33"; }
@test "CRASH is 4" { dies 4 '' "echo '$v CRASH pass=3 fail=0 error=0 skip=0'; exit 33"; }
@test "HANG is 5" { dies 5 '' "echo '$v HANG pass=3 fail=0 error=0 skip=0'; exit 33"; }
@test "SKIP is 77" { dies 77 '' "echo '$v SKIP pass=0 fail=0 error=0 skip=1'; exit 33"; }
@test "an empty plan that passes is 0" { dies 0 '' "echo 1..0; echo '$v PASS pass=0 fail=0 error=0 skip=0'"; }
@test "PASS with nothing passed is 3" { dies 3 contradicts "echo '$v PASS pass=0 fail=0 error=0 skip=3'"; }
@test "PASS with a failure is 3" { dies 3 contradicts "echo '$v PASS pass=1 fail=1 error=0 skip=0'"; }
@test "SKIP with a failure is 3" { dies 3 contradicts "echo '$v SKIP pass=0 fail=1 error=0 skip=1'"; }
@test "SKIP of nothing is 3" { dies 3 contradicts "echo '$v SKIP pass=0 fail=0 error=0 skip=0'"; }
@test "an unknown verdict is 3" { dies 3 'unknown verdict FINE' "echo '$v FINE pass=1 fail=0 error=0 skip=0'"; }
@test "carriage returns do not matter" { dies 0 '' 'printf "%s\r\n" "$ok"'; }
@test "a crash after PASS is 4" { dies 4 '' "printf '%s\\n' \"\$ok\" '$v CRASH pass=1 fail=0 error=0 skip=0'; sleep 9"; }
@test "the emulator's 1 after PASS is 0" { dies 0 '' 'echo "$ok"; exit 1'; }
@test "an emulator that stays after PASS is stopped" { dies 0 '' 'echo "$ok"; sleep 6000'; }
@test "an emulator that ignores SIGTERM is stopped" { dies 0 '' 'trap "" TERM; echo "$ok"; while :; do sleep 1; done'; }
@test "a usage error is 2" { dies 2 'error: tset=: expected' 'echo "error: tset=: expected a word (nearest: test)"; exit 33'; }
@test "what is not built yet is 2" { dies 2 'not built yet' 'echo "error: console=screen: not built yet"; sleep 6000'; }
@test "an error line within a test is no usage error" { dies 4 'in test one' "$say echo 'error: x: expected y'; exit 33"; }

# Endings without a verdict
@test "exit 0 without a verdict is 4" { dies 4 $'in test one, step two\na reset or triple fault' "$say exit 0"; }
@test "exit 1 without a verdict is 4" { dies 4 'in test one, step two' "$say exit 1"; }
@test "exit 33 without a verdict is 4" { dies 4 'in test one, step two' "$say exit 33"; }
@test "exit 77 without a verdict is 4" { dies 4 'in test one, step two' "$say exit 77"; }
@test "the last progress is named" { dies 4 'last progress: test=one pokes=5' "$say echo '# progress test=one pokes=5'"; }
@test "death between tests is told apart" { dies 4 'in test one (over)' "$say echo 'ok 1 one'"; }
@test "death by SIGKILL is 4" { dies 4 'killed by signal 9' "$say kill -9 \$\$"; }
@test "death by SIGSEGV is 4" { dies 4 'killed by signal 11' "$say kill -11 \$\$"; }
@test "a cut verdict is no verdict" { dies 4 '' 'printf "${ok%% skip*}"'; }
@test "a verdict without its newline is no verdict" { dies 4 '' 'printf "%s" "$ok"'; }
@test "a garbled verdict is no verdict" { dies 4 'not a verdict' 'echo "$ok and more"'; }
@test "a verdict in the middle of a line is no verdict" { dies 4 '' "$say"'echo "x $ok"'; }
@test "half a line is shown" { dies 4 'half a li' "$say printf 'half a li'; exit 33"; }
@test "half a line is shown while the emulator hangs" { dies 5 'half a li' "printf 'half a li'; sleep 6000" --timeout "$(bound 1)"; }
# The lines come when a look at the console of 0.1 s would end.
@test "no line's end is lost between two looks at the console" {
	local emulator=$BATS_TEST_TMPDIR/emulator run

	slow
	printf '#!/bin/bash\nexec {p}<> <(:)\nfor i in {1..60}; do echo x; read -r -t 0.1 -u $p; done
echo "# verdict PASS pass=1 fail=0 error=0 skip=0"\n' >"$emulator"
	chmod +x "$emulator"
	for run in {1..10}; do
		QEMU=$emulator "$fake/run-qemu.sh" --accel tcg >"$emulator.$run" 3>&- &
	done
	wait
	for run in {1..10}; do
		[[ $(grep -cx x "$emulator.$run") == 60 ]]
	done
}
@test "a line in two pieces is one line" { dies 0 '' 'printf "${ok::9}"; sleep 0.5; echo "${ok:9}"'; }
@test "closing the console without ending is 4" { dies 4 '' "$say exec >&-; sleep 6000"; }
@test "a child that keeps the console open does not matter" { dies 4 '' "$say sleep 6000 & exit 0"; }

# Bounds
@test "--timeout is 5 and names test and step" { dies 5 "HANG: no verdict after $(bound 1) s, in test one, step two" "$say sleep 6000" --timeout "$(bound 1)"; }
@test "--timeout bounds a flood" { dies 5 'no verdict after 0.7 s' 'while :; do echo flood; done' --timeout=0.7; }
@test "--timeout bounds a line without end" { dies 5 'no verdict after 0.7 s' 'while :; do printf flood; done' --timeout=0.7; }
@test "a verdict at the end of a flood is found" { dies 0 '' 'for ((i = 0; i < 20000; i++)); do echo "# $i"; done; echo "$ok"'; }
@test "a flood on stderr does not block" { dies 0 '' 'for ((i = 0; i < 20000; i++)); do echo "w $i"; done >&2; echo "$ok"'; }

# Stopped by SIGSTOP for 3 s, the emulator or both, where silence is bounded by 1 s; awake again it
# takes its time.
quiet_1s() { # STATUS PATTERNS EMULATOR
	local quiet=$BATS_TEST_TMPDIR/quiet

	cp -r "$fake" "$quiet"
	sed -i 's/^silence_us=.*/silence_us=1000000/' "$quiet/boot/run/watch.sh"
	fake=$quiet
	dies "$@"
}
@test "a stopped emulator is not silent" {
	quiet_1s 0 'the emulator is stopped: waiting for it to go on' "$say (sleep 3; kill -CONT \$\$) & kill -STOP \$\$; sleep 0.5; echo \"\$ok\""
}
@test "a stopped emulator is silent for --timeout" {
	dies 5 "no verdict after 1 s" "$say kill -STOP \$\$; sleep 6000" --timeout 1
}
@test "nor is one that was stopped with the script" {
	quiet_1s 0 '!is stopped' "$say p=\$PPID; (sleep 3; kill -CONT \$p \$\$) & kill -STOP \$p \$\$; sleep 0.5; echo \"\$ok\""
}
@test "--timeout stands still while the script is stopped" {
	dies 0 '' "$say p=\$PPID; (sleep 4; kill -CONT \$p \$\$) & kill -STOP \$p \$\$; sleep 0.5; echo \"\$ok\"" --timeout 3
}

# The emulator itself
@test "no emulator of that name is 3" { QEMU=/nonexistent expect 3 'is missing' "$fake/run-qemu.sh"; }
@test "an emulator that fails at once is 6" { QEMU=/bin/false expect 6 'would not start' "$fake/run-qemu.sh"; }
@test "an emulator that complains is 6" { dies 6 'cannot set up' 'echo "qemu: cannot set up guest memory" >&2; exit 1'; }
@test "an emulator that ends at once is 6" { QEMU=/bin/true expect 6 "failed before the kernel's first line (as after a reset or triple fault): /bin/true " "$fake/run-qemu.sh"; }
@test "an emulator of which only the firmware is heard is 6" {
	dies 6 $'SeaBIOS\nfailed before the kernel\'s first line (exit status 1)' 'echo SeaBIOS; exit 1'
	dies 6 "failed before the kernel's first line" 'echo "error: no such device: cd0."; exit 0'
	dies 6 "failed before the kernel's first line" 'printf "half a line"; exit 0'
}
@test "one that dies at the kernel's first line is 4" {
	dies 4 'before the first test' 'echo "KTAP version 1"; exit 0'
	dies 4 'before the first test' 'echo "latesync: this CPU has no long mode"; exit 0'
	dies 4 'before the first test' 'printf "# late"; exit 0'
	dies 4 'before the first test' 'printf "# late"; sleep 1; exit 0'
}
@test "a KVM internal error is 6, without a wait for the emulator" { dies 6 'in test one, step two' "$say echo 'KVM internal error. Suberror: 1' >&2; sleep 6000"; }
@test "an assertion of the emulator is 6" { dies 6 'in test one' "$say echo \"q: Assertion 'x' failed.\" >&2; kill -6 \$\$"; }
@test "an unknown CPU model is 2" { dies 2 'error: --cpu nosuch: expected' "echo \"q: unable to find CPU model 'nosuch'\" >&2; exit 1" --cpu nosuch; }
@test "an unknown property is 2" { dies 2 'error: --accel=tcg,x=1: expected' "echo \"q: -accel tcg,x=1: Property 'tcg-accel.x' not found\" >&2; exit 1" --accel=tcg,x=1; }
@test "warnings are passed on once" { dies 0 '' 'echo warned >&2; echo warned >&2; echo "$ok"' && [[ $output != *warned*warned* ]]; }
@test "--accel kvm without /dev/kvm is 3, with it obeyed" {
	if [[ -c /dev/kvm ]] && { : <>/dev/kvm; } 2>/dev/null; then
		dies 0 $'-accel kvm\n-cpu host' 'echo "$*"; echo "$ok"' --accel kvm
	else
		dies 3 '/dev/kvm cannot be opened' 'echo "$ok"' --accel kvm
	fi
}
@test "a build that fails is 3" { BREAK_BUILD=1 dies 3 'the build failed' 'echo "$ok"'; }

# Signals
interrupt() { # SIGNAL STATUS WORD
	local began

	printf '#!/bin/bash\necho $$ >%q.pid\n%s\ntrap "" INT TERM\nsleep 60 & wait; sleep 60\n' \
		"$BATS_TEST_TMPDIR/emulator" "$say" >"$BATS_TEST_TMPDIR/emulator"
	chmod +x "$BATS_TEST_TMPDIR/emulator"
	QEMU=$BATS_TEST_TMPDIR/emulator env --default-signal=INT "$fake/run-qemu.sh" \
		>"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	await 20 grep -q 'step two' "$BATS_TEST_TMPDIR/out"
	began=${EPOCHREALTIME/./}
	kill -"$1" $!
	status=0
	wait $! || status=$?
	cat "$BATS_TEST_TMPDIR/out"
	((status == $2 && ${EPOCHREALTIME/./} - began < $(bound 5) * 1000000))
	[[ $2 == 137 ]] || grep -q "$3 in test one, step two" "$BATS_TEST_TMPDIR/out"
}
@test "SIGINT is 130, names the step, leaves nothing" { interrupt INT 130 interrupted && gone "$BATS_TEST_TMPDIR/emulator"; }
@test "SIGTERM is 143, names the step, leaves nothing" { interrupt TERM 143 terminated && gone "$BATS_TEST_TMPDIR/emulator"; }
@test "SIGKILL ends the emulator too" {
	interrupt KILL 137 ''
	await 5 dead "$(cat "$BATS_TEST_TMPDIR/emulator.pid")"
}
# What it started itself may live on: only the emulator is on the leash.
dead() { # PID
	local stat

	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	[[ $stat == *') Z'* ]]
}
@test "a reader that goes away ends the emulator" {
	emulator=$BATS_TEST_TMPDIR/emulator
	printf '#!/bin/bash\necho $$ >%q.pid\nwhile sleep 0.1; do echo tick; done\n' "$emulator" >"$emulator"
	chmod +x "$emulator"
	expect 0 tick bash -c "QEMU=$emulator '$fake/run-qemu.sh' | head -1"
	await 5 gone "$emulator"
}

@test "SIGTERM during the build is 143, and ends it" {
	slow=$BATS_TEST_TMPDIR/slow
	cp -r "$fake" "$slow"
	printf 'all:\n\t@echo building; echo $$$$ >%s.pid; sleep 60; true\n' "$slow" >"$slow/Makefile"
	QEMU=/bin/false "$slow/run-qemu.sh" >"$slow/out" 2>&1 3>&- &
	await 20 test -s "$slow.pid"
	kill $!
	status=0
	wait $! || status=$?
	cat "$slow/out"
	[[ $status == 143 ]] && gone "$slow" && grep -q 'step build' "$slow/out"
}

# What reaches the emulator
@test "words reach the kernel in one piece" { dies 0 '-append a(b) test=x:*,y host=' 'echo "$*"; echo "$ok"' --timeout 9 'a(b)' 'test=x:*,y'; }
@test "what an option holds reaches the replay line" { dies 0 'host=--qemu-arg%20%27a%20b%25%27' 'echo "$*"; echo "$ok"' --qemu-arg 'a b%'; }
@test "options reach the replay line" { dies 0 'host=--smp%202%20--qemu-arg%20-no-hpet%20--cpu%20max' 'echo "$*"; echo "$ok"' --smp 2 --qemu-arg -no-hpet --cpu=max --log /dev/null; }
@test "options reach the emulator" { dies 0 $'-smp 7 -m 64M\n-machine pc -accel tcg,thread=single -cpu EPYC\n-no-hpet' 'echo "$*"; echo "$ok"' --smp 7 --memory=64M --machine pc --accel tcg,thread=single --cpu EPYC --qemu-arg -no-hpet; }
@test "options may stand after words" { dies 0 '-smp 3 ' 'echo "$*"; echo "$ok"' test=a --smp 3; }
@test "--dry-run prints the command and runs nothing" { dies 0 '-accel tcg -cpu max -smp 4 -m 256M' 'touch "$0.ran"' --accel tcg --dry-run && [[ ! -e $BATS_TEST_TMPDIR/emulator.ran ]]; }
@test "--gdb waits and says how to attach" { dies 0 $'-gdb tcp:localhost:1234 -S\ntarget remote localhost:1234' 'echo "$*"; echo "$ok"' --gdb; }
@test "--log keeps the console" { dies 1 '' "$say echo '$v FAIL pass=0 fail=1 error=0 skip=0'" --log "$BATS_TEST_TMPDIR/log" && grep -q 'step two' "$BATS_TEST_TMPDIR/log"; }
@test "the console goes to stdout, messages to stderr" {
	emulator=$BATS_TEST_TMPDIR/emulator
	printf '#!/bin/bash\n%s\necho warn >&2\n' "$say" >"$emulator"
	chmod +x "$emulator"
	QEMU=$emulator run --separate-stderr "$fake/run-qemu.sh"
	[[ $output == $'# test one\n# step two' && $stderr == *warn*CRASH* ]]
}
@test "--help and --version are 0" { expect 0 $'usage:\n--qemu-arg' "$fake/run-qemu.sh" --help && expect 0 'latesync 0.0.0' "$fake/run-qemu.sh" --version; }
@test "it runs from elsewhere" { cd / && dies 0 '' 'echo "$ok"'; }

@test "time that the host kept the emulator from running is no silence" {
	[[ -r /proc/self/task/$$/schedstat || -r /proc/self/schedstat ]] || skip 'no schedstat in /proc'
	run bash -c '. "$1"
		taskset -c 0 sh -c "while :; do :; done" & other=$!
		taskset -c 0 nice -n 19 sh -c "while :; do :; done" & spinner=$!
		sleep 100 & sleeper=$!
		# A wait counts once it is over: where the host is crowded, that takes its time.
		for ((n = 0, REPLY = 0; REPLY <= 500000 && n < 60; n++)); do
			sleep 1
			pid=$spinner; emulator_starved
		done
		echo "spinner $REPLY"
		pid=$sleeper; emulator_starved; echo "sleeper $REPLY"
		kill $other $spinner $sleeper' bash "$top/boot/run/watch.sh"
	echo "$output"
	[[ $output =~ spinner\ ([0-9]+) ]] && ((BASH_REMATCH[1] > 500000))
	[[ $output =~ sleeper\ ([0-9]+) ]] && ((BASH_REMATCH[1] < 500000))
}

@test "60 s without a new line is 5" {
	slow
	await 120 grep -q '^status' "$silent"
	cat "$silent"
	grep -q 'HANG: no new console line for 60 s, in test quiet' "$silent"
	grep -q 'status 5 after [6-9]x s' "$silent"
}
