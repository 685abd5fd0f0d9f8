# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What a campaign runs: SPEC words become axes, axes become runs. Sourced by tests/campaign; needs
# boot/run/options.sh and boot/run/bochs.sh, whose rules for options are the ones that hold.

runs_max=100000
axes=()			# names, in the order of the SPEC; the values of the Nth are in spec_axis_N
declare -A axis_at=() spec_has=()
fixed=() after=''	# behind --: given to every run as it stands; the same for a shell
runs=()			# a run: its words, a blank between; quoted for a shell
labels=()		# the same for people, NAME=VALUE

# Options that are this tool's affair, or one machine's.
spec_refused=' log gdb dry-run help version '
# What Bochs does not take is left out of its runs (boot/run/bochs.sh refuses it).
spec_qemu_only=' machine media accel cpu qemu-arg boot '

spec_add() { # NAME VALUE
	local at

	if [[ -z ${axis_at[$1]-} ]]; then
		axis_at[$1]=${#axes[@]}
		axes+=("$1")
	fi
	[[ -z ${spec_has[$1=$2]-} ]] || usage "$1=$2" "each value of $1 once"
	spec_has[$1=$2]=yes
	at=${axis_at[$1]}
	local -n axis=spec_axis_$at
	axis+=("$2")
}

# An item of a list: A..B and A..B..STEP are numbers, all else is itself.
spec_item() { # NAME ITEM AS-GIVEN
	local from to step

	if ! [[ $2 =~ ^([0-9]{1,18})\.\.([0-9]{1,18})(\.\.([0-9]{1,18}))?$ ]]; then
		[[ -n $2 ]] || usage "$3" "no empty item: $1=VALUE[,VALUE]..., or $1:=VALUE for one with commas"
		spec_add "$1" "$2"
		return
	fi
	from=$((10#${BASH_REMATCH[1]})) to=$((10#${BASH_REMATCH[2]})) step=$((10#${BASH_REMATCH[4]:-1}))
	((from <= to && step)) || usage "$3" 'a range that counts up, such as 1..20 or 0..100..10'
	(((to - from) / step < runs_max)) || usage "$3" "a range of at most $runs_max numbers"
	for ((; from <= to; from += step)); do
		spec_add "$1" "$from"
	done
}

spec_word() { # WORD
	local name=${1%%=*} list item

	name=${name%:}
	[[ $1 =~ ^[A-Za-z][A-Za-z0-9_-]*(:?=.*)?$ ]] ||
		usage "$1" 'NAME=VALUE[,VALUE]..., NAME=FROM..TO, NAME:=VALUE or NAME'
	[[ $spec_refused != *" $name "* ]] ||
		usage "$1" "no $name here: each run has a folder with its console and a line that repeats it"
	if [[ $1 != *=* ]]; then
		spec_add "$1" ''
	elif [[ $1 == "$name:="* ]]; then
		[[ -n ${1#*=} ]] || usage "$1" "a value behind $name:="
		spec_add "$name" "${1#*=}"
	else
		IFS=, read -ra list <<<"${1#*=},"
		for item in "${list[@]}"; do
			spec_item "$name" "$item" "$1"
		done
	fi
}

# One word of a run, in REPLY: an option of run-qemu.sh, or a word of the kernel.
spec_argument() { # NAME VALUE
	if [[ " ${names[*]} " == *" --$1 "* ]]; then
		REPLY=--$1=$2
	else
		REPLY=$1${2:+=$2}
	fi
}

# All combinations, the last axis running fastest; those that are the same for Bochs once.
spec_cross() { # DEPTH EMULATOR OPTIONS LABEL
	local name=${axes[$1]-} value label

	if [[ -z $name ]]; then
		label=${4# }
		[[ -z ${spec_seen[$label]-} ]] || return 0
		spec_seen[$label]=yes
		runs+=("${3# }") labels+=("${label:-default}")
		return
	elif [[ $2 == bochs && $spec_qemu_only == *" $name "* ]]; then
		spec_cross $(($1 + 1)) "$2" "$3" "$4"
		return
	fi
	# shellcheck disable=SC2178
	local -n axis=spec_axis_$1
	for value in "${axis[@]}"; do
		[[ $name != emulator || $value == "$2" ]] || continue
		spec_argument "$name" "$value"
		quote "$REPLY"
		label=$name${value:+=$value}
		spec_cross $(($1 + 1)) "$2" "$3 $REPLY" "$4 $label"
	done
}

# An option that run-qemu.sh refuses is refused before anything runs; each set of options once.
spec_check() {
	local run word options
	local -A known=()
	local -a line

	for run in "${runs[@]}"; do
		eval "line=($run)"
		options=()
		for word in "${line[@]}" ${fixed[@]+"${fixed[@]}"}; do
			[[ $word != --* ]] || options+=("$word")
		done
		[[ -z ${known[=${options[*]-}]-} ]] || continue
		known[=${options[*]-}]=yes
		(parse "${line[@]}" ${fixed[@]+"${fixed[@]}"} && check) || exit 2
	done
}

spec_expand() { # SPEC...
	local word at product=1 emulators=(qemu)
	local -A spec_seen=()

	for word; do
		spec_word "$word"
	done
	for at in "${!axes[@]}"; do
		# shellcheck disable=SC2178
		local -n axis=spec_axis_$at
		((product *= ${#axis[@]}))
		((product <= runs_max)) || usage 'SPEC' "at most $runs_max runs"
		[[ ${axes[at]} != emulator ]] || emulators=("${axis[@]}")
	done
	# Which emulator it is decides about axes before it, too.
	for word in "${emulators[@]}"; do
		spec_cross 0 "$word" '' ''
	done
	for word in ${fixed[@]+"${fixed[@]}"}; do
		quote "$word"
		after+=" $REPLY"
	done
	spec_check
}
