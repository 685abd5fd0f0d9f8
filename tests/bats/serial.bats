#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2030,SC2031
# Where the report goes without console=, and with ports that are not there.

load lib

# The kernel, with another UART whose output is $other.
beside() { # PATTERNS [OPTION|WORD]...
	other=$BATS_TEST_TMPDIR/other
	boots 0 "$1" --accel tcg --smp 1 test=pti-audit "${@:2}"
}
whole() {
	[[ $(head -n 1 "$other") == 'KTAP version 1' && $(tail -n 1 "$other") == '# verdict PASS '* ]]
}

@test "every ttyS that answers has the whole report" {
	beside ' console=screen+ttyS0,115200+ttyS1,115200 ' --qemu-arg -serial --qemu-arg "file:$BATS_TEST_TMPDIR/other"
	whole
}
@test "the port that the firmware names (SPCR) has it alone" {
	local table=$BATS_TEST_TMPDIR/spcr

	# Behind the header: a 16550 at port 2f8h, 115,200 baud.
	printf '\0\0\0\0\1\10\0\1\370\2\0\0\0\0\0\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >"$table"
	other=$BATS_TEST_TMPDIR/other
	run timeout 60 "$top/run-qemu.sh" --accel tcg --smp 1 test=pti-audit --qemu-arg -serial --qemu-arg "file:$other" \
		--qemu-arg -acpitable --qemu-arg "sig=SPCR,data=$table" </dev/null
	grep -q ' console=screen+ttyS1,115200 ' "$other"
	whole
	[[ $output != *verdict\ PASS* ]]	# the first port was let go
}
@test "a UART on PCI gets the whole report, too" {
	beside '# verdict PASS' --boot iso --qemu-arg -device --qemu-arg pci-serial,chardev=p \
		--qemu-arg -chardev --qemu-arg "file,id=p,path=$BATS_TEST_TMPDIR/other"
	grep -qE ' console=screen\+ttyS0,115200\+uart8250,io,0x[0-9a-f]+,115200 ' "$other"
	whole
}
@test "uart8250,io as Linux spells it" { boots 0 '# verdict PASS' --accel tcg --smp 1 test=pti-audit console=uart8250,io,0x3f8,115200n8; }
@test "none of the ports of console= is there: said, on those that are" {
	boots 0 '# warning: console=: none of these ports answers' --accel tcg --smp 1 test=pti-audit console=ttyS3
	boots 0 '# warning: console=: none of these ports answers' --accel tcg --smp 1 test=pti-audit console=uart8250,mmio32,0xfe030000
}
@test "a port that takes nothing any more is not waited for" {
	slow
	mkfifo "$BATS_TEST_TMPDIR/full"
	exec 7<>"$BATS_TEST_TMPDIR/full"	# open, and never read
	boots 77 '# verdict SKIP' --accel tcg --smp 2 test=litmus duration=100ms \
		--qemu-arg -serial --qemu-arg "pipe:$BATS_TEST_TMPDIR/full"
}
