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
# shellcheck source=boot/watch.sh
. "$root/boot/watch.sh"

help() {
	cat <<-'END'
	usage: ./run-qemu.sh [OPTION]... [WORD]...
	Builds latesync, boots it and ends with its verdict. Every WORD goes to the kernel's
	command line; test=help explains the words, test=list the tests.

	  --smp N           CPUs, 1 to 255 (4)
	  --memory SIZE     RAM with its unit, 32M or more (256M)
	  --accel ACCEL     auto, kvm or tcg, the last two with ,PROP=VALUE for QEMU (auto)
	  --cpu MODEL       CPU model (host under KVM, else max)
	  --machine TYPE    q35, pc or microvm (q35)
	  --boot HOW        kernel or iso (kernel); uefi is not built yet
	  --emulator NAME   qemu (qemu); bochs is not built yet
	  --timeout SECONDS bound on the whole run (none: 60 s without a new console line)
	  --log FILE        keeps the whole console in FILE
	  --qemu-arg ARG    one more argument for QEMU; may repeat
	  --gdb             waits for a debugger on localhost:1234
	  --dry-run         prints the emulator's command line and ends
	  --help, --version

	status: 0 pass, 1 fail, 2 usage, 3 error of the harness, 4 crash, 5 hang,
	        6 the emulator failed, 77 skip; 130 and 143 after Ctrl-C and SIGTERM
	QEMU=PROGRAM in the environment names another QEMU; CC= and CROSS_COMPILE= reach make.
	END
}

version() {
	local line commit
	while read -r line; do
		[[ $line == 'VERSION := '* ]] && break
	done <"$root/Makefile"
	commit=$(git -C "$root" rev-parse --short=12 HEAD 2>/dev/null)
	printf 'latesync %s %s\n' "${line#VERSION := }" "${commit:-unknown}"
}

say() { printf '%s: %s\n' "$self" "$*" >&2; }

# The harness could not do its job.
die() {
	say "ERROR: $*"
	exit 3
}

usage() {
	printf 'error: %s: expected %s\n' "$1" "$2" >&2
	exit 2
}

# Edit distance of two words, in REPLY.
distance() {
	local a=$1 b=$2 i j diagonal best
	local -a row=()

	for ((j = 0; j <= ${#b}; j++)); do row[j]=$j; done
	for ((i = 1; i <= ${#a}; i++)); do
		diagonal=${row[0]}
		row[0]=$i
		for ((j = 1; j <= ${#b}; j++)); do
			best=$diagonal
			[[ ${a:i-1:1} == "${b:j-1:1}" ]] || ((best++))
			((row[j] + 1 < best)) && best=$((row[j] + 1))
			((row[j - 1] + 1 < best)) && best=$((row[j - 1] + 1))
			diagonal=${row[j]}
			row[j]=$best
		done
	done
	REPLY=${row[${#b}]}
}

# The one of the following words that is nearest to the first, in REPLY.
nearest() {
	local word=${1:0:40} min=1000 best='' candidate

	shift
	for candidate; do
		distance "$word" "$candidate"
		((REPLY < min)) && min=$REPLY best=$candidate
	done
	REPLY=$best
}

# One word without spaces or anything that a loader would quote, in REPLY: %XX for those bytes.
plain='[]A-Za-z0-9_.,:=/+*@~[#!^{};<>|()?&-]'
encode() {
	local text=$1 i c

	REPLY=''
	for ((i = 0; i < ${#text}; i++)); do
		c=${text:i:1}
		# shellcheck disable=SC2053
		if [[ $c != $plain ]]; then
			printf -v c %d "'$c"
			printf -v c '%%%02X' "$((c & 255))"
		fi
		REPLY+=$c
	done
}

# The text as a shell takes it, in REPLY; bare where that will do.
quote() {
	REPLY=$1
	[[ $1 =~ ^[A-Za-z0-9_.,:=/+@%-]+$ ]] || REPLY=${1@Q}
}

one_of() { # GIVEN VALUE CHOICE...
	local given=$1 value=$2 choice list

	shift 2
	for choice; do
		[[ $value == "$choice" ]] && return
	done
	nearest "$value" "$@"
	printf -v list '%s, ' "${@:1:$#-1}"
	usage "$given" "${list%, } or ${*: -1} (nearest: $REPLY)"
}

names=(--smp --memory --accel --cpu --machine --boot --emulator --timeout --log --qemu-arg
	--gdb --dry-run --help --version)
declare -A opt=([smp]=4 [memory]=256M [accel]=auto [cpu]='' [machine]=q35 [boot]=kernel
	[emulator]=qemu [timeout]='' [log]='' [gdb]='' [dry-run]='')
declare -A given=()
words=() extra=() replay='' command=() run_iso=''

# Checks the value of an option, and takes it.
take() { # NAME VALUE AS-GIVEN
	local name=$1 value=$2 as_given=$3 size

	case $name in
	smp)
		[[ $value =~ ^[0-9]{1,3}$ ]] && ((10#$value >= 1 && 10#$value <= 255)) ||
			usage "$as_given" 'a number of CPUs from 1 to 255'
		value=$((10#$value))
		;;
	memory)
		[[ $value =~ ^([0-9]{1,10})([KkMmGg])$ ]] ||
			usage "$as_given" 'a size with its unit, such as 256M or 6G'
		size=$((10#${BASH_REMATCH[1]}))
		case ${BASH_REMATCH[2]} in
		[Mm]) size=$((size << 10)) ;;
		[Gg]) size=$((size << 20)) ;;
		esac
		((size >= 32 << 10 && size <= 1 << 32)) ||
			usage "$as_given" 'a size of 32M or more, and no more than 4096G'
		value=$((10#${BASH_REMATCH[1]}))${BASH_REMATCH[2]}
		;;
	accel)
		[[ $value =~ ^(auto|(kvm|tcg)(,[A-Za-z0-9_.-]+=[^,=[:space:]]+)*)$ ]] ||
			usage "$as_given" 'auto, kvm[,PROP=VALUE] or tcg[,PROP=VALUE]'
		;;
	cpu)
		[[ $value =~ ^[A-Za-z0-9][A-Za-z0-9_.-]*(,[A-Za-z0-9_.+=-]+)*$ ]] ||
			usage "$as_given" 'a CPU model, such as max or EPYC'
		;;
	machine) one_of "$as_given" "$value" q35 pc microvm ;;
	boot)
		[[ $value != uefi ]] || usage "$as_given" 'kernel or iso: uefi is not built yet'
		one_of "$as_given" "$value" kernel iso
		;;
	emulator)
		[[ $value != bochs ]] || usage "$as_given" 'qemu: bochs is not built yet'
		[[ $value == qemu ]] || usage "$as_given" 'qemu (bochs is not built yet)'
		;;
	timeout)
		[[ $value =~ ^([0-9]{1,7})(\.([0-9]{1,6}))?$ && $value == *[1-9]* ]] ||
			usage "$as_given" 'a positive number of seconds'
		;;
	log)
		{ : >"$value"; } 2>/dev/null || usage "$as_given" 'a file that can be written'
		;;
	qemu-arg)
		[[ -n $value ]] || usage "$as_given" 'an argument for QEMU'
		extra+=("$value")
		;;
	esac
	opt[$name]=$value
	given[$name]=$as_given
	case $name in
	log | gdb | dry-run) ;;
	*)
		quote "$value"
		replay+="--$name $REPLY "
		;;
	esac
}

parse() {
	local arg name

	while (($#)); do
		arg=$1
		shift
		if [[ $arg == -- ]]; then
			words+=("$@")
			break
		elif [[ $arg != -* ]]; then
			words+=("$arg")
			continue
		fi
		name=${arg%%=*}
		if [[ " ${names[*]} " != *" $name "* || $name != --* ]]; then
			nearest "$name" "${names[@]}"
			usage "$arg" "an option (nearest: $REPLY; see --help)"
		fi
		name=${name#--}
		[[ $name == qemu-arg || -z ${given[$name]-} ]] ||
			usage "$arg" "--$name once (it stands there already: ${given[$name]})"
		case $name in
		help | version | gdb | dry-run)
			[[ $arg != *=* ]] || usage "$arg" "--$name without a value"
			case $name in
			help) help && exit 0 ;;
			version) version && exit 0 ;;
			esac
			take "$name" yes "$arg"
			continue
			;;
		esac
		if [[ $arg == *=* ]]; then
			take "$name" "${arg#*=}" "$arg"
		elif (($# == 0)) || [[ $name != qemu-arg && $1 == -* ]]; then
			usage "$arg" "a value: $arg VALUE (see --help)"
		else
			take "$name" "$1" "$arg $1"
			shift
		fi
	done
}

# Combinations that make no sense, and words that cannot travel.
check() {
	local word

	[[ ${opt[machine]} != microvm || ${opt[boot]} == kernel ]] ||
		usage "${given[machine]} ${given[boot]}" 'microvm with --boot kernel: it has no disk'
	for word in ${words[@]+"${words[@]}"}; do
		[[ -n $word ]] || usage "''" 'a word that is not empty'
		[[ $word != host=* ]] || usage "$word" 'no host= here: this script fills it in'
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
	make -s --no-print-directory -j"$(nproc)" -C "$root" "$target" >&2 {lock}>&- ||
		die 'the build failed'
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
compose() {
	local machine=${opt[machine]} word
	local -a line=()

	for word in ${words[@]+"${words[@]}"}; do
		encode "$word"
		line+=("$REPLY")
	done
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
build
compose
watch
