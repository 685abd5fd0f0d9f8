#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# More CPUs than any host has. Each is a thread of the emulator that wants to run: an emulator beside
# it, with one thread, would get next to nothing of the host.
# alone

load lib

pass=$'# verdict PASS\n!not ok'
clean=$'# verdict PASS\n!not ok\n!# violation\nviolations=0'
quick='duration=300ms'
good=$'# verdict PASS\n!not ok\nfailures=0\nold_refused=\nnew_intermediate=0\nint3_torn=0\n!old_refused=0\n!old_intermediate=0\n!torn=0 int3_torn'

@test "--smp 64" { slow; boots 0 "$clean" --accel tcg --smp 64 $quick; }
@test "--smp 255" { slow; boots 0 "$pass" --accel tcg --smp 255 test=selftest; }
@test "a firmware that lists 300 CPUs: the first 255 run, and it is said" {
	slow
	local blob=$BATS_TEST_TMPDIR/tables

	make -s -C "$top" build/host/acpi >&2
	"$top/build/host/acpi" many 0x8000000 >"$blob"
	boots 0 "$pass"$'\n# warning: 45 more CPUs are listed and not used\n cpus=255 ' --accel tcg --smp 255 \
		test=pti-audit acpi_rsdp=0x8000000 --qemu-arg -device --qemu-arg "loader,file=$blob,addr=0x8000000,force-raw=on"
}
@test "--smp 255, defer" { slow; boots 0 "$clean" --accel tcg --smp 255 test=defer duration=2s; }
@test "alternatives, --smp 64" { slow; boots 0 "$good" --accel tcg --smp 64 test=alternatives; }
