#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# tests/nested-kvm itself: whose fault an end is, and what is left behind.

load lib

setup_file() {
	[[ -z ${LATESYNC_FAST-} ]] || return 0
	timeout -k 5 "$(bound 900)" "$top/tests/nested-kvm" true >"$BATS_FILE_TMPDIR/first" 2>&1 </dev/null || :
}

setup() {
	slow
	skip_without_outer_kernel "$BATS_FILE_TMPDIR/first"
}

nested() { # STATUS PATTERNS [OPTION]... [LINE]...
	expect "$1" "$2" "$top/tests/nested-kvm" "${@:3}"
}

@test "a CPU without svm: auto says so and takes TCG" {
	nested 0 $'# nested-kvm: this CPU has no /dev/kvm\nno KVM here (/dev/kvm cannot be opened): using TCG\naccel=tcg' \
		--cpu EPYC,-svm './run-qemu.sh --smp 1 test=pti-audit'
}
@test "an outer machine that stands still is an error of the harness" {
	nested 3 $'ERROR: the outer machine stands still: silent for 15 s, in line 1' --silence 15 'kill -STOP -1; read -t 1 </dev/zero'
}
@test "an outer machine that ends is an error of the harness, and so is a line without end" {
	nested 3 $'ERROR: no end within 2 s, in line 1: sleep 9\n# nested-kvm: status 3, \nERROR: the outer machine ended, in line 2' \
		--timeout 2 'sleep 9' 'poweroff -f; sleep 9'
}
@test "bad options are 2" {
	nested 2 'error: --cqu: expected an option or a LINE (nearest: --cpu; see --help)' --cqu EPYC
	nested 2 "error: --timeout 0: expected a positive number of seconds" --timeout 0
	nested 2 "error: ' ': expected a line of shell that is not empty" ' '
}
@test "SIGTERM is 143, names the line and leaves nothing" {
	local out=$BATS_TEST_TMPDIR/out

	"$top/tests/nested-kvm" 'echo here; sleep 100' >"$out" 2>&1 3>&- &
	for _ in {1..600}; do
		! grep -q '^here' "$out" || break
		sleep 0.1
	done
	kill -TERM $!
	status=0
	wait $! || status=$?
	cat "$out"
	((status == 143))
	grep -q 'terminated in line 1: echo here' "$out"
	run ! grep -a "initrd-$!" /proc/[0-9]*/cmdline
	[[ ! -e $top/build/nested/initrd-$! ]]
}
