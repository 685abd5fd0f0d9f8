#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016,SC2030,SC2031
# tests/campaign: every run of the SPEC is reported exactly once, whoever was killed in between.

load lib

setup_file() {
	fake_checkout
	mkdir -p "$fake/tests/tools" "$fake/tests/bats" "$fake/build/guest"
	cp "$top/tests/campaign" "$top/tests/report" "$fake/tests/"
	cp "$top"/tests/tools/{campaign,report}* "$fake/tests/tools/"
	printf 'not a kernel\n' | tee "$fake/build/latesync.elf" "$fake/build/latesync.iso" >"$fake/build/guest/breakpoint.img"
	printf '/build/\n' >"$fake/.gitignore"
	type -P git >/dev/null || return 0
	git -C "$fake" init -q && commit
}

commit() {
	git -C "$fake" add -A && git -C "$fake" -c user.name=nobody -c user.email=nobody@localhost commit -q -m x
}

# An emulator that ends as test= says, and keeps a list of who was started.
setup() {
	export QEMU=$BATS_TEST_TMPDIR/qemu
	out=$BATS_TEST_TMPDIR/out
	{
		printf '#!/bin/bash\necho "$*" >>%q\n' "$BATS_TEST_TMPDIR/started"
		cat <<-'END'
		say() { printf 'KTAP version 1\n# latesync 0.1.0 x\n# config cpus=2\n1..1\n%s\n# replay: ./run-qemu.sh again\n# verdict %s\n' "$1" "$2"; }
		case $* in
		*test=slow*) sleep 1 ;;
		*test=late*) sleep 100 ;;
		esac
		case $* in
		*test=fail*) say 'not ok 1 x # FAIL <asked>' 'FAIL pass=0 fail=1 error=0 skip=0' ;;
		*test=error*) say 'not ok 1 x # ERROR asked' 'ERROR pass=0 fail=0 error=1 skip=0' ;;
		*test=skip*) say 'ok 1 x # SKIP asked' 'SKIP pass=0 fail=0 error=0 skip=1' ;;
		*test=crash*) printf 'KTAP version 1\n1..1\n' ;;
		*test=word*) printf 'error: test=word: expected another\n' ;;
		*test=foreign*) say $'hello world\nok 1 x' 'PASS pass=1 fail=0 error=0 skip=0' ;;
		*) say 'ok 1 x' 'PASS pass=1 fail=0 error=0 skip=0' ;;
		esac
		END
	} >"$QEMU"
	chmod +x "$QEMU"
	: >"$BATS_TEST_TMPDIR/started"
}

teardown() {
	local file

	for file in "$BATS_TEST_TMPDIR"/sshd.*.pid; do
		[[ ! -e $file ]] || kill -KILL "$(<"$file")" 2>/dev/null || :
	done
}

campaign() { # STATUS PATTERNS WORD...
	local want=$1 patterns=$2

	shift 2
	expect "$want" "$patterns" "$fake/tests/campaign" --out "$out" --jobs 2 "$@"
}

# Each run once, in order: so many, with these statuses.
reported() { # NUMBER STATUSES
	[[ $(cut -f 1 "$out/runs.tsv") == "$(seq -f %04.0f "$1")" ]] &&
		[[ $(cut -f 2 "$out/runs.tsv" | sort -u | tr '\n' ' ') == "$2 " ]] &&
		[[ $(ls "$out/runs") == "$(awk '$2 != "lost" { print $1 }' "$out/runs.tsv")" ]]
}

starts() { # NUMBER
	[[ $(grep -c . "$BATS_TEST_TMPDIR/started") == "$1" ]]
}

# Starts a campaign in a process group of its own; its leader is in $leader.
begin() { # WORD...
	set -m
	# Who starts the suite may ignore Ctrl-C; what it starts would, too.
	env --default-signal=INT "$fake/tests/campaign" --out "$out" --jobs 2 "$@" >"$out.said" 2>&1 3>&- &
	leader=$!
	set +m
}

runs_done() { # NUMBER
	(($(find "$out/runs" -name sum 2>/dev/null | wc -l) >= $1))
}

nothing_runs() {
	! pgrep -f "$QEMU" >/dev/null && ! pgrep -f "$(<"$out/bundle")" >/dev/null
}

refuses() { # PATTERN WORD...
	local pattern=$1

	shift
	campaign 2 "error: $pattern" "$@" && [[ ! -e $out ]]
}
@test "SPEC: refused: nothing" { refuses 'SPEC: expected at least one NAME=VALUE' && rm -r "$out" || [[ ! -e $out/campaign ]]; }
@test "SPEC: refused: an empty item" { refuses 'smp=2,: expected no empty item' smp=2,; }
@test "SPEC: refused: a range that counts down" { refuses 'seed=9..1: expected a range that counts up' seed=9..1; }
@test "SPEC: refused: too many" { refuses 'seed=1..200000: expected a range of at most 100000' seed=1..200000; }
@test "SPEC: refused: too many combinations" { refuses 'SPEC: expected at most 100000 runs' seed=1..400 smp=1..255; }
@test "SPEC: refused: a value twice" { refuses 'smp=2: expected each value of smp once' smp=2 smp=1,2; }
@test "SPEC: refused: no name" { refuses '=2: expected NAME=VALUE' =2; }
@test "SPEC: refused: a log" { refuses 'log=x: expected no log here' log=x; }
@test "SPEC: refused: := without a value" { refuses 'test:=: expected a value behind test:=' test:=; }
@test "SPEC: refused: what run-qemu.sh refuses" { refuses '--smp=256: expected a number of CPUs' smp=2,256; }
@test "SPEC: refused: options that do not go together" { refuses '--machine=microvm --boot=iso: expected microvm' machine=q35,microvm boot=iso; }
@test "option: refused: unknown" { refuses '--sshlogins: expected an option or a SPEC (nearest: --sshlogin' --sshlogins; }
@test "option: refused: no number" { refuses '--retries 0: expected a number of tries' --retries 0 smp=2; }

@test "SPEC: axes, ranges, values with commas, words for all" {
	campaign 0 '' --dry-run smp=1,2 seed=8..12..4 test:=a,b test=c -- until=fail
	[[ $output == "./run-qemu.sh --smp=1 seed=8 test=a,b until=fail
./run-qemu.sh --smp=1 seed=8 test=c until=fail
./run-qemu.sh --smp=1 seed=12 test=a,b until=fail
./run-qemu.sh --smp=1 seed=12 test=c until=fail
./run-qemu.sh --smp=2 seed=8 test=a,b until=fail
./run-qemu.sh --smp=2 seed=8 test=c until=fail
./run-qemu.sh --smp=2 seed=12 test=a,b until=fail
./run-qemu.sh --smp=2 seed=12 test=c until=fail" ]]
}
@test "SPEC: Bochs runs once what only QEMU would run twice" {
	campaign 0 '' --dry-run cpu=max,EPYC accel=tcg emulator=qemu,bochs smp=2
	[[ $output == "./run-qemu.sh --cpu=max --accel=tcg --emulator=qemu --smp=2
./run-qemu.sh --cpu=EPYC --accel=tcg --emulator=qemu --smp=2
./run-qemu.sh --emulator=bochs --smp=2" ]]
}

@test "a folder a run, one table, one page" {
	campaign 0 $'runs *all *PASS\nsmp=1 test=a *2 *2 \nall *4 *4 \n!cite' smp=1,2 seed=1..2 test=a
	reported 4 0
	[[ $(ls "$out/runs/0004") == $'commit\nconfig\nconsole\ndiff\nreplay\nstatus\nstderr\nsum' ]]
	[[ $(<"$out/runs/0004/config") == $'--smp=2 seed=2 test=a\n# config cpus=2' ]]
	[[ $(head -n 1 "$out/runs/0004/status") == 0 && $(<"$out/runs/0004/replay") == './run-qemu.sh again' ]]
	grep -q '<h2>Campaign</h2>' "$out/report.html"
	[[ $(grep -c '<td class="PASS">PASS</td>' "$out/report.html") == 4 ]]
}
# The status of all, as the help says it.
combines() { # STATUS TEST...
	local want=$1

	shift
	campaign "$want" '' smp=1 "${@/#/test=}" "accel=tcg"
}
@test "status: any FAIL is 1" { combines 1 pass crash fail error skip && reported 5 $'0 1 3 4 77'; }
@test "status: CRASH goes before ERROR" { combines 4 error crash pass; }
@test "status: ERROR goes before a pass" { combines 3 pass error; }
@test "status: skips and a pass are 0" { combines 0 skip pass; }
@test "status: nothing but skips is 77" { combines 77 skip; }
@test "what did not pass is named with its reason, here and in the page" {
	campaign 1 $'0001 FAIL on * smp=1 test=fail: not ok 1 x # FAIL <asked>\n0002 CRASH on *CRASH: the emulator ended' smp=1 test=fail,crash
	grep -q '<td class="CRASH">CRASH</td>' "$out/report.html"
	grep -q 'FAIL &lt;asked&gt;' "$out/report.html"
}
@test "a console that tests/report refuses does not cost the page" {
	campaign 0 $'not in the page: error: *0002/console:5: expected a line of KTAP' smp=1 test=pass,foreign
	reported 2 0
	grep -q '<td class="PASS">PASS</td>' "$out/report.html"
}
@test "a word that the kernel refuses ends it" {
	campaign 2 $'error: test=word: expected another\nwas refused: correct the SPEC' smp=1 test=word,slow seed=1..9
	[[ ! -e $out/runs.tsv ]]
	nothing_runs
}

# The whole group is killed outright, then it goes on and is interrupted, then it ends.
killed_twice() { # FIRST-ALIVE WORD...
	local kept

	begin "$@"
	await 60 runs_done 3
	kill -KILL -- "-$leader"
	wait "$leader" 2>/dev/null || :
	await 10 nothing_runs
	kept=$(cd "$out/runs" && stat -c '%n %i' [0-9]*/sum)
	begin	# without the SPEC: DIR has it
	await 60 runs_done 6
	kill -INT "$leader"
	wait "$leader" && false
	[[ $? == 130 && $(<"$out.said") == *'runs are done; to go on: tests/campaign --out '* ]]
	nothing_runs
	[[ $(cd "$out/runs" && stat -c '%n %i' [0-9]*/sum) == *"${kept%%$'\n'*}"* ]]
	campaign 0 '' "$@"
}
@test "killed outright, then interrupted, then resumed: every run once" {
	killed_twice seed=1..12 test=slow
	reported 12 0
	# Nothing was run again but what was under way: two at a time, twice.
	(($(grep -c . "$BATS_TEST_TMPDIR/started") <= 16))
	campaign 0 '12 runs, 0 to do'
}
@test "the same with the kernel: a dozen boots" {
	slow
	fake=$top QEMU=
	unset QEMU
	nothing_runs() { ! pgrep -f "$(<"$out/bundle")" >/dev/null; }
	killed_twice smp=1,2 test=pti-audit seed=1..6 accel=tcg
	reported 12 0
	[[ $(grep -c '<td class="PASS">PASS</td>' "$out/report.html") == 12 ]]
}
@test "killed outright: what it had started ends, too" {
	setpriv --pdeathsig TERM true || skip 'setpriv cannot tie a process to its parent here'
	begin test=late seed=1..3
	await 20 starts 2
	kill -KILL -- "-$leader"
	wait "$leader" 2>/dev/null || :
	await 10 nothing_runs
}
@test "damaged and half-written folders are run again, others not" {
	campaign 0 '' seed=1..6
	sed -i 's/verdict PASS/verdict FAIL/' "$out/runs/0001/console"
	rm "$out/runs/0002/replay"
	: >"$out/runs/0003/sum"
	rm -r "$out/runs/0004"
	sed -i '$d' "$out/runs/0005/sum"
	campaign 0 '6 runs, 5 to do'
	reported 6 0
	starts 11
}
@test "what a host sent but nobody put away is not run again; half of it is" {
	campaign 0 '' seed=1..3
	mkdir -p "$out"/session/000{1,2,3}
	for n in 1 2 3; do
		cp "$out/runs/000$n/console" "$out/session/000$n/stdout"
		printf '\n# campaign: run=000%d status=0 seconds=1 host=h sum=%s\n' $n "$(cksum <"$out/runs/000$n/console" | tr ' ' -)" >>"$out/session/000$n/stdout"
		: >"$out/session/000$n/stderr"
	done
	sed -i '$d' "$out/session/0002/stdout"
	sed -i 1d "$out/session/0003/stdout"
	rm -r "$out"/runs/*
	campaign 0 '3 runs, 2 to do'
	reported 3 0
	starts 5
}
@test "another SPEC is refused" {
	campaign 0 '' seed=1..2
	campaign 2 'error: seed=1..3: expected what * was begun with (seed=1..2): give that or no SPEC, or another --out' seed=1..3
}
@test "a folder of somebody else's is refused" {
	mkdir "$out" && : >"$out/mine"
	campaign 2 'expected a new or empty folder' seed=1..2
	[[ $(ls "$out") == lock$'\n'mine || $(ls "$out") == mine ]]
}
@test "what was ended while it began is begun anew" {
	BREAK_BUILD=yes campaign 3 'ERROR: the build failed' seed=1..2
	mkdir "$out/new-bundle" && : >"$out/bundle" && : >"$out/diff"
	campaign 0 '2 runs, 2 to do' seed=1..2
}
@test "a packed kernel that is not whole is an error, and on a host a lost run" {
	campaign 0 '' seed=1..2
	rm -r "$out/runs/0001"
	printf x >>"$out/$(<"$out/bundle")/build/latesync.elf"
	campaign 3 'is not as it was packed: remove * and begin again'
	(cd "$out/$(<"$out/bundle")" && ! ./campaign-run 1 2>/dev/null)
	starts 2
}
@test "two at once in one folder: the second is refused" {
	begin test=slow seed=1..9
	await 20 runs_done 1
	campaign 3 'ERROR: another tests/campaign is at work'
	kill -TERM "$leader"
	wait "$leader" || [[ $? == 143 ]]
}
@test "a checkout that has changed is refused, and says what to do" {
	type -P git >/dev/null || skip 'no git here'
	campaign 0 '' seed=1..2
	: >"$fake/new"
	campaign 2 $'differs from * in another way\ndiff --git a/new b/new\ngo back (git checkout'
	commit
	campaign 2 $'was begun at commit *, and the checkout is at'
	git -C "$fake" reset -q --hard HEAD~
	campaign 0 '2 runs, 0 to do'
}

@test "a folder in the checkout, ignored by git or not, is no difference from the commit" {
	type -P git >/dev/null || skip 'no git here'
	expect 0 '2 runs, 2 to do' "$fake/tests/campaign" seed=1..2 # in build/campaign
	out=$fake/mine
	campaign 0 '2 runs, 2 to do' seed=1..2
	[[ ! -s $fake/build/campaign/diff && ! -s $out/diff ]]
}

# GNU parallel takes any command for a host; a real one is below.
fake_ssh() { # NAME [LIVES]
	printf '#!/bin/sh\n[ -e %q ] || exit 255\nshift\ncd %q && exec sh -c "$*"\n' "$BATS_TEST_TMPDIR/$1.alive" "$BATS_TEST_TMPDIR/$1" >"$BATS_TEST_TMPDIR/ssh.$1"
	chmod +x "$BATS_TEST_TMPDIR/ssh.$1"
	mkdir "$BATS_TEST_TMPDIR/$1"
	: >"$BATS_TEST_TMPDIR/$1.alive"
}
@test "no host is alive: every run is reported as lost, and done when one is" {
	fake_ssh a
	rm "$BATS_TEST_TMPDIR/a.alive"
	campaign 3 $'0001 LOST on *no host could do it\nall *2 *0 *0 *0 *0 *0 *0 *2' seed=1..2 --sshlogin "2/$BATS_TEST_TMPDIR/ssh.a a"
	reported 2 lost
	campaign 0 '2 runs, 2 to do'
	reported 2 0
}
@test "a host without the emulator is no result: the run is lost, not an ERROR of the kernel" {
	QEMU=$BATS_TEST_TMPDIR/none campaign 3 $'0001 LOST on *the emulator * is missing' seed=1
	reported 1 lost
}

# Two servers for this user alone, which nobody else reaches, or a reason why not.
start_sshd() { # NAME
	local dir=$BATS_TEST_TMPDIR port

	sshd=$(PATH=$PATH:/usr/sbin type -P sshd) || skip 'no sshd here (Debian: openssh-server, which starts a service)'
	((EUID != 0)) || [[ -d /run/sshd ]] || mkdir /run/sshd
	[[ -e $dir/key ]] || { ssh-keygen -q -t ed25519 -N '' -f "$dir/key" && ssh-keygen -q -t ed25519 -N '' -f "$dir/host"; }
	for port in {1..20}; do
		port=$((20000 + RANDOM % 20000))
		"$sshd" -D -e -f /dev/null -p "$port" -h "$dir/host" -o ListenAddress=127.0.0.1 -o PidFile=none -o StrictModes=no \
			-o AuthorizedKeysFile="$dir/key.pub" -o PasswordAuthentication=no -o UsePAM=no >"$dir/sshd.$1.log" 2>&1 3>&- &
		disown
		printf '%s\n' $! >"$dir/sshd.$1.pid"
		await 5 grep -qE 'listening|Bind|rror' "$dir/sshd.$1.log"
		! grep -q '^Server listening' "$dir/sshd.$1.log" || break
	done
	login="ssh -F /dev/null -i $dir/key -o UserKnownHostsFile=$dir/known -o StrictHostKeyChecking=no -o BatchMode=yes -p $port 127.0.0.1"
	$login true || skip "sshd lets nobody in: $(tail -n 1 "$dir/sshd.$1.log")"
}
@test "one of two ssh hosts dies: its runs are done by the other, each reported once" {
	slow
	start_sshd a
	a=$login a_port=${login% *} a_port=${a_port##* }
	start_sshd b
	begin --sshlogin "1/$a" --sshlogin "1/$login" test=slow seed=1..8
	await 60 grep -qr ":$a_port" "$out/runs" --include=status
	pkill -KILL -P "$(<"$BATS_TEST_TMPDIR/sshd.a.pid")" || :
	kill -KILL "$(<"$BATS_TEST_TMPDIR/sshd.a.pid")"
	wait "$leader"
	reported 8 0
	[[ $(cut -f 4 "$out/runs.tsv" | sort -u | grep -c .) == 2 ]]
}
@test "--hook: QEMU behind ssh, with the kernel" {
	slow
	unset QEMU
	start_sshd a
	fake=$top campaign 1 $'maxcpus=1 test=pti-audit *1 *1 \n0002 FAIL on *asked for' maxcpus=1 test=pti-audit,selfdestruct:fail \
		--hook "$login $top/run-qemu.sh --accel tcg --smp 2"
	reported 2 '0 1'
	[[ $(<"$out/runs/0001/replay") == './run-qemu.sh --accel tcg --smp 2 maxcpus=1 test=pti-audit seed='* ]]
}
@test "--hook: without a verdict it is a CRASH, however it ends" {
	campaign 4 'the hook ended without a verdict' seed=1..2 --hook 'true'
	reported 2 4
}
@test "--hook: a machine that cannot be reached is a lost run" {
	campaign 3 'no host could do it: no machine' seed=1 --retries 1 --hook 'f() { echo no machine >&2; return 255; }; f'
	reported 1 lost
}
@test "another program called parallel is an error that says so" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\necho parallel from moreutils\n' >"$BATS_TEST_TMPDIR/bin/parallel"
	chmod +x "$BATS_TEST_TMPDIR/bin/parallel"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH campaign 3 'is not GNU parallel' seed=1
}
