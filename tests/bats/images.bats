#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The images, by each kind of firmware and medium; and how a machine is left: reset or powered off.

load lib

setup_file() {
	# shellcheck source=boot/run/deps.sh
	(cd "${BATS_TEST_DIRNAME%/tests/bats}" && self=tests/run && . boot/run/deps.sh &&
		need_tools iso uefi uefi32) >&2
}

quick=(--accel tcg --smp 2 test=defer duration=100ms)
passes=$'# verdict PASS\n!not ok\ncpus=2'

# What run-qemu.sh would start, from another medium: these arguments instead of its own kernel.
starts() { # PATTERNS ARGUMENTS OPTION...
	local patterns=$1 arguments=$2 line

	shift 2
	line=$(dry_run "$@")
	line=$(sed -E "s, -(kernel|append|bios) ('[^']*'|[^ ]+),,g" <<<"$line")
	expect 1 "$patterns" bash -c "cd '$top' && exec timeout 100 $line $arguments"	# 1: QEMU's for exit(0)
}

images() { # TARGET...
	local target

	mkdir -p "$BATS_TEST_TMPDIR/here"
	(
		# As run-qemu.sh does: one build at a time.
		flock 9
		make -s --no-print-directory -C "$top" WORDS='test=defer duration=100ms' "$@" 3>&- &&
			for target; do cp "$top/build/latesync.$target" "$BATS_TEST_TMPDIR/here/"; done
	) 9>"$top/build/.lock"
}

@test "a CD by BIOS" { boots 0 "$passes" --boot iso "${quick[@]}"; }
@test "a stick by BIOS" { boots 0 "$passes" --boot iso --media usb "${quick[@]}"; }
@test "GRUB has files for BIOS alone: the image does without an EFI part" {
	mkdir "$BATS_TEST_TMPDIR/i386-pc"
	expect 0 $'latesync.iso\n!efi.img' make -n --no-print-directory -C "$top" "grub_dir=$BATS_TEST_TMPDIR/\$(1)" iso
}
@test "a CD by UEFI" {
	boots 0 $'# verdict PASS\nfirmware: BdsDxe: starting Boot' --boot uefi "${quick[@]}"
	[[ $'\n'$output == *$'\nKTAP version 1\n'* ]]
}
@test "a stick by UEFI" { boots 0 "$passes" --boot uefi --media usb "${quick[@]}"; }
@test "a word that UEFI's image is refused for" { boots 2 $'\nerror: duration=5: expected' --boot uefi --accel tcg duration=5; }
@test "a stick by 32-bit UEFI" {
	slow
	local firmware=/usr/share/OVMF/OVMF32

	[[ -r ${firmware}_CODE_4M.secboot.fd ]] || skip 'no 32-bit UEFI firmware for QEMU here'
	OVMF_CODE=${firmware}_CODE_4M.secboot.fd OVMF_VARS=${firmware}_VARS_4M.fd boots 0 "$passes" --boot uefi --media usb "${quick[@]}"
}
@test "UEFI firmware that is not there" {
	OVMF_CODE=/nowhere/code boots 3 'OVMF_CODE=/nowhere/code cannot be read' --boot uefi
}

@test "one EFI file" {
	images efi
	mkdir -p "$BATS_TEST_TMPDIR/fat/EFI/BOOT"
	cp "$BATS_TEST_TMPDIR/here/latesync.efi" "$BATS_TEST_TMPDIR/fat/EFI/BOOT/BOOTX64.EFI"
	starts "$passes" "-drive if=none,id=fat,format=raw,readonly=on,file=fat:'$BATS_TEST_TMPDIR/fat' \
		-device virtio-blk-pci,drive=fat,bootindex=0 $(pflash)"
}
@test "over the network, BIOS" {
	images pxe
	starts "$passes" "-netdev user,id=net,tftp='$BATS_TEST_TMPDIR/here',bootfile=latesync.pxe \
		-device e1000,netdev=net,bootindex=0"
}
@test "over the network, UEFI" {
	images efi
	starts "$passes" "-netdev user,id=net,tftp='$BATS_TEST_TMPDIR/here',bootfile=latesync.efi \
		-device virtio-net-pci,netdev=net,bootindex=0 $(pflash)"
}
pflash() {
	# shellcheck disable=SC2154
	(. "$top/boot/run/uefi.sh" && uefi_find && printf '%s' \
		"-drive if=pflash,unit=0,format=raw,readonly=on,file=$uefi_code" \
		" -drive if=pflash,unit=1,format=raw,snapshot=on,file=$uefi_vars")
}

# The words of each entry of the menu, a line each.
# shellcheck disable=SC2016
menu() { sed -n 's/^[[:blank:]]*multiboot2 \$kernel //p' "$top/boot/grub.cfg"; }

@test "the menu: the kernel knows the words of each entry" {
	local words entries=0

	while read -r words; do
		# The first bad word is named: all before it were good.
		# shellcheck disable=SC2086
		boots 2 $'\nerror: end=rotten: expected' --accel tcg --smp 1 $words end=rotten
		((++entries))
	done < <(menu)
	((entries >= 14 && entries == $(grep -c multiboot2 "$top/boot/grub.cfg")))
}

# The image with nothing chosen for it, its serial line and its monitor on descriptors 7 and 8.
shows_menu() {
	local command dir=$BATS_TEST_TMPDIR

	mkfifo "$dir/serial.in" "$dir/serial.out" "$dir/monitor"
	exec 7<>"$dir/serial.in" 8<>"$dir/monitor" 9<>"$dir/serial.out"
	command=$(dry_run --boot iso)
	command=${command//$dir\/iso/$top\/build\/latesync.iso}
	command=${command//-serial stdio/-serial pipe:$dir/serial -monitor stdio}
	bash -c "cd '$top' && exec $command" <&8 >"$dir/monitor.out" 2>&1 3>&- &
	cat <&9 >"$dir/said" 3>&- &
	await 60 grep -aq 'More: costs' "$dir/said"
	grep -aq '(keyboard; ttyS0 at 115200)' "$dir/said"
}

# Goes down to the entry with these words, whose menu begins after so many entries with words.
down() { # WORDS ENTRIES COMMAND...
	local above=$(($(menu | grep -nxF "$1" | cut -d: -f1) - $2))

	shift 2
	for ((; above > 1; above--)); do
		"$@"
		sleep 0.2
	done
}
# The run of that entry has ended.
ran() { # PATTERN...
	local pattern

	await 60 grep -aq '^# verdict ' "$BATS_TEST_TMPDIR/said"
	for pattern; do
		grep -aq "$pattern" "$BATS_TEST_TMPDIR/said"
	done
}

@test "the menu by the serial line" {
	shows_menu
	down test=lastlog 0 printf '\016' >&7
	printf '\r' >&7
	ran '^# config test=lastlog ' '^# verdict SKIP'
}
@test "the menu by the keyboard, and the menu below it" {
	local first

	shows_menu
	first=$(sed '/^submenu/,$d' "$top/boot/grub.cfg" | grep -c '^menuentry')
	down "$(menu | sed -n "$((first + 1))p")" 0 printf 'sendkey down\n' >&8
	printf 'sendkey ret\n' >&8
	await 30 grep -aq 'everything, each test 10 s' "$BATS_TEST_TMPDIR/said"
	down test=list "$first" printf 'sendkey down\n' >&8
	printf 'sendkey ret\n' >&8
	ran '^# lastlog: prints' '^1\.\.0'
}

# Runs until the machine ends itself, and asks QEMU why it did. A triple fault is a reset too, the
# last way of all: $3 says whether it may have come to that.
ends() { # REASON end= TRIPLE-FAULTS OPTION...
	local reason=$1 end=$2 triple=$3 line dir=$BATS_TEST_TMPDIR event=''

	shift 3
	line=$(dry_run "$@" test=pti-audit "end=$end")
	mkfifo "$dir/qmp.in" "$dir/qmp.out"
	exec 8<>"$dir/qmp.out" 9<>"$dir/qmp.in"
	printf '{"execute":"qmp_capabilities"}\n' >&9
	expect 0 '# verdict PASS' bash -c "cd '$top' && exec timeout 60 $line -qmp pipe:'$dir/qmp' -d cpu_reset -D '$dir/resets'"
	while IFS= read -r -t 2 -u 8 event; do
		[[ $event != *'"SHUTDOWN"'* ]] || break
	done
	printf 'event: %s\n' "$event"
	[[ $event == *"\"reason\": \"$reason\""* ]]
	[[ $(grep -c '^Triple fault' "$dir/resets") == "$triple" ]]
}

@test "end=poweroff, q35" { ends guest-shutdown poweroff 0 --machine q35; }
@test "end=poweroff, pc" { ends guest-shutdown poweroff 0 --machine pc; }
@test "end=poweroff, microvm" { ends guest-shutdown poweroff 0 --machine microvm; }
@test "end=poweroff, UEFI" { ends guest-shutdown poweroff 0 --boot uefi; }
@test "end=reboot, q35: the register in the FADT" { ends guest-reset reboot 0 --machine q35 --qemu-arg -machine --qemu-arg i8042=off; }
@test "end=reboot, pc: the keyboard controller" { ends guest-reset reboot 0 --machine pc; }
@test "end=reboot, microvm: the register in the FADT" { ends guest-reset reboot 0 --machine microvm; }
@test "end=reboot, UEFI" { ends guest-reset reboot 0 --boot uefi; }
@test "end=reboot where there is neither: a triple fault" {
	ends guest-reset reboot 1 --machine pc --qemu-arg -machine --qemu-arg acpi=off,i8042=off
}
@test "end=poweroff without tables: said, and halted" {
	limit=20 boots 0 $'# end=poweroff: the firmware\'s tables do not say how\n# verdict PASS' \
		--machine pc --accel tcg --smp 1 --qemu-arg -machine --qemu-arg acpi=off test=pti-audit end=poweroff
}

# kexec from a running Linux: what the script would do.
kexec_here() { # STATUS PATTERNS [OPTION|WORD]...
	EFI_SYSTAB=$BATS_TEST_TMPDIR/systab expect "$1" "$2" "$top/tests/tools/kexec-here" --kernel "$top/Makefile" "${@:3}"
}
@test "kexec-here: the path is absolute" {
	cd "$top"
	expect 0 "kexec -l $top/Makefile --type=multiboot2-x86 --command-line='*test=list'" \
		tests/tools/kexec-here --dry-run --kernel Makefile test=list
}
@test "kexec-here: the ACPI tables, where UEFI has them" {
	printf 'ACPI20=0x7f77e014\nACPI=0x7f77e000\n' >"$BATS_TEST_TMPDIR/systab"
	kexec_here 0 "--command-line='test=list acpi_rsdp=0x7f77e014'" --dry-run test=list
}
@test "kexec-here: old ACPI tables" {
	printf 'ACPI=0x7f77e000\n' >"$BATS_TEST_TMPDIR/systab"
	kexec_here 0 "--command-line='acpi_rsdp=0x7f77e000'" --dry-run
}
@test "kexec-here: the user's address counts" {
	printf 'ACPI20=0x7f77e014\n' >"$BATS_TEST_TMPDIR/systab"
	kexec_here 0 "--command-line='acpi_rsdp=0x1000'" --dry-run acpi_rsdp=0x1000
}
@test "kexec-here: an option that there is not" { kexec_here 2 'error: --now: expected' --now; }
