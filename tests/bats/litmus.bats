#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# test=litmus in emulators: it runs, ends, and says what these can and cannot show.

load lib

# As boots 77, where the host lets two CPUs run at the same time.
races() { # PATTERNS [OPTION|WORD]...
	local patterns=$1

	shift
	run timeout -k 5 "$(bound 300)" "$top/run-qemu.sh" "$@" </dev/null
	[[ $output != *'# SKIP the two take turns'* ]] || skip 'the host gives the two one CPU'
	ended 77 "$patterns" "$top/run-qemu.sh" "$@"
}

# Every mapping row: what drops translations leaves none behind, what does not leaves them in use.
# Batches are of 64 rounds for each of $1 victims.
rows_hold() {
	awk -v batch=$((64 * ${1:-1})) '/^# result test=litmus name=SB\.PTE\.aligned\.warm\./ {
			split($0, words, /[ =]/)
			for (i in words)
				if (words[i] ~ /^(serializer|rounds|positive)$/)
					value[words[i]] = words[i + 1]
			keeps = value["serializer"] !~ /^(cr3-flush|cr3-same|invlpg|invpcid.*|cr3-noflush|enter-.*)$/
			rows[keeps]++
			if (!value["rounds"] || value["rounds"] % batch) { print; bad = 1 }
			if (!keeps && value["positive"] > 0) { print; bad = 1 }
			used += keeps ? value["positive"] : 0
		}
		END {
			printf "%d rows that drop, %d that keep, used %d times\n", rows[0], rows[1], used
			exit bad || rows[0] < 6 || rows[1] < 20 || !used
		}' <<<"$output"
}

@test "litmus: under TCG text says nothing, mappings are dropped by what must drop them" {
	races $'# Test SB.F.byte.warm.k8+mb+iret Forbidden\n# Histogram (\n# Observation SB.F.byte.warm.k8+mb+iret \n# here SB.F.byte.warm.k8+mb+iret: not testable here: \n# here SB.F.byte.warm.k8+mb+serialize: not testable here: \n# Test SB.PTE.aligned.warm.k8+mb+iret Allowed\n# litmus: sender cpu=0 victim cpu=1\n!+mb+cr3-flush: broken here\nok 1 litmus # SKIP' \
		--accel tcg --smp 2 test=litmus duration=200ms
	rows_hold
}
@test "litmus: on Bochs, with PCID and INVPCID" {
	slow
	boots 77 $'# Test SB.PTE.aligned.warm.k8+mb+invpcid Forbidden\n# result test=litmus name=SB.PTE.aligned.warm.k8+mb+cr3-noflush \n!+mb+cr3-flush: broken here\nok 1 litmus # SKIP' \
		--emulator bochs --smp 2 test=litmus duration=200ms
	rows_hold
}
@test "litmus: cpus= places the two" {
	boots 77 '# litmus: sender cpu=2 victim cpu=1' --accel tcg --smp 3 test=litmus duration=100ms cpus=2,1
}
@test "litmus: every other CPU of cpus= is a victim" {
	races '# litmus: sender cpu=1 victim cpu=0,2' --accel tcg --smp 3 test=litmus duration=200ms cpus=1,0,2
	rows_hold 2
}
@test "litmus: pairs=all takes a sibling, a core and a package" {
	races $'# pair sender_apic=0 victim_apic=1 relation=smt core_shift=1 package_shift=2 round_trip_cycles=\n# pair sender_apic=0 victim_apic=2 relation=core \n# pair sender_apic=0 victim_apic=4 relation=package \n relation=package verdict=\n!pair=0,4' \
		--accel tcg --qemu-arg -smp --qemu-arg 8,sockets=2,cores=2,threads=2 test=litmus pairs=all duration=100ms
}
@test "litmus: the topology of a processor without leaf 0Bh" {
	boots 77 '# pair sender_apic=0 victim_apic=4 relation=package core_shift=1 package_shift=2 ' --accel tcg \
		--cpu core2duo --qemu-arg -smp --qemu-arg 8,sockets=2,cores=2,threads=2 test=litmus pairs=package duration=100ms
}
@test "litmus: two that share one CPU of the host are a SKIP at once" {
	expect 77 '# SKIP the two take turns' taskset -c "$(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status)" \
		"$top/run-qemu.sh" --accel tcg,thread=multi --smp 2 test=litmus
}
@test "litmus: pairs=smt where nobody has a sibling" {
	boots 77 $'# pairs: no CPU here is CPU 0\'s neighbour by smt\n# SKIP no pair' \
		--accel tcg --smp 2 test=litmus pairs=smt
}
@test "litmus: one CPU" {
	boots 77 'ok 1 litmus # SKIP one CPU' --accel tcg --smp 1 test=litmus
}
