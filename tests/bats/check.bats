#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016
# What looks at the sources refuses what it is there for: something wrong is written into a scratch
# copy, and the one check that must notice says so in its own words. So does the build.

load lib

setup_file() {
	export scratch=$BATS_FILE_TMPDIR/tree
	mkdir "$scratch"
	(cd "$top" && tar -c --exclude=./build --exclude=./.git .) | tar -x -C "$scratch"
}

# Puts a line after the Nth of the file, or makes the file of it.
plant() { # FILE N LINE
	if [[ -e $scratch/$1 ]]; then
		cp "$scratch/$1" "$BATS_TEST_TMPDIR/before"
		printf '%s\n' "$3" >"$BATS_TEST_TMPDIR/line"
		sed -i "$2 r $BATS_TEST_TMPDIR/line" "$scratch/$1"
	else
		printf '%s\n' "$3" >"$scratch/$1"
	fi
	planted=$scratch/$1
}

teardown() {
	[[ -n ${planted-} ]] || return 0
	rm "$planted"
	[[ ! -e $BATS_TEST_TMPDIR/before ]] || mv "$BATS_TEST_TMPDIR/before" "$planted"
}

# The check refuses it, and names the place: the last word is what it says.
refuses() { # CHECK FILE N LINE PATTERN
	plant "$2" "$3" "$4"
	expect 1 "not ok 1 "$'\n# '"*$2*$5" "$scratch/tests/tools/check" "$1"
}

@test "the copy as it is" {
	mapfile -t checks < <("$scratch/tests/tools/check" --list | grep -vxE 'format|scripts|ordered')
	expect 0 '!not ok' "$scratch/tests/tools/check" "${checks[@]}"
}
@test "check: a line that clang-format would change" {
	refuses format kernel/job.c 1 'int  x;' '*-Wclang-format-violations'
}
@test "check: a line that is too wide" {
	refuses narrow entry/park.asm '$' "$(printf '; %0111d' 0)" '113 columns'
}
@test "check: a file without a licence" {
	refuses licensed kernel/new.c 0 'int x;' ''
}
@test "check: a test that does not say why it is enough" {
	refuses explained tests/selftest/new.c 0 $'/*\n * Rule: one.\n * Reached: two.\n * Broken: three.\n */\nDEFINE_TEST(11, "new", "", "", run);' 'lacks "Enough:"'
}
@test "check: a litmus pattern that does not say by what rule" {
	refuses explained tests/litmus/litmus_shapes.h 3 $' * NEW.F: a pattern.\n * Reached: two.\n * Broken: three.\n * Enough: four.' 'lacks "Rule:"'
}
@test "check: a test that docs/tests.md does not have" {
	sed -i.before 's/"poke",/"peek",/' "$scratch/tests/scenarios/poke.c"
	expect 1 $'# > | `peek` |*\ndocs/tests.md is old: make docs/tests.md' "$scratch/tests/tools/check" described # refuses described
	mv "$scratch/tests/scenarios/poke.c.before" "$scratch/tests/scenarios/poke.c"
}
@test "check: the hardware that includes a test" {
	refuses rooms arch/x86_64/apic.c 1 '#include <tests/probes/probes.h>' ''
}
@test "check: a fence without its partner, in C" {
	refuses fences kernel/job.c '$' 'static void f(void) { smp_mb(); }' 'a fence without "pairs with"'
}
@test "check: a fence without its partner, in assembly" {
	refuses fences entry/park.asm '$' '	mfence' 'a fence without "pairs with"'
}
@test "check: an IPI that does not wait for earlier stores" {
	mkdir -p "$scratch/build"
	plant build/latesync-debug.elf 0 ''
	printf '#!/bin/sh\nprintf "ff <send>:\\n ff:\\tmfence\\n ff:\\tlock addl $1\\n ff:\\twrmsr\\n"\n' >"$BATS_TEST_TMPDIR/objdump"
	chmod +x "$BATS_TEST_TMPDIR/objdump"
	OBJDUMP=$BATS_TEST_TMPDIR/objdump expect 1 '# arch/x86_64/apic.c: wrmsr after mfence, lock in <send>' "$scratch/tests/tools/check" ordered # refuses ordered
}
@test "check: an oracle that asks what is expected of the protocol" {
	refuses unbiased tests/probes/probe_run.c '$' 'static bool f(void) { return protocol_selected()->kind; }' 'what is expected of a protocol'
}
@test "check: the same through a variable" {
	refuses unbiased entry/traps.c '$' 'static bool f(const struct protocol *p) { return p->kind; }' 'what is expected of a protocol'
}
@test "check: the same by the name of what is expected" {
	refuses unbiased patching/text_poke.c '$' 'static int f(int x) { return x == PROTOCOL_BROKEN; }' 'what is expected of a protocol'
}
@test "check: an oracle that asks who is to catch it" {
	refuses unbiased tests/tlb/tlb.c '$' 'static bool f(void) { return !protocols[0].caught_by; }' 'what is expected of a protocol'
}
@test "check: an oracle that asks for a protocol by its name" {
	refuses unbiased entry/int3.c '$' 'static const char *f = "early-signal";' 'the name of a protocol'
}
@test "check: an oracle that compares a protocol's name" {
	refuses unbiased tests/scenarios/storm.c '$' 'static int f(const char *s) { return strcmp(s, protocol_selected()->name); }' 'the name of a protocol compared'
}
@test "check: an oracle that looks a protocol up" {
	refuses unbiased tests/scenarios/window.c '$' 'static const void *f(void) { return protocol_find(0, 0); }' 'a protocol found by name'
}
@test "check: the table of protocols without what is expected" {
	sed -i.before 's/enum protocol_kind kind;/enum protocol_kind sort;/' "$scratch/entry/protocol/protocol.h"
	expect 1 '# entry/protocol/protocol.h: a protocol has no field kind' "$scratch/tests/tools/check" unbiased
	mv "$scratch/entry/protocol/protocol.h.before" "$scratch/entry/protocol/protocol.h"
}
@test "check: a script that shellcheck finds something in" {
	rm "$scratch"/tests/bats/*.bats	# a copy without them is looked through sooner
	refuses scripts tests/nested/machine.sh '$' 'rm $nothing' '*SC2086'
}
@test "check: each of its checks has refused something above" {
	diff <(sed -nE 's/^\t.*refuses ([a-z]+)( .*)?$/\1/p' "$BATS_TEST_FILENAME" | sort -u) <("$scratch/tests/tools/check" --list)
}
@test "check: one that does not exist" {
	expect 2 'error: nosuch: expected ' "$top/tests/tools/check" nosuch
}

# What the compiler refuses, without WERROR: an object of the scratch copy.
does_not_build() { # OBJECT PATTERN
	expect 2 "$2" make -C "$scratch" WERROR= "build/$1"
}
litmus_row() { # ROW TEXT
	local table=$scratch/tests/litmus/litmus_serializers.h

	cp "$table" "$table.before"
	sed -i "s/^\tUSER(NONE, .*/&\n\t$1 \\\\/" "$table"
	does_not_build tests/litmus/litmus_form.o "$2"
	mv "$table.before" "$table"
}
@test "build: a litmus row without its instruction" {
	litmus_row 'USER(NEW, "new", QUESTION, NOTHING, )' 'a row without an instruction'
}
@test "build: a litmus row with a need that nobody knows" {
	litmus_row 'KERNEL(NEW, "new", QUESTION, LUCK, cpu_relax())' 'LITMUS_NEEDS_LUCK'
}

@test "compile_commands.json has each C file, and clangd reads it" {
	expect 0 'GEN' make -C "$scratch" compile_commands.json
	diff <(cd "$scratch" && find . -name build -prune -o -name '*.c' -printf '%P\n' | sort) \
		<(sed -n 's/^ "file": "\(.*\)",$/\1/p' "$scratch/build/compile_commands.json" | sort)
	type -P clangd >/dev/null || skip 'no clangd here'
	cd "$scratch" && expect 0 'completed, 0 errors' clangd --check=entry/traps.c
}
