# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2016,SC2034
# Bochs as the emulator: its command line, what goes with it, and what its log says.
# Sourced by run-qemu.sh, whose opt, given and run_iso it reads.

# One timer each device and three each CPU: Bochs 2.7 has 64.
bochs_cpus_max=15
# Guest time is instructions: so many of each CPU are a second. A lower number makes time fly, and
# less happens in it. One host second at two CPUs.
bochs_ips=10000000
bochs_model=corei7_skylake_x	# PCID, INVPCID and x2APIC

bochs_check() {
	local name size

	[[ ${opt[boot]} == iso || -z ${given[boot]-} ]] ||
		usage "${given[emulator]} ${given[boot]}" '--boot iso: Bochs starts no kernel by itself'
	opt[boot]=iso
	for name in machine media accel cpu qemu-arg gdb; do
		[[ -z ${given[$name]-} ]] ||
			usage "${given[$name]}" "no --$name beside ${given[emulator]}: it is for QEMU"
	done
	((opt[smp] <= bochs_cpus_max)) ||
		usage "${given[smp]}" "1 to $bochs_cpus_max CPUs with ${given[emulator]}"
	size=${opt[memory]%?}
	case ${opt[memory]} in
	*[Kk]) size=$((size >> 10)) ;;
	*[Gg]) size=$((size << 10)) ;;
	esac
	((size <= 2048)) || usage "${given[memory]}" "2048M or less with ${given[emulator]}"
	bochs_memory=$size
}

# Bochs with what every run gives it, and more lines of its configuration. The shell in front: Bochs
# writes its own talk to stdout, and a build with the debugger wants to be told to go on. The console
# is file 3. The screen is drawn where nobody sees it: the other displays open windows or ports.
bochs_command() { # LINE...
	local start='TERM=vt100 exec "$@" 3>&1 >/dev/null <<END'$'\nc\nEND'

	program=${BOCHS:-bochs}
	# shellcheck disable=SC2016
	command=(sh -c "$start" sh "$program" -q -f /dev/null
		'plugin_ctrl: biosdev=0, extfpuirq=0, gameport=0, iodebug=0, parallel=0, speaker=0'
		'plugin_ctrl: unmapped=1, serial=1'
		'display_library: term'
		'clock: sync=none, time0=utc'
		'romimage: file=$BXSHARE/BIOS-bochs-latest'
		'vgaromimage: file=$BXSHARE/VGABIOS-lgpl-latest'
		'com1: enabled=1, mode=file, dev=/dev/fd/3'
		'port_e9_hack: enabled=1'
		'panic: action=fatal' 'error: action=ignore' 'debug: action=ignore' "$@")
}

bochs_compose() {
	bochs_command 'info: action=ignore, pc_system=report' 'log: /dev/fd/2' 'boot: cdrom' \
		"cpu: model=$bochs_model, count=${opt[smp]}:1:1, ips=$bochs_ips, reset_on_triple_fault=0" \
		"memory: guest=$bochs_memory, host=$bochs_memory" \
		"ata0-master: type=cdrom, path=\"$run_iso\", status=inserted"
}

# Does the handler of a code breakpoint run where this Bochs has several CPUs? Asked once for each
# Bochs, of a boot sector (tests/guest/breakpoint.asm); if not, bochs_quirk is what the kernel is told.
bochs_measure() {
	local image=$root/build/guest/breakpoint.img known=$root/build/bochs-breakpoint which said=''
	local -a command

	bochs_quirk=''
	if [[ " ${words[*]-}" == *' quirk='* || ! -e $image ]] || ((opt[smp] == 1)); then
		return
	fi
	which=$(type -P "${BOCHS:-bochs}") && which=$(stat -L -c '%n %s %Y' "$which") || return 0
	[[ ! -e $known ]] || said=$(<"$known")
	if [[ $said != "$which "[BY]* ]]; then
		bochs_command 'info: action=ignore' 'log: /dev/null' 'boot: floppy' \
			"cpu: model=$bochs_model, count=2:1:1, ips=$bochs_ips, reset_on_triple_fault=0" \
			'memory: guest=32, host=32' "floppya: 1_44=\"$image\", status=inserted"
		said="$which $(timeout 20 "${command[@]}" 2>/dev/null | tr -cd BY)"
		[[ $said == "$which "[BY]* ]] || return 0	# it did not even start: the run will say so
		printf '%s\n' "$said" >"$known"
	fi
	[[ $said == *Y ]] || bochs_quirk=bochs-breakpoint
}
# shellcheck disable=SC2034
bochs_quirk=''

# The display "term" of a Bochs with the debugger draws on a terminal of its own, and stands still in
# the middle of an instruction once 64 KiB wait there that nobody has read.
bochs_screen() { # TERMINAL
	[[ $1 == /dev/* ]] || return
	stty -F "$1" raw -echo && cat "$1"
} >/dev/null 2>&1 </dev/null

# A line of Bochs' log: false if it is none. What it tells goes to died or broken; the rest is talk.
bochs_log_line() { # LINE
	local screen

	case $1 in
	*'>>PANIC<<'*'3rd ('*) died=${died:-a triple fault} ;;	# after a reset the BIOS may run into one
	*'>>PANIC<<'*[Ss]'hutdown'* | *'>>PANIC<<'*'power off'*) ;;
	*'>>PANIC<<'*) broken=${broken:-$1} ;;
	*'::Reset(HARDWARE)'*)	# the first is the start
		[[ -z $bochs_started ]] || died=${died:-a reset}
		bochs_started=yes
		;;
	*'::Reset(SOFTWARE)'*) died=${died:-a reset} ;;	# by the keyboard controller
	'Bochs connected to screen "'*)
		screen=${1#*\"}
		bochs_screen "${screen%\"*}" &
		;;
	[0-9]*[0-9][ied]'['* | '======'* | '['*'] '* | 'Bochs connected to '* | 'Bochs is exiting '*) ;;
	*) return 1 ;;
	esac
}
bochs_started=''
