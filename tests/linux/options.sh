# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Options of tests/linux-sweep and tests/linux-alternatives. Sourced behind boot/run/options.sh; the
# caller has help() and set_option(), and leaves the names of those with a value in option_names.

files=()

parse_options() { # ARGUMENT...
	local arg name

	while (($#)); do
		arg=$1
		shift
		if [[ $arg != -* ]]; then
			files+=("$arg")
			continue
		fi
		name=${arg%%=*}
		[[ $arg != --help ]] || { help && exit 0; }
		if [[ " ${option_names[*]} " != *" $name "* ]]; then
			nearest "$name" "${option_names[@]}" --help
			usage "$arg" "an option (nearest: $REPLY; see --help)"
		elif [[ $arg == *=* ]]; then
			set_option "$name" "${arg#*=}" "$arg"
		else
			(($#)) || usage "$arg" "a value: $arg VALUE (see --help)"
			set_option "$name" "$1" "$arg $1"
			shift
		fi
	done
}

# In REPLY, without zeros in front.
positive() { # VALUE AS-GIVEN OF-WHAT
	[[ $1 =~ ^[0-9]{1,6}$ ]] && ((10#$1 > 0)) || usage "$2" "a positive number of $3"
	REPLY=$((10#$1))
}

check_model() { # VALUE AS-GIVEN
	[[ $1 =~ ^[A-Za-z0-9][A-Za-z0-9_.-]*(,[A-Za-z0-9_.+=-]+)*$ ]] ||
		usage "$2" 'a CPU model, such as max or Nehalem'
}
