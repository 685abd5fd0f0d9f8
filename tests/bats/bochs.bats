#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016
# The second machine: Bochs, which has PCID, INVPCID and x2APIC. Its time is instructions, so a run
# comes out the same on a busy host.

load lib

pass=$'# verdict PASS\n!not ok'
clean=$'# verdict PASS\n!not ok\n!# violation\nviolations=0'
has='cpu_has_pcid=1 cpu_has_x2apic=1'
quick='duration=200ms'

bochs() { # STATUS PATTERNS [OPTION|WORD]...
	local want=$1 patterns=$2

	shift 2
	boots "$want" "$patterns" --emulator bochs "$@"
}

@test "default" { bochs 0 "$clean"$'\nhypervisor=Bochs\nx2apic=on\napic=x2apic\npcid=on\n'"$has"$'\nsync=ipi\nsync=deferred' $quick; }
@test "mutants" { slow; bochs 0 $'# mutants: [1-9]* rows as expected, 4 skipped\n!not ok' --smp 2 test=mutants; }

@test "pmu with a counter that does not count" { bochs 77 'ok 1 pmu # SKIP CPUID 0AH names a counter, and it does not count' --smp 2 test=pmu $quick; }

# Kernel mappings, with PCID
tlb() { # STATUS PATTERNS [WORD]...
	bochs "$1" "$2" --smp 2 test=tlb duration=1s "${@:3}"
}
@test "tlb, sync=ipi" { tlb 0 $'stale_reads=0 violations=0\nipis_skipped=0\npcid=on' sync=ipi; }
@test "tlb, sync=deferred" { tlb 0 $'stale_reads=0 violations=0\nflushes_deferred=[1-9]' sync=deferred; }
@test "tlb, sync=deferred, pcid=off" { tlb 0 $'stale_reads=0 violations=0\nflushes_deferred=[1-9]\npcid=off' sync=deferred pcid=off; }
@test "tlb, user=spin" { tlb 0 $'ipis_isolated=0 stale_reads=0 violations=0\nflushes_deferred=[1-9]' user=spin; }
@test "tlb, cond-and" { tlb 1 '# violation test=tlb kind=stale_read protocol=cond-and *address=*expected_generation=*seen_generation=' protocol=cond-and; }
@test "tlb, late-signal" { tlb 1 '# violation test=tlb kind=stale_read protocol=late-signal' protocol=late-signal; }
@test "tlb, nested-no-serialise" { tlb 1 '# violation test=tlb kind=stale_read protocol=nested-no-serialise' protocol=nested-no-serialise; }
@test "tlb, noflush-tlb" { tlb 77 'SKIP a no-flush CR3 write: this machine keeps no translation over one, measured: ' protocol=noflush-tlb; }

# Whether a code breakpoint's handler runs is asked of this Bochs, and the kernel is told.
@test "the kernel is told what this Bochs answered" {
	bochs 0 "$pass" --smp 2 test=selftest
	case $(cat "$top/build/bochs-breakpoint") in
	*' BY') [[ $output == *' quirk=off '* && $output != *'this Bochs never gets to'* ]] ;;
	*' B') [[ $output == *' quirk=bochs-breakpoint '* && $output == *'skipped, this Bochs never gets to'* ]] ;;
	*) false ;;
	esac
}
@test "and what another one answers" {
	printf '#!/bin/sh\ncase $* in *floppya*) printf B >&3 ;; *) exec bochs "$@" ;; esac\n' >"$BATS_TEST_TMPDIR/bochs"
	chmod +x "$BATS_TEST_TMPDIR/bochs"
	cp "$top/build/bochs-breakpoint" "$BATS_TEST_TMPDIR/known"
	BOCHS=$BATS_TEST_TMPDIR/bochs bochs 0 $'quirk=bochs-breakpoint\nskipped, this Bochs never gets to' \
		--smp 2 test=selftest
	cp "$BATS_TEST_TMPDIR/known" "$top/build/bochs-breakpoint"
}

@test "defer, user=spin" { bochs 0 "$clean"$'\nipis_isolated=0' --smp 2 test=defer user=spin $quick; }
@test "--smp 1" { bochs 0 "$pass" --smp 1 $quick; }
@test "--smp 15" { slow; bochs 0 "$pass"$'\ncpus=15 ' --smp 15 test=selftest; }
@test "--memory 32M" { bochs 0 "$pass" --smp 2 --memory 32M test=selftest; }
@test "--memory 2G" { bochs 0 "$pass" --smp 2 --memory 2G test=selftest; }
@test "the replay line repeats the run" {
	bochs 0 '# replay: ./run-qemu.sh --emulator bochs --smp 2 test=selftest' --smp 2 test=selftest seed=7
	replay=$(sed -n 's/^# replay: //p' <<<"$output")
	cd "$top" && eval "$replay" | grep '^# config' | grep -q 'seed=0x7 .*hypervisor=Bochs'
}

# Ways of dying
dead() { # STATUS PATTERNS KIND [WORD]...
	bochs "$1" "$2" --smp 2 "test=selfdestruct:$3" "${@:4}"
}
@test "panic is 4" { dead 4 '# verdict CRASH' panic; }
@test "a triple fault is 4, and named" { dead 4 'a triple fault), in test selfdestruct' triplefault; }
@test "a reset is 4, and named" { dead 4 'a reset), in test selfdestruct' reset; }
@test "a hang with interrupts off is 5" { dead 5 '# verdict HANG' hang-irqoff; }
@test "a CPU that does not start is 3" { dead 3 '# verdict ERROR' cpu; }
@test "failing is 1" { dead 1 '# verdict FAIL' fail; }
@test "skipping is 77" { dead 77 '# verdict SKIP' skip; }
@test "failing with end=halt is 1" { dead 1 '# verdict FAIL' fail end=halt; }
@test "failing with end=reboot is 1" { dead 1 '# verdict FAIL' fail end=reboot; }
@test "failing with end=poweroff is 1" { dead 1 '# verdict FAIL' fail end=poweroff; }
@test "the only CPU hung with interrupts off is 5, by the script" { bochs 5 'in test selfdestruct' --smp 1 --timeout "$(bound 6)" test=selfdestruct:hang-irqoff; }

# With a few lines of shell for Bochs: file 3 is the console, stderr has the log.
fake() { # STATUS PATTERNS EMULATOR [OPTION|WORD]...
	[[ -n ${fake-} ]] || fake_checkout
	dies "$1" "$2" "$3" --emulator bochs "${@:4}"
}
say='echo "# test one" >&3;'
@test "the console is not Bochs' own talk" { fake 0 $'!talk\nverdict PASS' 'echo talk; echo "00000000000i[      ] talk" >&2; echo "$ok" >&3'; }
@test "options reach Bochs" { fake 0 $'count=7:1:1\nguest=64, host=64' 'echo "$*" >&3; echo "$ok" >&3' --smp 7 --memory 64M; }
@test "a PANIC of Bochs is 6" { fake 6 'no such rom' "$say echo '00000000000p[MEM   ] >>PANIC<< no such rom' >&2; sleep 6000"; }
@test "a Bochs that would not start is 6" { fake 6 'would not start' 'echo "no display" >&2; exit 1'; }
@test "a line that is not the kernel's, and the end, are 6" { fake 6 "failed before the kernel's first line (exit status 1)" 'echo "Press F12 for boot menu." >&3; exit 1'; }
@test "a triple fault of the BIOS is 6" { fake 6 "failed before the kernel's first line (a triple fault)" 'echo "00000000000p[CPU0  ] >>PANIC<< exception(): 3rd (13) exception with no resolution" >&2; exit 1'; }
@test "a second reset ends it" { fake 4 'a reset), in test one' "$say for i in 1 2; do echo '00000000000i[SYS   ] bx_pc_system_c::Reset(HARDWARE) called' >&2; done; sleep 6000"; }
@test "the first reset is the start" { fake 0 '' 'echo "00000000000i[SYS   ] bx_pc_system_c::Reset(HARDWARE) called" >&2; sleep 0.5; echo "$ok" >&3'; }
# A screen of 800 KB on a terminal of its own, as the display "term" draws it: Linux keeps 64 KiB.
draw='open M, "+>", "/dev/ptmx"; $n = pack "i", 0; ioctl M, 0x40045431, $n; ioctl M, 0x80045430, $n;'	# TIOCSPTLCK, TIOCGPTN
draw+='printf STDERR "Bochs connected to screen \"/dev/pts/%d\"\n", unpack "i", $n; syswrite M, "x\n" x 100 for 1 .. 4000;'
@test "a full screen does not stop Bochs" { fake 0 '' "perl -e '$draw' && echo \"\$ok\" >&3" --timeout "$(bound 10)"; }
@test "silence is bounded by --timeout" { fake 5 "no verdict after $(bound 1) s, in test one" "$say sleep 6000" --timeout "$(bound 1)"; }
@test "no Bochs of that name is 3" { fake_checkout; BOCHS=/nonexistent expect 3 'is missing' "$fake/run-qemu.sh" --emulator bochs; }
@test "--dry-run prints the command and runs nothing" { fake 0 $'model=corei7_skylake_x\ndev=/dev/fd/3' 'touch "$0.ran"' --dry-run && [[ ! -e $BATS_TEST_TMPDIR/emulator.ran ]]; }
@test "--log keeps the console" { fake 0 '' 'echo "# kept" >&3; echo "$ok" >&3' --log "$BATS_TEST_TMPDIR/log" && grep -q kept "$BATS_TEST_TMPDIR/log"; }

# A signal while the kernel hangs: ends at once (the hang would last), names the test, leaves no emulator.
signalled() { # SIGNAL STATUS
	local out=$BATS_TEST_TMPDIR/out began script

	env --default-signal=INT "$top/run-qemu.sh" --emulator bochs --smp 1 --timeout "$(bound 60)" \
		test=selfdestruct:hang-irqoff >"$out" 2>&1 3>&- &
	script=$!
	await 60 grep -q '^# test selfdestruct' "$out"
	began=${EPOCHREALTIME/./}
	kill -"$1" $script
	status=0
	wait $script || status=$?
	cat "$out"
	((status == $2 && ${EPOCHREALTIME/./} - began < $(bound 5) * 1000000))
	await 5 nobody_runs "run-$script.iso"
	[[ $1 == KILL ]] || grep -q 'in test selfdestruct' "$out"
}
@test "SIGINT is 130" { signalled INT 130; }
@test "SIGTERM is 143" { signalled TERM 143; }
@test "SIGKILL of the script ends Bochs" { signalled KILL 137; }
