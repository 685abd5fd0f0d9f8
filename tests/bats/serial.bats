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

# Memory on PCI stands for a UART in memory, which no emulator has: it is ready to send for ever, or never,
# and holds what was last written to each register. The first address that SeaBIOS gives is asked for.
in_memory() { # LSR PATTERNS
	local uart=$BATS_TEST_TMPDIR/uart address
	local -a device=(--qemu-arg -object --qemu-arg "memory-backend-file,id=m,size=1M,mem-path=$uart,share=on"
		--qemu-arg -device --qemu-arg ivshmem-plain,memdev=m)

	truncate -s 1M "$uart"
	# shellcheck disable=SC2059
	printf "\\x$1" | dd of="$uart" bs=1 seek=$((5 * 4)) conv=notrunc status=none
	boots_with_screen none "${device[@]}" test=list
	for _ in {1..50}; do
		printf 'info pci\n' >&8
		sleep 0.2
		address=$(tr -d '\r' <"$BATS_TEST_TMPDIR/monitor.out" | sed -n '/1af4:1110/,/^ *id/s/.*BAR2:.* at \(0x[0-9a-f]*\) \[.*/\1/p' | tail -n 1)
		[[ -z $address || $address == 0xffffffffffffffff ]] || break
	done
	printf 'quit\n' >&8
	wait $! || :
	exec 8>&-
	echo "at $address"
	boots 0 "$2" --accel tcg --smp 2 --boot iso "${device[@]}" test=pti-audit console=ttyS0 "console=uart8250,mmio32,$address"
	# The data register, interrupts, FIFO, 8n1, modem, (line status), modem status, scratch.
	od -A n -t u4 -w32 -N 32 "$uart" | awk '{$1 = $1} 1' >"$BATS_TEST_TMPDIR/registers"
}
@test "a UART in memory, ready for ever: 8n1, every byte to the last" {
	in_memory 60 '# verdict PASS'
	[[ $(<"$BATS_TEST_TMPDIR/registers") == '10 0 7 3 3 96 0 90' ]]
}
@test "a UART in memory that takes nothing: not waited for" {
	in_memory 00 '# verdict PASS'
	[[ $(<"$BATS_TEST_TMPDIR/registers") == *' 7 3 3 0 0 90' ]]
}
