#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016
# The check of who includes whom, on a copy of the sources in which one thing is changed.

load lib

setup() {
	copy=$BATS_TEST_TMPDIR/copy
	mkdir "$copy" && cd "$top" || return
	find README.md arch boot entry kernel patching tests -name '*.[ch]' -o -name '*.asm' -o -name '*.inc' \
		-o -name README.md | tar -c -T - | tar -x -C "$copy"
	cd "$copy" || return
}

rooms() { # STATUS PATTERNS
	local -a files

	mapfile -t files < <(find arch boot entry kernel patching tests -type f)
	expect "$1" "$2" awk -f "$top/tests/tools/check-rooms.awk" README.md "${files[@]}"
}

# One line at the end of FILE is refused, and the line above it is not.
plant() { # FILE LINE MESSAGE
	printf '#include "nothing.h"\n%s\n' "$2" >>"$1"
	rooms 1 "$1:$(wc -l <"$1"): $3 (README.md, The rooms): $2"$'\n!nothing.h'
}

@test "the sources keep to the table" { rooms 0 $'kernel/lib/: nothing\n includes from one room into another'; }
@test "arch/ includes entry/" { plant arch/x86_64/desc.c '#include <entry/entry.h>' 'arch/x86_64/ may not include entry/'; }
@test "arch/ includes patching/, by a path of its own" {
	plant arch/x86_64/desc.c '#include "../../patching/insn.h"' 'arch/x86_64/ may not include patching/'
}
@test "NASM's include counts" { plant patching/kernel/park.asm '%include "entry/calling.inc"' 'patching/kernel/ may not include entry/'; }
@test "kernel/ includes tests/" { plant kernel/test.c '#include <tests/tlb/tlb.h>' 'kernel/ may not include tests/'; }
@test "kernel/lib/ includes kernel/" { plant kernel/lib/sort.c '#include <kernel/panic.h>' 'kernel/lib/ may not include kernel/'; }
@test "the port of the engine is not the engine" { plant patching/insn.c '#include <patching/kernel/park.h>' 'patching/ may not include patching/kernel/'; }
@test "a file in no room" {
	mkdir drivers && echo >drivers/ahci.c
	expect 1 'drivers/ahci.c: in no room of the README' awk -f "$top/tests/tools/check-rooms.awk" README.md drivers/ahci.c
}
@test "an include that names no file" {
	echo '#include HEADER' >>kernel/main.c
	rooms 1 'an include that names no file: #include HEADER'
}
@test "an arrow that only the table has" {
	sed -i '/^| `kernel\/lib\/`/ s#nothing#`boot/`#' README.md
	rooms 1 'kernel/lib/ includes nothing of boot/: take it out'
}
@test "a room without a file" {
	sed -i '/^| `boot\/`/ i | `drivers/` | disks | nothing |' README.md
	rooms 1 'drivers/: a room without a file'
}
@test "no table" {
	sed -i '/^| /d' README.md
	rooms 1 'README.md: no table of rooms'
}
