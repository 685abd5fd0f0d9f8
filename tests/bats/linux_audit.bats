#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2030,SC2031
# tests/linux-audit: what may change in a Linux kernel's entry text; tests/linux-alternatives: our engine
# against its own. A made-up kernel of a few lines has its one site in each place in turn; then what is no
# kernel, or a damaged one; then Debian's.

load lib

setup_file() {
	export scratch=$BATS_FILE_TMPDIR
	make -s -C "$top" build/host/linux_audit
	fixture JUMP site_elsewhere key_rw
	cp "$scratch/vmlinux" "$scratch/good"
	(
		cd "$top" && mkdir -p build/nested || exit
		# shellcheck disable=SC2034
		cache=build/nested
		say() { echo "$@"; }
		die() { echo "ERROR: $*" && exit 3; }
		# shellcheck source=tests/nested/machine.sh
		. tests/nested/machine.sh
		type -P flock >/dev/null && exec 9>build/nested/.lock && flock 9
		[[ -n ${LATESYNC_FAST-} ]] || nested_kernel
	) >"$scratch/fetched" 2>&1 </dev/null || :
}

# Makes a kernel with one site of this kind.
fixture() { # KIND SITE KEY [HAS]
	nasm -f elf64 "-DKIND=$1" "-DSITE=$2" "-DKEY=$3" "-DHAS=${4-0}" -o "$scratch/vmlinux.o" "$top/tests/linux_audit/fixture.asm" &&
		ld -Ttext-segment=0xffffffff81000000 -z noexecstack -e _text -o "$scratch/vmlinux" "$scratch/vmlinux.o"
}

audit() { # STATUS PATTERNS [ARGUMENT]...
	expect "$1" "$2" "$top/tests/linux-audit" "${@:3}"
}

# In the patterns SITE is where the site lies.
judged() { # STATUS PATTERNS KIND SITE KEY
	fixture "${@:3}"
	audit "$1" "${2//SITE/* $(address "$4")}" --all "$scratch/vmlinux"
}

address() { # SYMBOL
	nm "$scratch/vmlinux" | sed -n "s/ [a-zA-Z] $1\$//p"
}

# Little-endian, so many bytes of each number.
number() { # BYTES NUMBER...
	local n i

	for n in "${@:2}"; do
		for ((i = 0; i < $1; i++, n >>= 8)); do
			# shellcheck disable=SC2059
			printf "\\x$(printf %02x $((n & 255)))"
		done
	done
}

# A copy of the good one in which these bytes stand at this offset.
damaged() { # OFFSET BYTE...
	cp "$scratch/good" "$scratch/bad"
	number 1 "${@:2}" | dd of="$scratch/bad" bs=1 seek="$1" conv=notrunc status=none
}

# The kernel @vmlinux as a bzImage, packed with a command; the size behind it, if not the command's own.
bzimage() { # VMLINUX [-]COMMAND...
	local size

	size=$(stat -c %s "$1")
	"${@:2}" <"$1" >"$scratch/payload"
	[[ $2 == gzip ]] || number 4 "$size" >>"$scratch/payload"
	{
		head -c $((0x202)) /dev/zero
		printf HdrS
		number 2 $((0x20f))
		head -c $((0x22c - 0x208)) /dev/zero
		number 4 0x37ffffff	# where an initramfs may end
		head -c $((0x248 - 0x230)) /dev/zero
		number 4 0 "$(stat -c %s "$scratch/payload")"
		head -c $((5 * 512 - 0x250)) /dev/zero
		cat "$scratch/payload"
	} >"$scratch/bzImage"
}

@test "a jump label before the CR3 write" {
	judged 1 $'may-change before-cr3 jump-label SITE key=key_rw\n# 1 sites may change in text that must not, 1 of them before the CR3 write\n 0 paths lost' JUMP site_before key_rw
}
@test "behind it, on the way out, where no path comes, and in C" {
	judged 1 $'may-change kernel jump-label SITE\n# 1 sites may change in text that must not, 0 of them before' JUMP site_kernel key_rw
	judged 1 'may-change leaving jump-label SITE' JUMP site_leaving key_rw
	judged 1 'may-change unreached jump-label SITE' JUMP site_unreached key_rw
	judged 1 'may-change noinstr jump-label SITE' JUMP site_noinstr key_rw
}
@test "a key that is read-only after init, and a site elsewhere, are no breach" {
	judged 0 $'boot-only before-cr3 jump-label SITE key=*key_ro\n# 0 sites may change' JUMP site_before key_ro
	judged 0 $'!jump-label SITE\n# jump-label: 0 sites\n# alternative: 2 sites, 0 may change\nboot-only before-cr3 alternative\nboot-only kernel alternative' JUMP site_elsewhere key_rw
}
@test "a static call and a traced function before the CR3 write" {
	judged 1 'may-change before-cr3 static-call SITE key=key_rw' CALL site_before key_rw
	judged 0 'boot-only before-cr3 static-call' CALL site_before key_ro
	judged 1 $'may-change before-cr3 ftrace SITE\n# ftrace: 1 sites, 1 may change' FTRACE site_before key_rw
}
@test "a bzImage, in each of its packings" {
	bzimage "$scratch/good" gzip && audit 0 '# 0 sites may change' "$scratch/bzImage"
	bzimage "$scratch/good" xz && audit 0 '# 0 sites may change' "$scratch/bzImage"
	bzimage "$scratch/good" xz --format=lzma && audit 0 '# 0 sites may change' "$scratch/bzImage"
	bzimage "$scratch/good" zstd -q && audit 0 '# 0 sites may change' "$scratch/bzImage"
	bzimage "$scratch/good" lz4 -lq - && audit 0 '# 0 sites may change' "$scratch/bzImage"
	audit 0 '' --unpack "$scratch/out" "$scratch/bzImage"
	cmp "$scratch/out" "$scratch/good"
}
@test "a System.map instead of symbols" {
	strip -o "$scratch/stripped" "$scratch/good"
	nm "$scratch/good" >"$scratch/map"
	audit 0 $'symbols, from '"$scratch/map"$'\n# 0 sites may change' "$scratch/stripped" "$scratch/map"
	audit 77 '# skip: no symbols: give the System.map' "$scratch/stripped"
	grep -v jump_table "$scratch/map" >"$scratch/part"
	audit 77 '# skip: no symbols of data' "$scratch/stripped" "$scratch/part"
	echo 'ffffffffffffffff B The real System.map is in the linux-image-<version>-dbg package' >"$scratch/part"
	audit 2 'part: has no _text: expected the System.map of this kernel' "$scratch/good" "$scratch/part"
	sed 's/^ffffffff8/ffffffff9/' "$scratch/map" >"$scratch/other"
	audit 2 'stripped: its entry text is not where its symbols say: a System.map of another kernel?' "$scratch/stripped" "$scratch/other"
	sed '/ key_rw$/s/^fff/ffe/' "$scratch/map" >"$scratch/other"
	audit 2 "other: is another kernel's: key_rw lies at 0xffffffff8*, not 0xffeffff" "$scratch/good" "$scratch/other"
	echo nonsense >>"$scratch/part"
	audit 2 'part: line 2: expected ADDRESS TYPE NAME' "$scratch/good" "$scratch/part"
}
@test "no section headers" {
	damaged $((0x28)) 0 0 0 0 0 0 0 0
	audit 77 '# skip: no .altinstructions: a vmlinux without section headers?' "$scratch/bad"
}
@test "what is no x86-64 Linux kernel" {
	: >"$scratch/bad"
	audit 2 $'bad: is empty\n!od:' "$scratch/bad"
	audit 2 'lib.bash: expected an x86-64 Linux kernel, a bzImage or a vmlinux (ELF)' "$top/tests/bats/lib.bash"
	damaged 18 0xb7 0
	audit 2 'bad: is for another processor (ELF machine 183): expected x86-64 (62)' "$scratch/bad"
	damaged 4 1
	audit 2 'bad: is a 32-bit ELF file: expected an x86-64 kernel' "$scratch/bad"
	bzimage "$scratch/bad" gzip
	audit 2 'bzImage: is a 32-bit ELF file' "$scratch/bzImage"
	audit 2 'is no linked program' "$scratch/vmlinux.o"
	sed 's/Linux version/Minix version/' "$scratch/good" >"$scratch/bad"
	audit 2 'bad: is no Linux kernel: it has no banner' "$scratch/bad"
}
@test "what is cut off or damaged" {
	local size at

	size=$(stat -c %s "$scratch/good")
	for at in 20 100 4096 $((size / 2)) $((size - 1)); do
		head -c "$at" "$scratch/good" >"$scratch/bad"
		audit 2 'bad: is cut off' "$scratch/bad"
	done
	damaged $((0x28)) 0 0 0 0 0 0 0 0	# no section headers, which are behind everything else
	head -c 4200 "$scratch/bad" >"$scratch/part"
	audit 2 'part: is cut off: segment ' "$scratch/part"
	bzimage "$scratch/good" zstd -q
	head -c -9 "$scratch/bzImage" >"$scratch/bad"
	audit 2 'bad: is cut off: its kernel ends at byte' "$scratch/bad"
	head -c $((0x210)) "$scratch/bzImage" >"$scratch/bad"
	audit 2 'bad: is cut off' "$scratch/bad"
	cp "$scratch/bzImage" "$scratch/bad"
	number 4 1 1 1 | dd of="$scratch/bad" bs=1 seek=2700 conv=notrunc status=none
	audit 2 $'bad: zstd cannot unpack its kernel: ' "$scratch/bad"
	number 4 0x1234 | dd of="$scratch/bad" bs=1 seek=2560 conv=notrunc status=none
	audit 2 'bad: its kernel is packed in a way that is not known here' "$scratch/bad"
}
@test "alternatives in a form that nobody knows" {
	local at

	at=$(readelf -SW "$scratch/good" | awk '{ sub(/^ *\[ *[0-9]+\]/, "") } $1 == ".altinstructions" { print $4 }')
	damaged $((0x$at)) 0xff 0xff 0xff 0x7f
	audit 2 'bad: its .altinstructions have none of the forms that are known here' "$scratch/bad"
}
# The made-up kernel's memory before its alternatives are applied, after, and when it has booted.
memory() { # [KIND SITE KEY] HAS
	local phys size

	fixture "$@"
	read -r phys size < <("$top/build/host/linux_audit" --plan "$scratch/vmlinux")
	start=$((0x$phys + 0xffffffff80000000))
	dd if="$scratch/vmlinux" of="$scratch/before" bs=1 skip=$((0x$phys - 0x1000000)) count=$((0x$size)) status=none
	cp "$scratch/before" "$scratch/after"
	store after old1 0x66 0x90
	store after old2 0x66 0x90
	store after site_has 0x0f 0x1f 0x44 0 0
	cp "$scratch/after" "$scratch/booted"
}

store() { # FILE SYMBOL BYTE...
	number 1 "${@:3}" | dd of="$scratch/$1" bs=1 seek=$((0x$(address "$2") - start)) conv=notrunc status=none
}

applied() { # STATUS PATTERNS
	expect "$1" "$2" "$top/build/host/linux_audit" --apply "$scratch"/{before,after,booted} "$scratch/vmlinux"
}

@test "alternatives: applied as the feature words in memory say" {
	memory JUMP site_elsewhere key_rw 1
	applied 0 $'# 3 locations, 3 of them replaced; 8 feature words\n# after: 3 the same bytes\n# 3 locations compared, 0 unexplained'
	memory JUMP site_elsewhere key_rw 0
	applied 1 $'unexplained site_has * the kernel wrote something else\n#   after    0f 1f 44 00 00\n# 3 locations compared, 1 unexplained'
	store after site_has 0xeb 4 0xcc 0xcc 0xcc
	cp "$scratch/after" "$scratch/booted"
	applied 0 $'# after: 2 the same bytes, 0 shorter jumps and a NOP, 1 shorter jumps and int3, 0 longer NOPs'
	store after site_has 0xeb 4 0x66 0x90 0x90
	applied 1 $'unexplained site_has *'
	store after site_has 0xeb 5 0xcc 0xcc 0xcc
	applied 1 $'unexplained site_has *'
}
@test "alternatives: what changes later is in one of the kernel's tables" {
	memory JUMP site_elsewhere key_rw 1
	store booted site_has 0xe9 1
	applied 1 $'unexplained site_has * rewritten later, and no table says so\n# 3 locations compared, 1 unexplained'
	memory JUMP site_has key_rw 1
	store booted site_has 0xe9 1
	applied 0 $', 1 rewritten as jump-label\n# 3 locations compared, 0 unexplained'
}
@test "alternatives: memory that is not this kernel's" {
	memory JUMP site_elsewhere key_rw 1
	head -c 20 "$scratch/before" >"$scratch/after"
	applied 2 'after: holds 20 bytes of memory: expected '
	rm "$scratch/after"
	applied 2 'after: cannot be read'
}

alternatives() { # STATUS PATTERNS [ARGUMENT]...
	expect "$1" "$2" "$top/tests/linux-alternatives" "${@:3}"
}

@test "alternatives: bad arguments and kernels, and no emulator is left" {
	alternatives 2 'error: BZIMAGE: expected a kernel that can be booted'
	alternatives 2 'error: --smp 0: expected a positive number of CPUs' --smp 0 x
	alternatives 2 'error: --keep nosuch: expected a folder that exists' --keep nosuch x
	alternatives 2 'error: --kee: expected an option (nearest: --keep; see --help)' --kee x
	alternatives 2 'error: nosuch: expected a file that can be read' nosuch
	alternatives 2 'error: a b: expected a CPU model, such as max or Nehalem' "$scratch/good" 'a b'
	alternatives 2 'good: expected an x86-64 Linux kernel that can be booted, a bzImage' "$scratch/good"
	damaged 4 1
	bzimage "$scratch/bad" gzip
	alternatives 2 'bzImage: is a 32-bit ELF file' "$scratch/bzImage"
	damaged 18 0xb7 0
	bzimage "$scratch/bad" gzip
	alternatives 2 'bzImage: is for another processor' "$scratch/bzImage"
	strip -o "$scratch/bad" "$scratch/good"
	bzimage "$scratch/bad" gzip
	alternatives 2 'bzImage: has no symbol apply_alternatives' "$scratch/bzImage"
	# It boots no further than to its first byte.
	bzimage "$scratch/good" gzip
	alternatives 3 $'no end within the bound of --timeout, on the way to apply_alternatives()\nwith --cpu Nehalem' --timeout 3 --append "mark=$$" "$scratch/bzImage" Nehalem
	alternatives 3 $'ERROR: the emulator ended, before its start\n# console: *nosuch\nwith --cpu nosuch' --append "mark=$$" "$scratch/bzImage" nosuch
	await 5 nobody_runs "mark=$$"
}
@test "alternatives: SIGTERM is 143 and leaves no emulator" {
	somebody_runs() { ! nobody_runs "$1"; }
	bzimage "$scratch/good" gzip
	"$top/tests/linux-alternatives" --append "mark=$$" "$scratch/bzImage" >"$scratch/said" 2>&1 3>&- &
	await 30 somebody_runs "rdinit=/init mark=$$" || cat "$scratch/said"
	kill -TERM $!
	status=0
	wait $! || status=$?
	((status == 143))
	await 5 nobody_runs "mark=$$"
}
@test "bad arguments" {
	audit 2 'error: KERNEL: expected a bzImage or a vmlinux'
	audit 2 'error: --al: expected --all, --unpack FILE, --help or a kernel' --al
	audit 2 'error: nosuch: expected a file that can be read' nosuch
	audit 2 'error: 3: expected nothing behind KERNEL and SYSTEM.MAP' 1 2 3
	audit 2 'good: expected a bzImage to unpack' --unpack "$scratch/out" "$scratch/good"
	audit 0 'usage: tests/linux-audit' --help
}
@test "Debian's kernel: nothing may change before the CR3 write, no function is traced there" {
	slow
	skip_without_outer_kernel "$scratch/fetched"
	audit 1 $'symbols, from kallsyms\n 0 paths lost\n# ftrace: 0 sites\n# kprobe: none may be here\n sites may change in text that must not, 0 of them before the CR3 write\n!may-change before-cr3\nmay-change noinstr jump-label\nboot-only before-cr3 alternative' \
		--all "$(compgen -G "$top/build/nested/linux/boot/vmlinuz-*")"
}
@test "Debian's kernel: its alternatives are what our engine makes of them, on two CPU models" {
	local at

	slow
	skip_without_outer_kernel "$scratch/fetched"
	mkdir "$scratch/keep"
	alternatives 0 $'# cpu Nehalem\n# cpu max\n# [1-9]* locations compared, 0 unexplained\n![1-9] unexplained' \
		--keep "$scratch/keep" "$(compgen -G "$top/build/nested/linux/boot/vmlinuz-*")"
	mv "$scratch"/keep/* "$scratch/"
	# Two things that must be noticed: another machine's memory, and one wrong byte.
	expect 1 $'unexplained *: the kernel wrote something else\n' \
		"$top/build/host/linux_audit" --apply "$scratch"/{Nehalem.before,max.after,max.booted} "$scratch/vmlinux"
	at=$("$top/build/host/linux_audit" --all "$scratch/vmlinux" |
		awk '$2 == "before-cr3" && $3 == "alternative" { print $5; exit }')
	number 1 0xf4 | dd of="$scratch/max.after" bs=1 seek=$((0x$at - 0xffffffff81000000)) conv=notrunc status=none
	expect 1 "unexplained * $at: the kernel wrote something else"$'\n locations compared, 1 unexplained' \
		"$top/build/host/linux_audit" --apply "$scratch"/max.{before,after,booted} "$scratch/vmlinux"
}
