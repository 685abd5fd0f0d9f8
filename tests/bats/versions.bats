#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016
# Programs that are too old are named, with the version that they have and the one that is needed.

load lib

setup_file() {
	fake_checkout
}

# A build with a compiler or an assembler that says it is of this version, and is ours otherwise.
builds() { # STATUS PATTERNS REAL OPTION ANSWER VARIABLE
	local program=$BATS_TEST_TMPDIR/program

	printf '#!/bin/sh\ncase $1 in %s) echo "%s" ;; *) exec %s "$@" ;; esac\n' "$4" "$5" "$3" >"$program"
	chmod +x "$program"
	expect "$1" "$2" make -s -C "$top" B="$BATS_TEST_TMPDIR/build" "$6=$program" \
		"$BATS_TEST_TMPDIR/build/gen/flags"
}
cc=${CC:-$(type -P x86_64-elf-gcc x86_64-linux-gnu-gcc gcc | head -n 1)}
@test "GCC 7" { builds 2 'ERROR: gcc is version 7.5: this needs 8.0 or newer' "$cc" -dumpversion 7.5.0 CC; }
@test "GCC 8" { builds 0 '!ERROR' "$cc" -dumpversion 8 CC; }
@test "NASM 2.14" { builds 2 'ERROR: nasm is version 2.14: this needs 2.15 or newer' "${NASM:-nasm}" -v 'NASM version 2.14.02' NASM; }
@test "NASM 3.0" { builds 0 '!ERROR' "${NASM:-nasm}" -v 'NASM version 3.0' NASM; }
@test "QEMU 4.2, when it fails" {
	dies 6 'qemu is version 4.2: this needs 5.2 or newer' '[[ $1 != --version ]] || echo "QEMU emulator version 4.2.1"; exit 1'
}
@test "QEMU 4.2, when it does not" { dies 0 '!is version' '[[ $1 != --version ]] || echo "QEMU emulator version 4.2.1"; echo "$ok"'; }
@test "QEMU 10, when it fails" {
	dies 6 $'would not start\n!is version' '[[ $1 != --version ]] || echo "QEMU emulator version 10.0.2"; exit 1'
}
@test "Bochs 2.6, when it fails" {
	dies 6 'bochs is version 2.6: this needs 2.7 or newer' '[[ $1 != --help ]] || echo "Bochs x86 Emulator 2.6.11"; exit 1' \
		--emulator bochs
}
