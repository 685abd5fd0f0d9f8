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
# shellcheck source=boot/deps.sh
. "$root/boot/deps.sh"
# shellcheck source=boot/options.sh
. "$root/boot/options.sh"
# shellcheck source=boot/watch.sh
. "$root/boot/watch.sh"

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

# kvm or tcg with its properties, in accel; the CPU model that goes with it.
pick_accel() {
	local why='' opens='' line flags=''

	{ : <>/dev/kvm; } 2>/dev/null && opens=yes
	accel=${opt[accel]}
	case $accel in
	auto)
		while read -r line; do
			[[ $line == flags* ]] && flags=" $line " && break
		done 2>/dev/null </proc/cpuinfo
		if [[ -z $opens ]]; then
			why='/dev/kvm cannot be opened'
		elif [[ $flags != *' vmx '* && $flags != *' svm '* ]]; then
			why='the CPU shows neither vmx nor svm'
		fi
		accel=${why:+tcg}
		accel=${accel:-kvm}
		[[ -z $why ]] || say "no KVM here ($why): using TCG"
		;;
	kvm*) [[ -n $opens ]] || die "${given[accel]}: /dev/kvm cannot be opened" ;;
	esac
	cpu=${opt[cpu]}
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
	local target=all

	[[ ${opt[boot]} == kernel ]] || target=iso
	mkdir -p "$root/build" || die 'build/ cannot be made'
	exec {lock}>"$root/build/.lock"
	if type -P flock >/dev/null; then
		flock "$lock"
	fi
	step=build
	launch make -s --no-print-directory -j"$(nproc)" -C "$root" "$target" >&2 {lock}>&-
	wait "$pid" || die 'the build failed'
	step='' pid=''
	exec {lock}>&-
}

# A copy of the ISO whose GRUB boots these words at once.
write_iso() { # FILE WORD...
	local iso=$1 offset script

	shift
	printf -v script "'%s' " "$@"
	printf -v script '%-8191s\n' "multiboot2 /boot/latesync.elf $script"$'\nboot\nhalt'
	((${#script} == 8192)) || usage "${words[0]}..." 'words of fewer than 8000 bytes in all'
	offset=$(grep -abom1 '#words-of-this-run#' "$root/build/latesync.iso") ||
		die 'build/latesync.iso has no place for words'
	cp "$root/build/latesync.iso" "$iso" &&
		printf '%s' "$script" | dd of="$iso" bs=8192 seek="${offset%%:*}" \
			oflag=seek_bytes conv=notrunc status=none || die "$iso cannot be written"
}

# The emulator's command line, in command.
qboot=/usr/share/qemu/qboot.rom
command=() run_iso=''
compose() {
	local machine=${opt[machine]}
	local -a line=(${words[@]+"${words[@]}"})

	if [[ -n $replay ]]; then
		encode "${replay% }"
		line+=("host=$REPLY")
	fi
	[[ $machine != microvm ]] || machine=microvm,acpi=on,pic=on,pit=on,rtc=on,isa-serial=on
	command=("${QEMU:-qemu-system-x86_64}" -nodefaults -no-user-config -display none
		-no-reboot -machine "$machine" -accel "$accel" -cpu "$cpu" -smp "${opt[smp]}"
		-m "${opt[memory]}" -serial stdio
		-device isa-debug-exit,iobase=0xf4,iosize=0x04)
	if [[ ${opt[boot]} == iso ]]; then
		run_iso=$root/build/run-$$.iso
		[[ -z ${opt[dry-run]} ]] || run_iso=$root/build/dry-run.iso
		command+=(-drive "if=none,id=cd,media=cdrom,format=raw,readonly=on,file=$run_iso"
			-device "ide-cd,drive=cd,bootindex=0")
		if [[ -e $root/build/latesync.iso ]]; then
			write_iso "$run_iso" ${line[@]+"${line[@]}"}
		fi
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
if [[ -n ${opt[dry-run]} ]]; then
	compose
	show_command
	exit 0
fi
need_tools build emulator "${opt[boot]}"
on_signals
build
compose
watch
