#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The report as QR codes on the screen, read back from screenshots: it is the serial line's, to the letter.

load lib

setup_file() {
	# shellcheck source=boot/run/deps.sh
	(cd "${BATS_TEST_DIRNAME%/tests/bats}" && self=tests/run && . boot/run/deps.sh && need_tools iso screen && make -s --no-print-directory build/host/screen_text) >&2
}

qr_report=$top/tests/tools/qr-report

# One more screenshot. True: the report is whole, and in read.
photograph() {
	local dir=$BATS_TEST_TMPDIR picture

	picture=$dir/$((++pictures)).ppm
	printf 'screendump %s\n' "$picture" >&8
	sleep 1.5
	"$qr_report" "$dir"/*.ppm >"$dir/read" 2>"$dir/said.read"
}

# Boots the ISO with a screen until the report has been read from it.
carries() { # SERIAL OPTION|WORD...
	local dir=$BATS_TEST_TMPDIR failed=0

	boots_with_screen "$@"
	pictures=0
	await 90 photograph || failed=1
	printf 'quit\n' >&8
	wait $! || :
	exec 8>&-
	cat "$dir/said.read"
	return $failed
}

# What was carried is what the serial line has, without its progress.
same() {
	tr -d '\r' <"$BATS_TEST_TMPDIR/said" | grep -v '^# progress ' | diff - "$BATS_TEST_TMPDIR/read"
}

vga=(--qemu-arg -device --qemu-arg)
run=(test=defer,pti-audit duration=1200ms)
said() { printf 'file:%s/said\n' "$BATS_TEST_TMPDIR"; }

@test "640 x 480" { carries "$(said)" --qemu-arg -vga --qemu-arg cirrus "${run[@]}" && same; }
@test "800 x 600" { carries "$(said)" "${vga[@]}" VGA,xres=800,yres=600 "${run[@]}" && same; }
@test "1920 x 1080: a panic" { carries "$(said)" "${vga[@]}" VGA,xres=1920,yres=1080 test=selfdestruct:panic && same; }
@test "a line that is refused: its codes say USAGE" {
	local dir=$BATS_TEST_TMPDIR

	carries none "${vga[@]}" VGA,xres=800,yres=600 end=halt qr=on duration=5
	grep -q '^error: duration=5: expected' "$dir/read"
	# The labels begin half a letter below the border.
	for picture in "$dir"/*.ppm; do
		[[ $(head -c 10 "$picture") == *'800 600' ]] || continue # the loader's
		{ printf 'P6\n800 592\n255\n' && tail -c $((800 * 592 * 3)) "$picture"; } | "$top/build/host/screen_text" 1
	done >"$dir/labels"
	grep -q 'latesync: USAGE' "$dir/labels"
}
@test "no serial port at all, and no keyboard" {
	carries none --qemu-arg -machine --qemu-arg i8042=off --qemu-arg -vga --qemu-arg std "${run[@]}"
	[[ $(head -n 1 "$BATS_TEST_TMPDIR/read") == 'KTAP version 1' ]]
	[[ $(tail -n 1 "$BATS_TEST_TMPDIR/read") == '# verdict PASS '* ]]
}
@test "nothing to draw on: said" { boots 0 '# no QR codes at the end: there is no frame buffer' --accel tcg --smp 1 test=pti-audit qr=on; }
@test "a build without the libraries: said" {
	slow
	local command b=$BATS_TEST_TMPDIR/build

	make -s -C "$top" B="$b" CODES_LIBS= "$b/latesync.elf" 3>&-
	command=$(cd "$top" && ./run-qemu.sh --dry-run --accel tcg --smp 1 test=pti-audit qr=on)
	expect 1 $'# no QR codes at the end: built without\n qr=off \n# verdict PASS' \
		bash -c "${command//.\/build\/latesync.elf/$b/latesync.elf}"	# 1: QEMU's for exit(0)
}

# A report as a telephone reads it; then with a change to the lines.
codes() {
	cat <<-'END'
		LATESYNC 01/02 E23E45D0 D6FQQAAAAAAAAAQD6MHHCDCQFBFS2KWOZTHVGMHEGLKNGM7AKIDATJDEE2LSQBBY
		LATESYNC 02/02 E23E45D0 AYDSWFBECYL5WGRIUQSWNZQAVHKKFIX4EIQF3HE5LFQGXQAFADIEKPXCIAAAAAAA
	END
}
reads() { # STATUS PATTERNS SED-SCRIPT
	codes | sed "$3" >"$BATS_TEST_TMPDIR/codes"
	expect "$1" "$2" "$qr_report" "$BATS_TEST_TMPDIR/codes"
}

@test "qr-report: text" { reads 0 $'KTAP version 1\n# verdict PASS pass=0' ''; }
@test "qr-report: twice, in another order, with more around it" { reads 0 $'KTAP version 1\n!LATESYNC' '1{h;s/^/read: /};2{p;G}'; }
@test "qr-report: a code is missing" { reads 2 $'of 2 codes these are missing: 2\n!KTAP' 2d; }
@test "qr-report: a code that was read in two ways" { reads 2 $'1 (two that differ)\n!KTAP' '1{p;s/HHC/HHA/}'; }
@test "qr-report: a letter is wrong" { reads 2 $'the report is damaged\n!KTAP' '2s/2ZQ/3ZQ/;2s/WFB/WFA/'; }
@test "qr-report: a letter less" { reads 2 $'the report is damaged\n!KTAP' '1s/.$//'; }
@test "qr-report: the checksum is wrong" { reads 2 $'the report is damaged\n!KTAP' 's/E23E45D0/E23E45D1/'; }
@test "qr-report: codes of two runs" { reads 2 $'codes of 2 runs\n!KTAP' '2s/E23E/E23F/'; }
@test "qr-report: nothing" { reads 2 'no code at all' d; }
@test "qr-report: a file that is not there" { expect 2 'error: /nowhere: expected' "$qr_report" /nowhere; }
