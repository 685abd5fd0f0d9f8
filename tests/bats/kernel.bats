#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The tests within the kernel, over numbers of CPUs, memory, CPU models, machines and ways to boot.

load lib

pass=$'# verdict PASS\n!not ok'
clean=$'# verdict PASS\n!not ok\n!# violation\nviolations=0'
quick='duration=300ms'

@test "default ends with a comparison" { boots 0 "$clean"$'\nsync=ipi\nsync=deferred' $quick; }
@test "selftest" { boots 0 "$pass" --accel tcg test=selftest; }
@test "pti-audit" { boots 0 "$pass" --accel tcg test=pti-audit; }
@test "poke" { boots 0 "$pass" --accel tcg test=poke $quick; }
@test "defer" { boots 0 "$clean" --accel tcg test=defer $quick; }
@test "defer, user=spin" { boots 0 "$clean"$'\nipis_isolated=0' --accel tcg --smp 2 test=defer user=spin duration=1s; }
@test "defer, user=enter" { boots 0 "$clean" --accel tcg test=defer user=enter duration=1s; }
@test "defer, sync=ipi" { boots 0 "$clean" --accel tcg test=defer sync=ipi $quick; }
@test "defer, protocol=always-ipi" { boots 0 "$clean" --accel tcg test=defer protocol=always-ipi $quick; }

# What is registered, by the sources: "NAME" lines, without those whose number begins with one of $1.
registered() { # WITHOUT
	cat "$top"/tests/*/*.c | tr '\n\t' '  ' | grep -oE 'DEFINE_TEST\( *[^,]*, +"[a-z-]+"' |
		grep -vE "^DEFINE_TEST\( *(${1:-none})" | sed 's/.*"\(.*\)"/\1/' | sort
}
@test "list names every test" {
	boots 0 '1..0' --accel tcg test=list
	diff <(registered) <(sed -nE 's/^# ([a-z-]+): .*; needs .*/\1/p' <<<"$output" | sort)
}
# Without PCID, pcid=on lets each test say SKIP at once, and nothing else.
@test "all runs every test but those only for the asking" {
	boots 77 '# verdict SKIP' --accel tcg --cpu max,-pcid pcid=on test=all sync=deferred
	diff <(registered TEST_ASKED) <(sed -nE 's/^ok [0-9]+ ([a-z-]+) # SKIP.*/\1/p' <<<"$output" | sort)
}
@test "default runs every test that is not extra" {
	boots 77 '# verdict SKIP' --accel tcg --cpu max,-pcid pcid=on sync=deferred
	diff <(registered 'TEST_ASKED|TEST_EXTRA') <(sed -nE 's/^ok [0-9]+ ([a-z-]+) # SKIP.*/\1/p' <<<"$output" | sort)
}
@test "pmu without a PMU" { boots 77 'ok 1 pmu # SKIP CPUID 0AH has no counter of retired instructions' --accel tcg --smp 2 test=pmu; }
@test "help" { boots 0 $'1..0\nisolcpus=\nduration=' --accel tcg test=help; }
@test "protocol=list" { boots 0 $'1..0\nnested-signal\nalways-ipi' --accel tcg protocol=list; }
@test "a test taken out" { boots 0 "$pass"$'\n!# test poke' --accel tcg test=default,-poke $quick; }
@test "debug=time says where the time goes" {
	boots 0 "$pass"$'\n# time us=*phase=clock calibration*phase=CPU bring-up*phase=expected faults*phase=the words again\n!no room for' \
		--accel tcg --smp 2 test=selftest debug=time
}
@test "repeat=3" { boots 0 'verdict PASS pass=3 ' --accel tcg test=selftest repeat=3; }
@test "the replay line repeats the run" {
	boots 0 '# replay: ./run-qemu.sh --accel tcg --smp 3 test=selftest' --accel tcg --smp 3 test=selftest seed=7
	replay=$(sed -n 's/^# replay: //p' <<<"$output")
	cd "$top" && eval "$replay" >/dev/null
}
@test "KTAP stands first" { boots 0 '' --accel tcg test=selftest && [[ $(grep -v '^run-qemu.sh:' <<<"$output" | head -1) == 'KTAP version 1' ]]; }
@test "each line is KTAP or a comment" { boots 0 '' --accel tcg $quick && ! grep -Ev '^(KTAP version 1|1\.\.[0-9]+|(not )?ok [0-9]+ .*|#.*|run-qemu.sh: .*)$' <<<"$output"; }

@test "one CPU: nothing to isolate" { boots 77 '# verdict SKIP' --accel tcg --smp 1 test=defer $quick; }
@test "--smp 2" { boots 0 "$clean" --accel tcg --smp 2 $quick; }
@test "--smp 3" { boots 0 "$clean" --accel tcg --smp 3 $quick; }
@test "--smp 8" { boots 0 "$clean" --accel tcg --smp 8 $quick; }
@test "--smp 16" { slow; boots 0 "$clean" --accel tcg --smp 16 $quick; }

@test "--memory 32M" { boots 0 "$clean" --accel tcg --memory 32M $quick; }
@test "--memory 6G" { boots 0 "$clean" --accel tcg --memory 6G $quick; }

@test "--cpu qemu64" { boots 0 "$clean" --accel tcg --cpu qemu64 $quick; }
@test "--cpu Nehalem" { boots 0 "$clean" --accel tcg --cpu Nehalem $quick; }
@test "--cpu EPYC" { boots 0 "$clean" --accel tcg --cpu EPYC $quick; }

@test "--machine pc" { boots 0 "$clean" --accel tcg --machine pc $quick; }
@test "--machine microvm" { boots 0 "$clean" --accel tcg --machine microvm $quick; }
@test "--boot iso" { boots 0 "$clean" --accel tcg --boot iso $quick; }
@test "--boot iso --machine pc" { boots 0 "$pass" --accel tcg --boot iso --machine pc test=selftest; }
@test "--boot iso --memory 32M" { boots 0 "$pass" --accel tcg --boot iso --memory 32M test=selftest; }
@test "SeaBIOS instead of qboot" { boots 0 "$pass" --accel tcg --qemu-arg -bios --qemu-arg bios-256k.bin test=selftest; }

@test "one thread for all CPUs" { slow; boots 0 "$clean" --accel tcg,thread=single $quick; }
@test "one instruction a block" { slow; boots 0 "$clean" --accel tcg,one-insn-per-tb=on $quick; }
@test "end=halt" { boots 0 "$pass" --accel tcg test=selftest end=halt; }
@test "end=reboot" { boots 0 "$pass" --accel tcg test=selftest end=reboot; }
@test "end=poweroff" { boots 0 "$pass" --accel tcg test=selftest end=poweroff; }
@test "KVM where it works" {
	grep -qwE 'vmx|svm' /proc/cpuinfo && [[ -c /dev/kvm ]] && { : <>/dev/kvm; } 2>/dev/null || skip 'no KVM here'
	boots 0 "$clean" --accel kvm $quick
}
@test "KVM that does not work is 6 or 3, at once" {
	! grep -qwE 'vmx|svm' /proc/cpuinfo || skip 'KVM works here'
	SECONDS=0
	run "$top/run-qemu.sh" --accel kvm test=selftest
	[[ $status == [36] ]] && ((SECONDS < $(bound 10)))
}

# Machines with fewer CPUs than they have
@test "maxcpus=2 of 4: two run, two are named" {
	boots 0 $'# warning: 2 more CPUs are listed and not used\n maxcpus=2 \n cpus=2 left_out=2,3 \n# replay: *maxcpus=2\n# verdict PASS' --accel tcg --smp 4 maxcpus=2 test=selftest
}
@test "no MADT: one CPU, and that is said" {
	boots 0 $'# warning: no ACPI table (MADT) lists CPUs\n cpus=1 left_out=none \n# verdict PASS' --accel tcg --qemu-arg -machine --qemu-arg acpi=off test=pti-audit
}
