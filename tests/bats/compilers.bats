#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The kernel as the other compiler builds it: without a warning, and it must do the same.

load lib

setup_file() {
	other=$BATS_FILE_TMPDIR/tree
	export other
	mkdir "$other"
	tar -C "${BATS_TEST_DIRNAME%/tests/bats}" --exclude=./build -cf - . | tar -C "$other" -xf -
}

@test "clang builds it without a warning" {
	expect 0 $'ELF\n!warning:' make -C "$other" CC=clang WERROR=1
}
@test "and it boots: selftest, alternatives, defer, mutants" {
	CC=clang WERROR=1 expect 0 $'# verdict PASS\n!not ok' "$other/run-qemu.sh" \
		--accel tcg --smp 2 test=selftest,alternatives,defer,mutants duration=500ms
}
