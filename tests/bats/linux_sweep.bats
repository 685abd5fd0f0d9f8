#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# tests/linux-sweep: what it refuses, whose fault an end is, and a few instructions of Debian's kernel.

load lib

setup_file() {
	make -s --no-print-directory -C "${BATS_TEST_DIRNAME%/tests/bats}" linux-sweep >&2
}

# Little-endian numbers at offsets of a file of zeros: what the boot protocol puts into a bzImage.
image() { # FILE [OFFSET BYTES]...
	local file=$1

	shift
	head -c 4096 /dev/zero >"$file"
	while (($#)); do
		printf '%b' "$2" | dd of="$file" bs=1 seek="$(($1))" conv=notrunc status=none
		shift 2
	done
}

# A header that claims a setup of one sector and 128 paragraphs of kernel: 3072 bytes.
header=(0x1f1 '\x01' 0x1f4 '\x80' 0x202 HdrS 0x206 '\x0f\x02' 0x22c '\xff\xff\xff\x7f' 0x236 '\x01')

sweep() { # STATUS PATTERNS [ARGUMENT]...
	expect "$1" "$2" "$top/tests/linux-sweep" "${@:3}"
}

# The kernel under test, or a skip where it cannot be had.
debian() { # STATUS PATTERNS [OPTION]...
	local failed=0

	slow
	limit=$(bound 300) sweep "$1" "$2" "${@:3}" debian || failed=$?
	printf '%s\n' "$output" >"$BATS_TEST_TMPDIR/said"
	skip_without_outer_kernel "$BATS_TEST_TMPDIR/said"
	return $failed
}

runs() { # TEXT
	! nobody_runs "$1"
}

setup() {
	file=$BATS_TEST_TMPDIR/image
	want='error: *image: expected a 64-bit x86 bzImage; '
}

@test "bad options are 2" {
	sweep 2 'error: no BZIMAGE: expected the kernel to sweep'
	sweep 2 'error: --limt=3: expected an option (nearest: --limit; see --help)' --limt=3 x
	sweep 2 'error: --limit 0: expected a positive number' --limit 0 x
	sweep 2 'error: --paths int8: expected nmi-user, *(nearest: int80)' --paths int8 x
	sweep 2 'error: --signal 7: expected a symbol' --signal 7 x
	sweep 2 'error: --timeout: expected a value' --timeout
	sweep 2 'error: c: expected at most two files' a b c
	sweep 0 $'nmi-user\nsyscall-sysret\npage-fault' --paths list
}
@test "no image" { sweep 2 "${want}there is no such file" "$file"; }
@test "a folder for an image" { sweep 2 'error: /: expected a 64-bit x86 bzImage; there is no such file' /; }
@test "an empty image" {
	: >"$file"
	sweep 2 "${want}it has only 0 bytes" "$file"
}
@test "an ELF file for an image" { sweep 2 'it is an ELF file (that is the second argument)' /bin/true; }
@test "a kernel for arm64" {
	image "$file" 0 MZ 0x38 'ARM\x64'
	sweep 2 "${want}it is a kernel for arm64" "$file"
}
@test "a compressed kernel" {
	image "$file" 0 '\x1f\x8b\x08'
	sweep 2 "${want}it is a compressed file" "$file"
}
@test "a 32-bit kernel" {
	image "$file" "${header[@]}" 0x236 '\x00'
	sweep 2 "${want}it is a 32-bit kernel" "$file"
}
@test "an old boot protocol" {
	image "$file" "${header[@]}" 0x206 '\x0b\x02'
	sweep 2 "${want}its boot protocol is older" "$file"
}
@test "a truncated image" {
	image "$file" "${header[@]}"
	truncate -s 3071 "$file"
	sweep 2 "${want}it is truncated: 3071 of 3072 bytes" "$file"
}
@test "a stripped VMLINUX, one for another processor, and a stub of a SYSTEM.MAP" {
	image "$file" "${header[@]}"
	strip -o "$file.elf" "$top/build/linux/init"
	sweep 2 'image.elf: expected VMLINUX with symbols, or SYSTEM.MAP; it is stripped' "$file" "$file.elf"
	printf '\xb7' | dd of="$file.elf" bs=1 seek=18 conv=notrunc status=none
	sweep 2 'image.elf: expected VMLINUX with symbols, or SYSTEM.MAP; it is not for x86-64' "$file" "$file.elf"
	echo 'ffffffffffffffff B The real System.map is elsewhere' >"$file.map"
	sweep 2 'image.map: expected VMLINUX with symbols, or SYSTEM.MAP; it is neither' "$file" "$file.map"
	echo 'ffffffff81000000 T _text' >"$file.map"
	sweep 2 'image.map: expected *; it does not name entry_SYSCALL_64' "$file" "$file.map"
}
@test "QEMU that does not start is 6" {
	image "$file" "${header[@]}"
	QEMU=/bin/false sweep 6 'ERROR: the emulator ended' "$file"
	sweep 6 'console: *nosuchcpu' --cpu nosuchcpu "$file"
}
@test "the bound is over: 3, and no emulator is left" {
	image "$file" "${header[@]}"
	sweep 3 'ERROR: the bound of --timeout is over' --timeout 3 --append "mark=$$" "$file"
	await 5 nobody_runs "mark=$$"
}
@test "SIGTERM is 143, and no emulator is left" {
	local out=$BATS_TEST_TMPDIR/out

	image "$file" "${header[@]}"
	"$top/tests/linux-sweep" --append "mark=$$" "$file" >"$out" 2>&1 3>&- &
	await 60 runs "rdinit=/init mark=$$"
	kill -TERM $!
	status=0
	wait $! || status=$?
	cat "$out"
	((status == 143))
	await 5 nobody_runs "mark=$$"
}
@test "Debian's kernel: neutral, at a few instructions of int 0x80" {
	debian 0 $'# no signal in this kernel: neutral\nint80 *in  *nmi+nmi *ok, neutral\nint80 *out *KKKU ---- ok, neutral
# result test=linux-sweep path=int80 instructions=[1-9]* missed=0 violations=0\n# verdict PASS' --paths int80 --limit 6
}
@test "Debian's kernel without pti is a SKIP" { debian 77 'SKIP: *this kernel has no pti' --append pti=off; }
@test "a signal that a kernel lacks is 2" { debian 2 'error: --signal nosuchword: expected a per-CPU symbol' --signal nosuchword; }
@test "the symbols of another build are refused, though its entry code begins alike" {
	local image addr

	debian 77 'SKIP: *this kernel has no pti' --append pti=off	# fetches it, and is the shortest run
	image=$(compgen -G "$top/build/nested/linux/boot/vmlinuz-*")
	addr=$("$top/tests/linux-audit" --all "$image" | awk '
		!n && $4 ~ /^entry_SYSCALL_64\+0x/ { split($4, at, "+"); print at[2], $5; n = 1 }')
	printf '%016x T entry_SYSCALL_64\n%s T asm_exc_page_fault\n' $((0x${addr#* } - ${addr% *})) \
		"${addr#* }" >"$file.map"
	limit=$(bound 300) sweep 2 'error: the symbols given are another kernel'\''s: asm_exc_page_fault lies at 0x*, not 0x' \
		--append "mark=$$" "$image" "$file.map"
	await 5 nobody_runs "mark=$$"
}
@test "the planted kernels: late and early accused in their gaps alone, nested nowhere" {
	local order

	slow
	for order in late early nested; do
		[[ -e $top/build/linux/control/$order/bzImage ]] ||
			skip 'tests/linux/controls has not built them here (half an hour)'
	done
	limit=1800 expect 0 $'ok 1 late: \nok 2 early: \nok 3 nested: \n!not ok' "$top/tests/linux/controls"
}
