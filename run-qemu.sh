#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Builds what changed, boots latesync in an emulator, shows its console and ends with its verdict.
# Only shell builtins stand between this line and the emulator, apart from make: start-up counts.

set -u
export LC_ALL=C
unset MAKEFLAGS MFLAGS MAKELEVEL

case $0 in
*/*) root=${0%/*} ;;
*) root=. ;;
esac
self=run-qemu.sh
# shellcheck source=boot/run/deps.sh
. "$root/boot/run/deps.sh"
# shellcheck source=boot/run/options.sh
. "$root/boot/run/options.sh"
# shellcheck source=boot/run/bochs.sh
. "$root/boot/run/bochs.sh"
# shellcheck source=boot/run/watch.sh
. "$root/boot/run/watch.sh"

say() { printf '%s: %s\n' "$self" "$*" >&2; }

# The harness could not do its job.
die() {
	say "ERROR: $*"
	exit 3
}

# One word that no loader and no shell would touch, in REPLY: %XX for all other bytes.
encode() {
	local text=$1 i c

	REPLY=''
	for ((i = 0; i < ${#text}; i++)); do
		c=${text:i:1}
		# shellcheck disable=SC2053
		if [[ $c != $plain || $c == % ]]; then
			printf -v c %d "'$c"
			printf -v c '%%%02X' "$((c & 255))"
		fi
		REPLY+=$c
	done
}

# kvm or tcg with its properties, in accel; the CPU model that goes with it; what speaks against
# KVM on this machine, in kvm_doubt.
pick_accel() {
	local line flags=''

	accel=${opt[accel]} cpu=${opt[cpu]} kvm_doubt=''
	[[ ${opt[emulator]} == qemu ]] || return 0
	if [[ $accel != tcg* ]]; then
		while read -r line; do
			[[ $line == flags* ]] && flags=" $line " && break
		done 2>/dev/null </proc/cpuinfo
		if ! [[ -c /dev/kvm ]] || ! { : <>/dev/kvm; } 2>/dev/null; then
			[[ $accel == auto ]] || die "${given[accel]}: /dev/kvm cannot be opened"
			kvm_doubt='/dev/kvm cannot be opened'
		elif [[ $flags != *' vmx '* && $flags != *' svm '* ]]; then
			kvm_doubt='the CPU shows neither vmx nor svm'
		fi
	fi
	if [[ $accel == auto ]]; then
		accel=${kvm_doubt:+tcg}
		accel=${accel:-kvm}
		[[ -z $kvm_doubt ]] || say "no KVM here ($kvm_doubt): using TCG"
	fi
	case $accel in
	kvm*) cpu=${cpu:-host} ;;
	tcg*)
		cpu=${cpu:-max}
		[[ ${cpu%%,*} != host ]] || usage "${given[cpu]}" 'another model: host needs KVM'
		;;
	esac
}

# Makes what the run boots, if it is out of date; one run at a time.
build() {
	local -a targets=(all) turn=()

	[[ -e $root/Makefile ]] || return 0	# what tests/campaign has packed is built
	# So is this checkout, and tests/run has just seen to it: make alone takes longer than the kernel.
	[[ -z ${LATESYNC_BUILT-} || ! $LATESYNC_BUILT -ef $root ]] || return 0
	[[ ${opt[boot]} == kernel ]] || targets=(iso)
	[[ ${opt[emulator]} != bochs ]] || targets+=(guest)
	[[ -d $root/build ]] || await mkdir -p "$root/build" || die 'build/ cannot be made'
	type -P flock >/dev/null && turn=(flock "$root/build/.lock")
	step=build
	# shellcheck disable=SC2016
	await ${turn[@]+"${turn[@]}"} sh -c 'exec make -s --no-print-directory -j"$(nproc)" "$@"' \
		make -C "$root" "${targets[@]}" >&2 || die 'the build failed'
	step=''
}

# A copy of the ISO whose GRUB boots these words at once.
write_iso() { # FILE WORD...
	local iso=$1 script video=''

	shift
	# Bochs draws where nobody looks, and cannot draw pixels there.
	[[ ${opt[emulator]} != bochs ]] || video=$'set gfxpayload=text\n'
	printf -v script "'%s' " "$@"
	printf -v script '%-8191s\n' "multiboot2 /boot/latesync.elf $script"$'\n'"$video"$'boot\nhalt'
	((${#script} == 8192)) || usage "${words[0]}..." 'words of fewer than 8000 bytes in all'
	await copy_iso "$iso" "$script" || die "$iso cannot be written"
}

copy_iso() { # FILE SCRIPT
	local offset

	offset=$(grep -abom1 '#words-of-this-run#' "$root/build/latesync.iso") &&
		cp "$root/build/latesync.iso" "$1" &&
		printf '%s' "$2" | dd of="$1" bs=8192 seek="${offset%%:*}" oflag=seek_bytes \
			conv=notrunc status=none
}

# The emulator's command line, in command, and which program that is.
qboot=/usr/share/qemu/qboot.rom
command=() program='' run_iso=''
compose() {
	local -a line=(${words[@]+"${words[@]}"})

	if [[ -n $replay ]]; then
		encode "${replay% }"
		line+=("host=$REPLY")
	fi
	# The emulator may hide its name.
	[[ ${opt[emulator]} == bochs ]] || line+=("accel=${accel%%,*}")
	[[ -z $bochs_quirk ]] || line+=("quirk=$bochs_quirk")
	if [[ ${opt[boot]} != kernel ]]; then
		run_iso=$root/build/run-$$.iso
		[[ -z ${opt[dry-run]} ]] || run_iso=$root/build/dry-run.iso
		if [[ -e $root/build/latesync.iso ]]; then
			write_iso "$run_iso" ${line[@]+"${line[@]}"}
		fi
	fi
	"${opt[emulator]}_compose"
}

# An instruction a translation block: QEMU before 8.1 has an option of its own for it.
name_singlestep() {
	local version

	[[ $accel == *,one-insn-per-tb=on* ]] || return 0
	version=$("$program" --version 2>/dev/null)
	[[ $version =~ version\ ([0-9]+)\.([0-9]+) ]] || return 0
	((BASH_REMATCH[1] * 100 + BASH_REMATCH[2] < 801)) || return 0
	accel=${accel/,one-insn-per-tb=on/}
	extra=(-singlestep ${extra[@]+"${extra[@]}"})
}

# Called by compose, whose line it reads.
qemu_compose() {
	local machine=${opt[machine]}

	[[ $machine != microvm ]] || machine=microvm,acpi=on,pic=on,pit=on,rtc=on,isa-serial=on
	program=${QEMU:-qemu-system-x86_64}
	name_singlestep
	command=("$program" -nodefaults -no-user-config -display none
		-no-reboot -machine "$machine" -accel "$accel" -cpu "$cpu" -smp "${opt[smp]}"
		-m "${opt[memory]}" -serial stdio
		-device isa-debug-exit,iobase=0xf4,iosize=0x04)
	[[ ${opt[boot]} != uefi ]] || uefi_firmware
	if [[ ${opt[boot]} != kernel && ${opt[media]} == usb ]]; then
		command+=(-drive "if=none,id=stick,format=raw,readonly=on,file=$run_iso"
			-device qemu-xhci -device "usb-storage,drive=stick,bootindex=0")
	elif [[ ${opt[boot]} != kernel ]]; then
		command+=(-drive "if=none,id=cd,media=cdrom,format=raw,readonly=on,file=$run_iso"
			-device "ide-cd,drive=cd,bootindex=0")
	else
		command+=(-kernel "$root/build/latesync.elf" -append "${line[*]-}")
		# Half the time of SeaBIOS from start to kernel: 40 ms instead of 100 at 4 CPUs.
		[[ ! -e $qboot ]] || command+=(-bios "$qboot")
	fi
	if [[ -n ${opt[gdb]} ]]; then
		command+=(-gdb tcp:localhost:1234 -S)
		say "attach with: gdb $root/build/latesync-debug.elf -ex 'target remote localhost:1234'"
	fi
	command+=(${extra[@]+"${extra[@]}"})
}

show_command() {
	local arg text=''

	for arg in "${command[@]}"; do
		quote "$arg"
		text+=" $REPLY"
	done
	printf '%s\n' "${text# }"
}

parse "$@"
check
pick_accel
if [[ -z ${opt[dry-run]} ]]; then
	tools=("${opt[emulator]}")
	if [[ -e $root/Makefile ]]; then
		tools+=(build)
		[[ ${opt[boot]} == kernel ]] || tools+=(iso)
	fi
	[[ ${opt[boot]} != uefi ]] || tools+=(uefi)
	need_tools "${tools[@]}"
fi
on_signals
if [[ -n ${opt[dry-run]} ]]; then
	compose
	show_command
	run_iso=''
	exit 0
fi
build
[[ ${opt[emulator]} != bochs ]] || bochs_measure
compose
watch
