# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Runs the emulator, shows its console line by line, and turns how it ended into a status.
# No way of dying may look like 0, 1 or 77: those need a verdict line.
# Sourced by run-qemu.sh, whose opt, given, accel, kvm_doubt, command and run_iso it reads.

silence_us=60000000	# without --timeout: the longest time without a new console line
pause_us=2000000	# looks at the console further apart: this script was stopped itself
stopped_max_us=3600000000	# an emulator that was stopped or starved for longer than that in all is silent
grace_us=300000		# what the emulator gets to end by itself once the verdict is out

verdict=''		# status that the kernel's own words ask for
verdict_why=''		# said on stderr beside it
broken=''		# the emulator's own words, if it failed
died=''			# how the machine ended, where the emulator's log tells
bad_value=''		# the emulator refuses a value that the user gave
test_name='' step='' progress='' lines=0 planned_none=''
kernel_spoke=''	# firmware and boot loaders speak on the same line, and GRUB's errors look like ours
pid='' rc=''

where() {
	local text='before the first test'

	[[ -z $test_name ]] || text="in test $test_name"
	[[ -z $step ]] || text+=", step $step"
	[[ -z $progress ]] || text+=" (last progress: $progress)"
	printf '%s' "$text"
}

# What the console line, or its beginning, means for the verdict, and where the run is.
note_start() {
	case $1 in
	'# '* | 'KTAP version '* | 'latesync: '* | 'error: '*': expected '*) kernel_spoke=yes ;;
	'1..'* | 'ok '* | 'not ok '*) kernel_spoke=yes ;;
	esac
}

note_line() {
	local line=$1

	note_start "$line"
	case $line in
	'# test '*) test_name=${line#\# test } step='' progress='' ;;
	'# step '*) step=${line#\# step } ;;
	'# progress '*) progress=${line#\# progress } ;;
	'ok '* | 'not ok '*) test_name="${test_name:+$test_name (over)}" step='' progress='' ;;
	'1..0') planned_none=yes ;;
	'error: '*': expected '* | 'error: '*': '*'not built yet'*)
		[[ -n $test_name || -n $verdict ]] || verdict=2
		;;
	'# verdict '*) note_verdict "$line" ;;
	esac
}

note_verdict() {
	local form='^# verdict ([A-Z]+) pass=([0-9]+) fail=([0-9]+) error=([0-9]+) skip=([0-9]+)$'
	local name pass bad skip

	if ! [[ $1 =~ $form ]]; then
		say "not a verdict: $1"
		return
	fi
	name=${BASH_REMATCH[1]} pass=${BASH_REMATCH[2]} skip=${BASH_REMATCH[5]}
	bad=$((10#${BASH_REMATCH[3]} + 10#${BASH_REMATCH[4]}))
	verdict_why=''
	case $name in
	PASS) verdict=0 ;;
	FAIL) verdict=1 ;;
	ERROR) verdict=3 ;;
	CRASH) verdict=4 ;;
	HANG) verdict=5 ;;
	SKIP) verdict=77 ;;
	*) verdict=3 verdict_why="ERROR: unknown verdict $name" ;;
	esac
	if [[ $name == PASS && ($bad != 0 || ($pass == 0 && -z $planned_none)) ]] ||
		[[ $name == SKIP && ($bad != 0 || $pass != 0 || $skip == 0) ]]; then
		verdict=3 verdict_why="ERROR: the verdict contradicts its counts: $1"
	fi
}

# One line of the console, or the beginning of one: to stdout and to the log.
show() { # FORMAT TEXT
	# shellcheck disable=SC2059
	printf "$1" "$2" 2>/dev/null || quit 141
	# shellcheck disable=SC2059
	[[ -z ${log-} ]] || printf "$1" "$2" >&"$log"
}

# What the emulator says on its stderr: passed on once each, and looked at.
declare -A said=()
drain_errors() {
	local line

	while read -r -t 0 -u "$errors"; do
		line=''
		IFS= read -r -t 0.2 -u "$errors" line || [[ -n $line ]] || return
		[[ ${opt[emulator]} != bochs ]] || ! bochs_log_line "$line" || continue
		[[ -n $line && -z ${said[$line]-} ]] || continue
		((${#said[@]} > 200)) || said[$line]=yes
		printf '%s\n' "$line" >&2
		case $line in
		*'KVM internal error'* | *'kvm run failed'* | *'KVM: entry failed'* | *Assertion* | \
			*'emulation failure'* | *'qemu: fatal:'* | *'hardware error'*)
			broken=${broken:-$line}
			;;
		*' CPU model '* | *'-cpu.'*) bad_value=${given[cpu]-} ;;
		*': -accel '*) bad_value=${given[accel]-} ;;
		*': invalid option'*) bad_value=${given[qemu-arg]-} ;;
		esac
	done
}

# Waits for the emulator to end by itself: true if it did within so many hundredths of a second.
settled() {
	local left=$1

	while kill -0 "$pid" 2>/dev/null; do
		((left-- > 0)) || return 1
		read -r -t 0.01 -u "$pause"
	done
}

# Ends the emulator and all that it started: asks, then insists, within half a second.
stop() {
	[[ -n $pid ]] || return
	kill -TERM -- "-$pid" 2>/dev/null
	settled 40
	kill -KILL -- "-$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	rc=$?
	pid=''
}

quit() { # STATUS [WHY]
	trap '' INT TERM HUP
	stop
	[[ -z ${2-} ]] || say "$2"
	exit "$1"
}

# From here on a signal ends what runs, says where it was, and leaves nothing behind. The traps only
# take note: bash may run one inside `read -t`, whose alarm does not survive a second `read -t`.
caught=''
on_signals() {
	# Pipes without names; nobody writes into pause: reading it is a sleep without a process.
	exec {pause}<> <(:) {errors}<> <(:)
	trap 'stop; rm -f ${run_iso:+"$run_iso"}' EXIT
	trap 'caught=${caught:-INT}' INT
	trap 'caught=${caught:-TERM}' TERM
	trap 'caught=${caught:-HUP}' HUP
	trap : PIPE
}

# To be called after whatever may take long.
heed_signals() {
	case $caught in
	INT) quit 130 "interrupted $(where)" ;;
	TERM) quit 143 "terminated $(where)" ;;
	HUP) quit 129 "hung up $(where)" ;;
	esac
}

# Did somebody stop the emulator (SIGSTOP, a debugger)?
emulator_stopped() {
	local stat

	{ read -r stat <"/proc/$pid/stat"; } 2>/dev/null || return
	[[ ${stat##*) } == [Tt]* ]]
}

# Microseconds that a thread of the emulator's, the one that had the worst of it, has waited for a CPU
# of the host's, in REPLY: on a busy host that is no silence.
emulator_starved() {
	local file waited most=0

	for file in /proc/"$pid"/task/*/schedstat; do
		{ read -r _ waited _ <"$file"; } 2>/dev/null || continue
		((waited <= most)) || most=$waited
	done
	REPLY=$((most / 1000))
}

# Starts a command in a process group of its own, so that all of it can be ended.
launch() { # COMMAND...
	set -m
	"$@" </dev/null {pause}<&- &
	pid=$!
	set +m
}

# Runs a command and waits for it; a signal ends it. Waiting for a foreground command instead would
# lose a SIGINT that only this script gets: bash then believes that the command has handled it.
await() { # COMMAND...
	local result=0

	launch "$@"
	wait "$pid" || result=$?
	heed_signals
	pid=''
	return "$result"
}

start() {
	local -a leash=()
	local ends

	command -v "$program" >/dev/null || die "the emulator $program is missing"
	# If this script is killed outright, the emulator must go too.
	if type -P setpriv >/dev/null && await setpriv --pdeathsig KILL true 2>/dev/null; then
		leash=(setpriv --pdeathsig KILL --)
	fi
	# Opened for both directions, then split: the console must end when the emulator does.
	exec {ends}<> <(:)
	exec {console}<"/dev/fd/$ends"
	launch "${leash[@]}" "${command[@]}" >&"$ends" 2>&"$errors" {console}<&- {errors}>&- {ends}>&-
	exec {ends}>&-
}

# Reads the console until the verdict, the end of the emulator, or a bound; says which, in ended.
follow() {
	local line part='' now before last started heard gone='' verdict_at='' broken_at=''
	local looked stopped=0 starved=0 waited longest=0.5

	now=${EPOCHREALTIME/./}
	started=$now last=$now before=$now looked=$now
	while :; do
		line='' heard=yes
		# bash drops the byte that it has in hand when the time of a read is up: none starts
		# before there is something, and then it gets time enough for a line.
		# Behind the verdict nothing comes but the end: that is waited for, not looked for.
		if [[ -z $verdict ]] && ! read -r -t 0 -u "$console"; then
			heard=''
			read -r -t 0.02 -u "$pause"
			# What it wrote between this look and its end is still to be read.
			if ! kill -0 "$pid" 2>/dev/null; then
				[[ -z $gone ]] || ended=emulator
				gone=yes
			fi
		elif IFS= read -r -t "$longest" -u "$console" line; then
			if [[ -n $uefi_talk ]]; then
				uefi_line "$part$line"
				line=$REPLY part=''
			fi
			if [[ -z $uefi_talk ]]; then
				show '%s\n' "$line"
				part=$part$line
				note_line "${part%$'\r'}"
				part=''
				((lines++))
			fi
			last=${EPOCHREALTIME/./}
		elif (($? > 128)); then	# half a line
			[[ -n $uefi_talk ]] || show '%s' "$line"
			part=$part$line
			note_start "$part"
			heard=$line
		else
			if [[ -n $uefi_talk ]]; then
				uefi_line "$part$line"
			elif [[ -n $part$line ]]; then
				show '%s\n' "$line"
				note_start "$part$line"
			fi
			ended=emulator
		fi
		heed_signals
		drain_errors
		now=${EPOCHREALTIME/./}
		# Time in which one of the two was stopped is no silence. Who stopped this script knows
		# that its --timeout stands still; stopping the emulator alone is a way of being silent.
		if ((now - before > pause_us)); then
			((started += now - before, last += now - before))
		elif [[ -z $heard ]] && ((now - looked > pause_us / 8)); then
			if ((stopped < stopped_max_us)) && emulator_stopped; then
				((stopped)) || say 'the emulator is stopped: waiting for it to go on'
				((stopped += now - looked, last += now - looked))
			fi
			emulator_starved
			if ((stopped < stopped_max_us && REPLY > starved)); then
				waited=$((REPLY - starved < now - looked ? REPLY - starved : now - looked))
				((stopped += waited, last += waited))
			fi
			starved=$REPLY looked=$now
		fi
		before=$now
		[[ -z $verdict ]] || verdict_at=${verdict_at:-$now} longest=0.1
		if [[ -n $ended ]]; then
			return
		elif [[ -n $verdict_at ]]; then
			((now - verdict_at < grace_us)) || ended=verdict
		elif [[ -n $broken$died ]]; then	# what the console still holds tells the step
			broken_at=${broken_at:-$now}
			[[ -n $heard ]] || read -r -t 0 -u "$console" || ended=broken
			((now - broken_at < grace_us)) || ended=broken
		elif [[ -n $timeout_us ]] && ((now - started >= timeout_us)); then
			ended="no verdict after ${opt[timeout]} s"
		elif [[ -z $timeout_us && -z ${opt[gdb]} ]] && ((now - last >= silence_us)); then
			ended="no new console line for $((silence_us / 1000000)) s"
		fi
		[[ -z $ended ]] || return
	done
}

# Runs the emulator and exits with the status of the run.
watch() {
	local ended='' seconds=${opt[timeout]} fraction timeout_us=''

	if [[ -n $seconds ]]; then
		fraction=000000
		[[ $seconds != *.* ]] || fraction=${seconds#*.}000000
		timeout_us=$((10#${seconds%.*} * 1000000 + 10#${fraction:0:6}))
	fi
	[[ -z ${opt[log]} ]] || exec {log}>"${opt[log]}"
	start
	follow
	case $ended in
	emulator) settled 100 ;;
	esac
	heed_signals
	stop
	drain_errors
	conclude
}

conclude() {
	local how="exit status $rc" advice=''

	((rc <= 128)) || how="killed by signal $((rc - 128))"
	((rc != 0)) || how='as after a reset or triple fault'
	how=${died:-$how}
	[[ $accel != kvm* || -z $kvm_doubt ]] || advice=" ($kvm_doubt: try --accel tcg)"
	if [[ -z $verdict && $lines == 0 && -z $died && $ended != 'no '* ]] &&
		deps_check_emulator "${opt[emulator]}" "$program"; then
		quit 6 "the emulator would not start ($how): $REPLY"
	elif [[ -n $verdict ]]; then
		quit "$verdict" "$verdict_why"
	elif [[ -n $broken ]]; then
		quit 6 "the emulator failed, $(where): $broken$advice"
	elif [[ $ended == 'no '* ]]; then
		quit 5 "HANG: $ended, $(where)$advice"
	elif [[ $lines == 0 && $rc != 0 && -n $bad_value ]]; then
		usage "$bad_value" 'a value that this emulator takes'
	elif [[ $lines == 0 && $rc != 0 && -z $died ]]; then
		quit 6 "the emulator would not start ($how): $(show_command)$advice"
	elif [[ -z $kernel_spoke ]]; then
		how="before the kernel's first line ($how)"
		quit 6 "the emulator or its firmware failed $how: $(show_command)$advice"
	fi
	quit 4 "CRASH: the emulator ended without a verdict ($how), $(where)$advice"
}
