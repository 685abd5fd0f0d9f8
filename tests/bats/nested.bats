#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016
# Under KVM, in an emulated AMD machine. The lines share one outer machine; each row looks at one.

load lib

pass=$'# verdict PASS\n!not ok'
clean=$'# verdict PASS\n!not ok\n!# violation\nviolations=0'
kvm='./run-qemu.sh --accel kvm'
quick='duration=300ms'
die="$kvm test=selfdestruct:"

# NMIs from the monitor, from the second test on (the first counts its own); the row below counts them.
nmis='mkfifo /tmp/m.in /tmp/m.out; : >/tmp/log
(exec 8<>/tmp/m.out 9<>/tmp/m.in; until grep -q "^# test alternatives" /tmp/log; do sleep 0.1; done
for i in {1..1000}; do echo nmi >&9; read -r -t 5 -u 8 -d ")" || exit; done) &
'"$kvm"' --log /tmp/log --qemu-arg -monitor --qemu-arg pipe:/tmp/m test=default duration=1s'

declare -A shell=(
	[auto]="./run-qemu.sh $quick"
	[hyperv]="./run-qemu.sh --cpu host,hv-relaxed=on,hv-vapic=on test=selftest"
	[spin]="$kvm test=defer user=spin $quick"
	[alternatives]="$kvm test=alternatives"
	[tlb]="$kvm test=tlb $quick"
	[mutants]="$kvm test=mutants duration=300ms"
	[storm]="$kvm test=storm duration=1s"
	[litmus]="$kvm --smp 2 test=litmus duration=100ms"
	[iso]="$kvm --boot iso test=defer $quick"
	[smp1]="$kvm --smp 1 test=defer $quick"
	[smp4]="$kvm --smp 4 test=defer sync=ipi $quick"
	[pc]="$kvm --machine pc test=defer $quick"
	[microvm]="$kvm --machine microvm test=defer $quick"
	[nmis]=$nmis
	[panic]="${die}panic"
	[triplefault]="${die}triplefault"
	[hang-irqoff]="${die}hang-irqoff"
	[hang-alone]="${die}hang-irqoff --smp 1 --timeout 10"
	[no-pcid]="$kvm test=tlb pcid=on $quick"
	[npt]="modprobe -r kvm_amd; modprobe kvm_amd npt=0
cat /sys/module/kvm_amd/parameters/npt; $kvm test=default $quick"
	[none]="modprobe -r kvm_amd; $kvm test=list"
	[no-flag]='sed "s/ svm / /" /proc/cpuinfo >/tmp/cpuinfo; mount --bind /tmp/cpuinfo /proc/cpuinfo
./run-qemu.sh --dry-run; status=$?; umount /proc/cpuinfo; exit $status'
	[half]='printf "half a line"; exit 7'
)
# The last ones change the machine for those after them.
last=(npt none half)
order=()
for name in "${!shell[@]}"; do
	[[ " ${last[*]} " == *" $name "* ]] || order+=("$name")
done
order+=("${last[@]}")

# What nested-kvm printed of each line to NAME.out, and its status to NAME.status.
setup_file() {
	local name
	local -a run=()

	[[ -z ${LATESYNC_FAST-} ]] || return 0
	for name in "${order[@]}"; do
		run+=("${shell[$name]}")
	done
	timeout -k 5 "$(bound 900)" "$top/tests/nested-kvm" --timeout "$(bound 120)" "${run[@]}" \
		>"$BATS_FILE_TMPDIR/console" 2>"$BATS_FILE_TMPDIR/errors" </dev/null || :
	awk -v dir="$BATS_FILE_TMPDIR" -v names="${order[*]}" 'BEGIN { split(names, name, " ") }
		/^# nested-kvm: status / { print $4 + 0 >(dir "/" name[n] ".status"); next }
		/^# nested-kvm: / { n++ }
		{ print >(dir "/" name[n] ".out") }' "$BATS_FILE_TMPDIR/console"
}

setup() {
	slow
	skip_without_outer_kernel "$BATS_FILE_TMPDIR/errors"
}

# The row of a line: its status, or one of several (0|77), and what its console must hold.
inside() { # STATUS PATTERNS NAME
	local out=$BATS_FILE_TMPDIR/$3 want=$1

	if ! [[ -e $out.status ]]; then
		printf 'ERROR of the harness, not a finding: this line has no status\n'
		tail -n 5 "$BATS_FILE_TMPDIR/errors"
		return 1
	fi
	[[ "|$want|" != *"|$(<"$out.status")|"* ]] || want=$(<"$out.status")
	expect "$want" "$2" sh -c 'cat "$0.out"; exit "$(cat "$0.status")"' "$out" && return
	printf 'which is: tests/nested-kvm %q\n' "${shell[$3]}"
	return 1
}

@test "default; auto takes KVM by itself, and # config tells what it offers" {
	inside 0 "$clean"$'\n!using TCG\n accel=kvm \n hypervisor=KVMKVMKVM \n quirk=off \n apic=x2apic \n pcid=off \n cpu_has_pcid=0 ' auto
}
@test "Hyper-V's interface at the first place, KVM's after it" {
	inside 0 "$pass"$'\n hypervisor=Microsoft%20Hv,KVMKVMKVM \n# clock hpet: tsc_khz=' hyperv
}
# One CPU in turns shows few races: what breaks the engine is for mutants, which holds its gaps open.
# So there is no poke here, and one defer with entries, that of default.
@test "defer, user=spin interrupts nobody" { inside 0 "$clean"$'\nipis_isolated=0 ' spin; }
@test "alternatives" { inside 0 "$pass" alternatives; }
@test "tlb" { inside 0 "$pass"$'\n!# violation\nstale_reads=0 violations=0\nflushes_deferred=[1-9]' tlb; }
@test "mutants" { inside 0 "$pass"$'\nprotocol=early-signal expected=broken observed=broken' mutants; }
@test "storm" { inside 0 "$pass"$'\n!# violation' storm; }
@test "litmus: one real CPU can show nothing, or its controls fired" { inside '0|77' $'# litmus: sender cpu=0 victim cpu=1\n!: broken here\n!not ok' litmus; }
@test "--boot iso" { inside 0 "$clean"$'\n host=*--boot%20iso' iso; }
@test "--smp 1: nothing to isolate" { inside 77 '# verdict SKIP' smp1; }
@test "--smp 4, told by IPI" { inside 0 "$clean"$'\n cpus=4 \nipis_isolated=[1-9]' smp4; }
@test "--machine pc" { inside 0 "$clean"$'\n host=*--machine%20pc ' pc; }
@test "--machine microvm" { inside 0 "$clean"$'\n host=*--machine%20microvm ' microvm; }
@test "default with NMIs from the monitor" {
	inside 0 "$clean" nmis
	awk '/^# result test=defer / && match($0, / nmi=[0-9]+/) { n += substr($0, RSTART + 5, RLENGTH - 5) }
		END { print n + 0 " NMIs"; exit n < 20 }' "$BATS_FILE_TMPDIR/nmis.out"
}
@test "a panic is 4" { inside 4 '# verdict CRASH' panic; }
@test "a triple fault is 4, and named by the script" { inside 4 'in test selfdestruct' triplefault; }
@test "a hang with interrupts off is 5" { inside 5 '# verdict HANG' hang-irqoff; }
@test "the only CPU hung with interrupts off is 5, by the script" { inside 5 'in test selfdestruct' hang-alone; }
@test "PCID, which SVM under TCG lacks, is a SKIP with the reason" { inside 77 '# SKIP *pcid' no-pcid; }
@test "shadow paging: default" { inside 0 "N"$'\n'"$clean"$'\nhypervisor=KVMKVMKVM' npt; }
@test "--accel kvm without /dev/kvm is 3" { inside 3 'ERROR: --accel kvm: /dev/kvm cannot be opened' none; }
@test "half a line, and a status of its own" { inside 7 '*half a line' half; }
@test "/dev/kvm beside a CPU that shows no svm: auto takes TCG" { inside 0 'the CPU shows neither vmx nor svm' no-flag; }
