#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The screen: the same report as on the serial line, read back letter by letter from screenshots.

load lib

setup_file() {
	make -s --no-print-directory -C "${BATS_TEST_DIRNAME%/tests/bats}" iso build/host/screen_text >&2
}

# Boots with a screen that goes on showing what it does. The serial line goes to said.
starts() { # OPTION|WORD...
	boots_with_screen "file:$BATS_TEST_TMPDIR/said" "$@" qr=off
	emulator=$!
}

# Waits for a line on the serial line; not for ever, since some runs have none.
await_said() { # PATTERN
	local i

	for ((i = 0; i < ${tries:-600}; i++)); do
		grep -aqE "$1" "$BATS_TEST_TMPDIR/said" 2>/dev/null && return
		sleep 0.1
	done
}

# The letters of the last screenshot.
reads() { # SCALE
	shown=$("$top/build/host/screen_text" "$1" <"$BATS_TEST_TMPDIR/ppm")
}

# Takes a screenshot (ppm), and VGA's text (vga). Leaves the lines on the screen in shown.
dumps() { # SCALE
	local dir=$BATS_TEST_TMPDIR

	: >"$dir/monitor.out"
	printf 'screendump %s/ppm\npmemsave 0xb8000 4000 "%s/vga"\ninfo status\n' "$dir" "$dir" >&8
	await 30 grep -aq 'VM status:' "$dir/monitor.out"
	if [[ ${mode-} == text ]]; then
		shown=$(vga_text)
	else
		reads "$1"
	fi
}

has() { # PATTERNS
	local pattern

	while IFS= read -r pattern; do
		# shellcheck disable=SC2053
		[[ $shown == *$pattern* ]] || { printf 'missing: %s\n%s\n' "$pattern" "$shown" && return 1; }
	done <<<"$1"
}

# The same of screenshots while a test runs, until one has it all: a busy host draws late.
comes_to_show() { # SCALE PATTERNS
	local i

	for ((i = 0; i < 60; i++)); do
		sleep 0.5
		dumps "$1"
		has "$2" >/dev/null && return
	done
	has "$2"
}

# Ends the emulator. Leaves the serial line's lines in said.lf.
ends() {
	printf 'quit\n' >&8
	wait "$emulator" || :
	exec 8>&-
	tr -d '\r' <"$BATS_TEST_TMPDIR/said" >"$BATS_TEST_TMPDIR/said.lf"
}

# What stands there after the verdict.
shows() { # SCALE PATTERNS OPTION|WORD...
	local scale=$1 patterns=$2

	shift 2
	starts "$@"
	await_said '^# verdict |^error: '
	sleep "${pause:-1}"
	[[ -z ${key-} ]] || { printf 'sendkey %s\n' "$key" >&8 && sleep 2; }
	dumps "$scale"
	ends
	has "$patterns"
}

# Is there white on red, which only violations have while tests run?
red() {
	LC_ALL=C grep -aqP '\xb0\x00\x00' "$BATS_TEST_TMPDIR/ppm"
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
@test "refused before there is paging: 1280 x 800, 32 bits" {
	shows 1 $'# ERROR start-up: this processor has no long mode\n# verdict ERROR' "${vga[@]}" std --cpu qemu64,-lm
}
@test "refused before there is paging: 800 x 600, 16 bits" {
	local mode=800x600x16

	shows 1 $'# ERROR start-up: this processor has no NX\n# verdict ERROR' "${vga[@]}" std --cpu qemu64,-nx
}
@test "console=screen: nothing on the serial line" {
	tries=60 shows 1 '# verdict PASS pass=1' "${vga[@]}" std test=pti-audit console=screen
	[[ ! -s $BATS_TEST_TMPDIR/said ]]
}
@test "console=ttyS0: nothing on the screen" {
	shows 1 '' "${vga[@]}" std test=pti-audit console=ttyS0
	[[ $shown != *verdict* ]]
}
@test "while a test runs: a row for each CPU, and its progress" {
	starts "${vga[@]}" std test=defer user=spin duration=1m
	comes_to_show 1 $'test defer, step patching\n violations 0  pokes/s [1-9]\n left 0:00:[0-5]\nt_s=[1-9]* pokes=\n  0 housekeeping kernel \n  1 isolated     user \n# test defer'
	ends
	! red || { echo 'red without a violation' && return 1; }
}
@test "no isolated CPU is interrupted for the screen, and the verdict is large" {
	shows 6 PASS "${vga[@]}" std test=defer user=spin duration=3s
	grep -aqE '^# result test=defer .* ipis_isolated=0 .* interrupts=0 ipi=0 tick=0 .* unplanned=0 ' "$BATS_TEST_TMPDIR/said.lf"
	grep -aqE '^# result test=defer .* gaps_ipi=0 .* gaps_tick=0 gaps_entry=0 ' "$BATS_TEST_TMPDIR/said.lf"
}
@test "violations are red" {
	starts "${vga[@]}" std test=defer user=enter protocol=early-signal inject=exit.signal-to-cr3:nmi duration=1m
	comes_to_show 1 $' violations [1-9]\n  1 isolated *[-a-z] * [0-9]*[0-9kM]\nviol.'
	ends
	red
}
@test "640 x 480, 24 bits: a large FAIL, and what failed" {
	local mode=640x480x24

	shows 6 FAIL "${vga[@]}" std test=selfdestruct:fail
	reads 1
	has $'not ok 1 selfdestruct fail # FAIL selfdestruct: asked for\n# verdict FAIL'
}
@test "VGA text: the live view" {
	local mode=text

	starts "${vga[@]}" std test=defer user=spin duration=1m
	comes_to_show 1 $'test defer, step patching\n  0 housekeeping kernel\n  1 isolated     user\n# test defer'
	ends
}
@test "VGA text: a verdict six rows high" {
	local mode=text

	shows 1 $' ~~~~~~ \nverdict PASS pass=1\n# verdict PASS pass=1' "${vga[@]}" std test=pti-audit
}
@test "800 x 600, 16 bits: a fault's registers and backtrace stay in full" {
	local mode=800x600x16

	shows 1 $'# panic: double fault\n#   rax \n#   cr0 \nkernel_start+\n# verdict CRASH' "${vga[@]}" std test=selfdestruct:doublefault
}
@test "80 columns of text: the config line gives way to a fault's registers" {
	local mode=text

	shows 1 $'CRASH  verdict CRASH\n# panic: double fault\n#   rax \n#   cr0 \nkernel_start+\n# verdict CRASH' "${vga[@]}" std test=selfdestruct:doublefault
}
@test "3840 x 2160: letters twice as large" {
	local mode=3840x2160

	shows 2 $'verdict PASS pass=1\n# verdict PASS pass=1' "${vga[@]}" none --qemu-arg -device --qemu-arg VGA,xres=3840,yres=2160,vgamem_mb=64 test=pti-audit
	[[ $(LC_ALL=C head -c 12 "$BATS_TEST_TMPDIR/ppm") == *3840\ 2160* ]]
}
@test "Home: the first page of the report" {
	key=home shows 1 $'KTAP version 1\n# lines 1 to 22 of' "${vga[@]}" cirrus test=pti-audit
	[[ $shown != *'# verdict'* ]]
}
@test "Page Up, of a report of one page" { key=pgup shows 1 $'KTAP version 1\n# verdict PASS\n# lines 1 to' "${vga[@]}" std test=pti-audit; }

# What the emulator takes of the host's CPUs in 3 s, in clock ticks, long after the end of a run: in spent.
spends() { # WORD...
	local stat before=0

	rm -f "$BATS_TEST_TMPDIR/monitor" "$BATS_TEST_TMPDIR/said"
	starts "${vga[@]}" std "$@"
	await_said '^# verdict '
	sleep 2
	for _ in before after; do
		stat=$(</proc/$emulator/stat)
		read -r -a stat <<<"${stat##*) }"
		spent=$((stat[11] + stat[12] - before)) before=$((stat[11] + stat[12]))
		sleep 3
	done
	ends
}
@test "a run that has ended leaves its CPU alone; after a panic, IRQs off, one waits for keys" {
	slow
	local spinning

	spends test=selfdestruct:panic
	spinning=$spent
	spends test=pti-audit
	printf 'clock ticks in 3 s: spinning %d, ended in good order %d\n' "$spinning" "$spent"
	((spent * 2 < spinning))
}
# The watchdog of the other CPUs once took the silence after the end for a hang.
@test "a run that has ended stays as it is" {
	slow
	pause=12 shows 1 '# verdict PASS pass=1' "${vga[@]}" std test=pti-audit
	[[ $(grep -c '^# verdict' "$BATS_TEST_TMPDIR/said") == 1 ]]
}
