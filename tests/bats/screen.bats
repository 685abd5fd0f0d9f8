#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The screen: the same report as on the serial line, read back letter by letter from screenshots.

load lib

setup_file() {
	make -s --no-print-directory -C "${BATS_TEST_DIRNAME%/tests/bats}" iso build/host/screen_text >&2
}

# Boots the ISO with a screen until its verdict stands on the serial line, and takes a screenshot of
# it with the emulator's monitor. Leaves the lines on the screen in shown, the serial line's in said.
shows() { # SCALE PATTERNS OPTION|WORD...
	local scale=$1 patterns=$2 dir=$BATS_TEST_TMPDIR pattern

	shift 2
	boots_with_screen "file:$dir/said" "$@" qr=off
	for ((i = 0; i < ${tries:-600}; i++)); do
		sleep 0.1
		grep -aqE "^# verdict |^error: " "$dir/said" 2>/dev/null && break
	done
	sleep "${pause:-1}"
	[[ -z ${key-} ]] || { printf 'sendkey %s\n' "$key" >&8 && sleep 2; }
	printf 'screendump %s/ppm\nquit\n' "$dir" >&8
	wait $! || :
	exec 8>&-
	tr -d '\r' <"$dir/said" >"$dir/said.lf"
	shown=$("$top/build/host/screen_text" "$scale" <"$dir/ppm")
	while IFS= read -r pattern; do
		# shellcheck disable=SC2053
		[[ $shown == *$pattern* ]] || { printf 'missing: %s\n%s\n' "$pattern" "$shown" && return 1; }
	done <<<"$patterns"
}

# The screen's last lines are the serial line's, folded at its width.
same() { # COLUMNS
	fold -w "$1" "$BATS_TEST_TMPDIR/said.lf" | sed 's/ *$//' | tail -n 8 >"$BATS_TEST_TMPDIR/want"
	sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' <<<"$shown" | tail -n 8 >"$BATS_TEST_TMPDIR/have"
	diff "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/have"
}

vga=(--qemu-arg -vga --qemu-arg)

@test "1280 x 800: a run that passes" { shows 1 '# verdict PASS pass=1' "${vga[@]}" std test=pti-audit && same 160; }
@test "640 x 480: a panic, with its backtrace" { shows 1 $'# panic: selfdestruct\nkernel_start+\n# verdict CRASH' "${vga[@]}" cirrus test=selfdestruct:panic && same 80; }
@test "1600 x 1200: an error in the command line" {
	shows 1 'error: duration=5: expected' --qemu-arg -device --qemu-arg VGA,xres=1600,yres=1200 duration=5
}
@test "console=screen: nothing on the serial line" {
	tries=60 shows 1 '# verdict PASS pass=1' "${vga[@]}" std test=pti-audit console=screen
	[[ ! -s $BATS_TEST_TMPDIR/said ]]
}
@test "console=ttyS0: nothing on the screen" {
	shows 1 '' "${vga[@]}" std test=pti-audit console=ttyS0
	[[ $shown != *verdict* ]]
}
@test "Home: the first page of the report" {
	key=home shows 1 $'KTAP version 1\n# lines 1 to 29 of' "${vga[@]}" cirrus test=pti-audit
	[[ $shown != *'# verdict'* ]]
}
@test "Page Up, of a report of one page" { key=pgup shows 1 $'KTAP version 1\n# verdict PASS\n# lines 1 to' "${vga[@]}" std test=pti-audit; }
# The watchdog of the other CPUs once took the silence after the end for a hang.
@test "a run that has ended stays as it is" {
	slow
	pause=12 shows 1 '# verdict PASS pass=1' "${vga[@]}" std test=pti-audit
	[[ $(grep -c '^# verdict' "$BATS_TEST_TMPDIR/said") == 1 ]]
}
