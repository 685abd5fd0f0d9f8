# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2016
# What the host-side checks share. A check is one line: the expected status, what its output must
# hold, the command. A check that fails prints the command that repeats it and the end of its output.

bats_require_minimum_version 1.5.0
top=${BATS_TEST_DIRNAME%/tests/bats}

# What a wait may take at most, in seconds, on a machine that does nothing else. Only a check that
# fails takes so long. LATESYNC_SCALE is how many times slower than that it is (tests/run measures).
bound() { # SECONDS
	printf '%d\n' $(($1 * ${LATESYNC_SCALE:-1}))
}

# Waits for a command to be true, tenth by tenth of a second: false where the bound was over.
await() { # SECONDS COMMAND...
	local end=$((SECONDS + $(bound "$1")))

	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.1
	done
}

# Runs a command: its status must be the first word, its output hold every line of the second
# (glob patterns; a leading ! forbids one).
expect() { # STATUS PATTERNS COMMAND...
	local want=$1 patterns=$2

	shift 2
	run timeout -k 5 "$(bound "${limit:-300}")" "$@" </dev/null
	ended "$want" "$patterns" "$@"
}

# The same of what `run` has just run.
ended() { # STATUS PATTERNS COMMAND...
	local want=$1 patterns=$2 pattern bad=''

	shift 2
	[[ $status == "$want" ]] || bad="status $status, expected $want"
	while IFS= read -r pattern; do
		if [[ $pattern == !* ]]; then
			# shellcheck disable=SC2053
			[[ $output != *${pattern#!}* ]] || bad+=" forbidden: ${pattern#!}"
		else
			# shellcheck disable=SC2053
			[[ $output == *$pattern* ]] || bad+=" missing: $pattern"
		fi
	done <<<"$patterns"
	[[ -n $bad ]] || return 0
	printf '%s\nrepeat with: %s\n' "$bad" "${*@Q}"
	grep -aE '^(not ok|# violation) ' <<<"$output" | head -n 10
	printf 'last lines:\n'
	tail -n 25 <<<"$output"
	return 1
}

slow() {
	[[ -z ${LATESYNC_FAST-} ]] || skip 'left out by --fast'
}

# Skips where tests/nested-kvm said, in this file, that the kernel of its outer machine cannot be had.
skip_without_outer_kernel() { # FILE
	local why said='cannot be fetched|no Linux kernel to run|lists of packages are empty|no linux-image'

	why=$(grep -m 1 -E "$said" "$1") || return 0
	skip "${why#*ERROR: }"
}

# The kernel: status, patterns, options and words of run-qemu.sh.
boots() { # STATUS PATTERNS [OPTION|WORD]...
	local want=$1 patterns=$2

	shift 2
	expect "$want" "$patterns" "$top/run-qemu.sh" "$@"
}

# The kernel with NMIs from the emulator's monitor, from its first test on: as fast as the monitor
# takes them, whose prompts are awaited. Sets sent, how many there were, and log, the console.
boots_under_nmis() { # STATUS PATTERNS [OPTION|WORD]...
	local monitor=$BATS_TEST_TMPDIR/monitor want=$1 patterns=$2 failed=0

	shift 2
	log=$BATS_TEST_TMPDIR/log
	mkfifo "$monitor.in" "$monitor.out"
	: >"$log"
	(
		exec 8<>"$monitor.out" 9<>"$monitor.in"
		until grep -q '^# test ' "$log"; do sleep 0.02; done
		for ((sent = 20; sent <= 10000; sent += 20)); do
			printf 'nmi\n%.0s' {1..20} >&9
			for _ in {1..20}; do
				read -r -t 5 -u 8 -d ')' || exit
			done
			printf '%d\n' "$sent" >"$log.sent"
		done
	) 3>&- &
	boots "$want" "$patterns" --log "$log" --qemu-arg -monitor --qemu-arg "pipe:$monitor" "$@" || failed=$?
	kill $! 2>/dev/null || :
	sent=$(cat "$log.sent")
	echo "sent $sent"
	return $failed
}

# What run-qemu.sh would start on two CPUs, with an image of this test's own: files run side by side.
dry_run() { # OPTION|WORD...
	local command image=build/dry-run.iso

	{
		flock 9
		command=$(cd "$top" && ./run-qemu.sh --dry-run --accel tcg --smp 2 "$@" 2>/dev/null)
		[[ $command != *$image* ]] || mv "$top/$image" "$BATS_TEST_TMPDIR/iso"
	} 9>"$top/build/.dry-run"
	printf '%s\n' "${command//.\/$image/$BATS_TEST_TMPDIR/iso}"
}

# Boots the ISO with a screen, by $firmware (iso, uefi), in the loader's video mode $mode if that is set, its
# emulator in the background: its monitor reads descriptor 8. Ended by `quit` there, and `wait $!`.
boots_with_screen() { # SERIAL OPTION|WORD...
	local dir=$BATS_TEST_TMPDIR serial=$1 command at

	shift
	command=$(dry_run --boot "${firmware:-iso}" "$@" end=halt)
	if [[ -n ${mode-} ]]; then # before the lines `boot` and `halt`, in the blanks after them
		at=$(grep -abm1 '^halt *$' "$dir/iso")
		printf 'set gfxpayload=%s\nboot\nhalt' "$mode" |
			dd of="$dir/iso" bs=1 seek=$((${at%%:*} - 5)) conv=notrunc status=none
	fi
	command=${command//-serial stdio/-serial $serial}
	command=${command//-device isa-debug-exit,iobase=0xf4,iosize=0x04/}
	mkfifo "$dir/monitor"
	exec 8<>"$dir/monitor"
	bash -c "exec $command -monitor stdio" <&8 >"$dir/monitor.out" 2>&1 3>&- &
}

# The letters of VGA's text mode in the dump vga, without their colours, row by row; what is none is a `~`.
vga_text() {
	LC_ALL=C sed -zE 's/(.)./\1/g' "$BATS_TEST_TMPDIR/vga" | LC_ALL=C tr -c ' -}' '~' |
		fold -w 80 | sed 's/ *$//'
}

# Each arithmetic expression over the keys of the last result line of the output.
holds() { # EXPRESSION...
	local line word expression bad=0

	line=$(grep '^# result ' <<<"$output" | tail -n 1)
	for word in $line; do
		[[ ! $word =~ ^[a-z_0-9]+=[0-9]+$ ]] || local "$word"
	done
	for expression; do
		# A key that is not there must not count as 0.
		(set -u && ((expression))) && continue
		printf 'does not hold: %s\n%s\n' "$expression" "$line"
		bad=1
	done
	return $bad
}

# A scratch checkout whose emulator is a few lines of shell, so that every way of dying is at hand.
fake_checkout() {
	fake=$BATS_FILE_TMPDIR/checkout
	mkdir -p "$fake/boot/run" "$fake/build"
	cp "$top/run-qemu.sh" "$fake/"
	cp "$top"/boot/run/*.sh "$fake/boot/run/"
	printf 'VERSION := 0.0.0\nall iso guest:\n\t@test -z "$$BREAK_BUILD"\n' >"$fake/Makefile"
	export fake
}

# Runs the scratch checkout's script with an emulator that runs these lines of shell.
dies() { # STATUS PATTERNS EMULATOR [OPTION|WORD]...
	local want=$1 patterns=$2 emulator=$BATS_TEST_TMPDIR/emulator

	{
		printf '#!/bin/bash\necho $$ >%q.pid\n' "$emulator"
		printf 'ok="# verdict PASS pass=1 fail=0 error=0 skip=0"\n'
		printf '%s\n' "$3"
	} >"$emulator"
	chmod +x "$emulator"
	shift 3
	QEMU=$emulator BOCHS=$emulator limit=${limit:-60} expect "$want" "$patterns" "$fake/run-qemu.sh" "$@"
	await 5 gone "$emulator"
}

# No process has this text in its command line.
nobody_runs() { # TEXT
	! grep -aqF "$1" /proc/[0-9]*/cmdline 2>/dev/null
}

# Neither this program nor its process group may be left; zombies are their parent's affair.
gone() { # PROGRAM
	local stat id group state left=''

	[[ -e $1.pid ]] || return 0	# it was never started
	id=$(cat "$1.pid")
	for stat in /proc/[0-9]*/stat; do
		# pid (name) state parent group ...
		{ read -r stat <"$stat"; } 2>/dev/null || continue
		read -r state _ group _ <<<"${stat##*) }"
		[[ ($group != "$id" && ${stat%% *} != "$id") || $state == Z ]] || left+=" $state"
	done
	[[ -z $left ]] || printf 'left behind, in these states:%s\n' "$left"
	[[ -z $left ]]
}
