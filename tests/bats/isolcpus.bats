#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# isolcpus=: which lists are taken, as what, and which are refused.

load lib

legal() { # AS LIST
	boots 77 "isolcpus=$1 " --accel tcg --smp 8 test=selfdestruct:skip "isolcpus=$2"
}
illegal() { # LIST
	boots 2 "error: isolcpus=$1: expected"$'\n!# test ' --accel tcg --smp 8 test=selfdestruct:skip "isolcpus=$1"
}

@test "the default is the last half" { boots 77 'isolcpus=4-7 ' --accel tcg --smp 8 test=selfdestruct:skip; }
@test "the default of an odd number rounds down" { boots 77 'isolcpus=3-4 ' --accel tcg --smp 5 test=selfdestruct:skip; }
@test "one CPU isolates none" { boots 77 'isolcpus=none ' --accel tcg --smp 1 test=selfdestruct:skip; }
@test "none" { legal none none; }
@test "7" { legal 7 7; }
@test "2-3,5" { legal 2-3,5 2-3,5; }
@test "5,2-3" { legal 2-3,5 5,2-3; }
@test "1-7" { legal 1-7 1-7; }
@test "1-N" { legal 1-7 1-N; }
@test "N" { legal 7 N; }
@test "3-N" { legal 3-7 3-N; }
@test "1-7:1/2" { legal 1,3,5,7 1-7:1/2; }
@test "1-7:2/3" { legal 1-2,4-5,7 1-7:2/3; }
@test "1-1" { legal 1 1-1; }
@test "1,1" { legal 1 1,1; }
@test "1-3,2-4" { legal 1-4 1-3,2-4; }

@test "no list" { illegal ''; }
@test "an empty item at the end" { illegal 1,; }
@test "an empty item at the start" { illegal ,1; }
@test "an empty item in the middle" { illegal 1,,2; }
@test "CPU 0" { illegal 0; }
@test "CPU 0 in a range" { illegal 0-3; }
@test "all" { illegal all; }
@test "a CPU that does not exist" { illegal 8; }
@test "a range beyond the last CPU" { illegal 6-8; }
@test "a huge number" { illegal 18446744073709551617; }
@test "a range upside down" { illegal 3-1; }
@test "a range without an end" { illegal 3-; }
@test "a range without a start" { illegal -3; }
@test "a group of 0" { illegal 1-7:0/2; }
@test "a group larger than its step" { illegal 1-7:3/2; }
@test "a step of 0" { illegal 1-7:1/0; }
@test "a group without a step" { illegal 1-7:1; }
@test "letters" { illegal two; }
@test "hexadecimal" { illegal 0x2; }
@test "a space" { illegal '1, 2'; }
@test "None" { illegal None; }
@test "isolated CPUs that share their core with another are named" {
	boots 0 $'# topology packages=2 cores=4 cpus=8 core_shift=1 package_shift=2 apic_ids=0-7 isolated_sharing=5-7\n# warning: of the isolated CPUs 5-7 have a neighbour on the same core' \
		--accel tcg --qemu-arg -smp --qemu-arg 8,sockets=2,cores=2,threads=2 test=pti-audit isolcpus=5-7
	boots 0 $' isolated_sharing=none\n!# warning' --accel tcg --smp 4 test=pti-audit
}
