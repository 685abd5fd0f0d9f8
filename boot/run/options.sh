# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The options of run-qemu.sh: what they are called, which values they take, which do not go together.
# Leaves them in opt, given (each as it was given), words, extra (for QEMU) and replay.

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
	  --boot HOW        kernel, iso (by BIOS) or uefi (kernel; iso with Bochs)
	  --media KIND      cd or usb: how iso and uefi see the image (cd)
	  --emulator NAME   qemu or bochs (qemu); Bochs has PCID and x2APIC, and is slow
	  --timeout SECONDS bound on the whole run (none: 60 s without a new console line)
	  --log FILE        keeps the whole console in FILE
	  --qemu-arg ARG    one more argument for QEMU; may repeat
	  --gdb             waits for a debugger on localhost:1234
	  --dry-run         prints the emulator's command line and ends
	  --help, --version

	status: 0 pass, 1 fail, 2 usage, 3 error of the harness, 4 crash, 5 hang,
	        6 the emulator failed, 77 skip; 130 and 143 after Ctrl-C and SIGTERM
	QEMU=PROGRAM in the environment names another QEMU, BOCHS= another Bochs;
	OVMF_CODE=FILE and OVMF_VARS=FILE other UEFI firmware; CC= and CROSS_COMPILE= reach make.
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

usage() {
	printf 'error: %s: expected %s\n' "$1" "$2" >&2
	exit 2
}

# The one of the following words that has most in common with the first at both ends, in REPLY.
nearest() {
	local word=$1 most=-1000 best='' candidate n m

	shift
	for candidate; do
		n=0 m=0
		while ((n < ${#word})) && [[ $candidate == "${word:0:n + 1}"* ]]; do ((++n)); done
		while ((n + m < ${#word})) && [[ $candidate == *"${word: -m - 1}" ]]; do ((++m)); done
		((2 * (n + m) - ${#candidate} > most)) && most=$((2 * (n + m) - ${#candidate})) best=$candidate
	done
	REPLY=$best
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

names=(--smp --memory --accel --cpu --machine --boot --media --emulator --timeout --log --qemu-arg
	--gdb --dry-run --help --version)
declare -A opt=([smp]=4 [memory]=256M [accel]=auto [cpu]='' [machine]=q35 [boot]=kernel
	[media]=cd [emulator]=qemu [timeout]='' [log]='' [gdb]='' [dry-run]='')
declare -A given=()
words=() extra=() replay=''

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
	boot) one_of "$as_given" "$value" kernel iso uefi ;;
	media) one_of "$as_given" "$value" cd usb ;;
	emulator) one_of "$as_given" "$value" qemu bochs ;;
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

# Combinations that make no sense, and words that could not travel through every loader.
plain='[]A-Za-z0-9_.,:=/+*@~[#!^{};<>|()?&%-]'
check() {
	local word i

	[[ ${opt[machine]} != microvm || ${opt[boot]} == kernel ]] ||
		usage "${given[machine]} ${given[boot]}" 'microvm with --boot kernel: it has no disk'
	[[ ${opt[emulator]} != bochs ]] || bochs_check
	[[ ${opt[boot]} != kernel || -z ${given[media]-} ]] ||
		usage "${given[media]}" "no --media without --boot iso or uefi: there is no image"
	for word in ${words[@]+"${words[@]}"}; do
		[[ -n $word ]] || usage "''" 'a word that is not empty'
		[[ $word != host=* ]] || usage "$word" 'no host= here: this script fills it in'
		[[ $word != accel=* ]] ||
			usage "$word" 'no accel= here: this script fills it in (see --accel)'
		for ((i = 0; i < ${#word}; i++)); do
			# shellcheck disable=SC2053
			[[ ${word:i:1} == $plain ]] ||
				usage "$word" 'a word without blanks, quotes, $, \ and the like'
		done
	done
}
