#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Boots on ACPI tables with one fault each (tests/host/acpi.c), which QEMU's loader puts into memory and
# acpi_rsdp= points to: each ends in PASS, with the fault named, and none in silence.

load lib

setup_file() {
	make -s -C "${BATS_TEST_DIRNAME%/tests/bats}" build/host/acpi >&2
}

@test "each of the faults is named, and the run goes on" {
	slow
	local nr name blob=$BATS_TEST_TMPDIR/tables

	nr=0
	while name=$("$top/build/host/acpi" $nr 0x8000000 2>&1 >"$blob"); do
		echo "# $nr: $name"
		boots 0 $'# verdict PASS\n!not ok' --accel tcg --smp 4 test=pti-audit acpi_rsdp=0x8000000 \
			--qemu-arg -device --qemu-arg "loader,file=$blob,addr=0x8000000,force-raw=on"
		case $name in
		'the tables as they are') [[ $output == *' cpus=3 '* && $output != *'# acpi: '* ]] ;;
		*' of an unknown kind' | *' is not enabled') [[ $output == *' cpus=2 '* ]] ;;
		*' into a table') [[ $output == *'no ACPI table (MADT) lists CPUs'* ]] ;;
		*) [[ $output == *'# acpi: '* ]] ;;
		esac
		((++nr))
	done
	((nr >= 20))
}
@test "a CPU that never comes is replaced where maxcpus= leaves one out" {
	boots 77 $'# cpu 2 (APIC ID 2) did not start: APIC ID 3 takes its place\n cpus=3 left_out=2 ' \
		--accel tcg --smp 4 maxcpus=3 test=selfdestruct:cpu
}
