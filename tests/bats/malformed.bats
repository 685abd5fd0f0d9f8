#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# A kernel whose alternatives table is wrong does not start: each kind of mistake is written into a
# copy of the linked kernel, and the boot must name it, its entry and its location.
# A fault in early start-up is planted in the same way.

load lib

setup_file() {
	fake_checkout
	make -s -C "$top"
}

address_of() { # SYMBOL
	nm "$top/build/latesync-debug.elf" | awk -v name="$1" '$3 == name { print "0x" $1; exit }'
}

# Where in the file the kernel's address is. All of its text and constants follow each other.
offset_of() { # ADDRESS
	local start off

	read -r start off < <(readelf -SW "$top/build/latesync.elf" | awk '$3 == ".text" { print "0x" $5, "0x" $6 }')
	printf '%d\n' $(($1 - start + off))
}

# Where in the file the first entry of the location is, or the Nth: fields as in alternative.h.
entry_of() { # SYMBOL [N]
	local site table end addr n=${2-1} rel

	site=$(address_of "$1") table=$(address_of __alt_instructions)
	end=$(address_of __alt_instructions_end)
	for ((addr = table; addr < end; addr += 14)); do
		rel=$(od -An -td4 -j "$(offset_of "$addr")" -N 4 "$top/build/latesync.elf")
		if ((addr + rel == site && --n == 0)); then
			offset_of "$addr"
			return
		fi
	done
	return 1
}

poke() { # OFFSET BYTE...
	local at=$1 bytes

	shift
	printf -v bytes '\\x%s' "$@"
	# shellcheck disable=SC2059
	printf "$bytes" | dd of="$fake/build/latesync.elf" bs=1 seek="$at" conv=notrunc status=none
}

# The 32-bit field there, plus so much.
add() { # OFFSET DELTA
	local value

	value=$(od -An -td4 -j "$1" -N 4 "$top/build/latesync.elf")
	value=$(printf '%08x' $(((value + $2) & 0xffffffff)))
	poke "$1" "${value:6:2}" "${value:4:2}" "${value:2:2}" "${value:0:2}"
}

# Where in the file the first replacement of the location is.
replacement_of() { # SYMBOL
	local entry rel

	entry=$(entry_of "$1")
	rel=$(od -An -td4 -j $((entry + 4)) -N 4 "$top/build/latesync.elf")
	printf '%d\n' $((entry + 4 + rel))
}

refused() { # MESSAGE OFFSET BYTE...
	cp "$top/build/latesync.elf" "$fake/build/"
	[[ $2 == add ]] || poke "${@:2}"
	[[ $2 != add ]] || add "${@:3}"
	# shellcheck disable=SC2086
	[[ -z ${also-} ]] || poke $also
	expect 3 $'# alternatives: entry *, location '"$1"$'\nmistakes in the table, nothing was patched\n!# test ' \
		"$fake/run-qemu.sh" --accel tcg --smp 2 test=alternatives
}

@test "the copy as it is" {
	cp "$top/build/latesync.elf" "$fake/build/"
	expect 0 '# verdict PASS' "$fake/run-qemu.sh" --accel tcg --smp 2 test=alternatives
}
@test "a feature that does not exist" { refused 'c_one+*: feature out of range' $(($(entry_of c_one_site) + 8)) ff ff; }
@test "flags that do not exist" { refused 'c_one+*: unknown flags' $(($(entry_of c_one_site) + 10)) 04; }
@test "a location of no bytes" { refused 'c_one+*: empty location' $(($(entry_of c_one_site) + 12)) 00; }
@test "a location of 255 bytes" { refused 'c_one+*: location too long' $(($(entry_of c_one_site) + 12)) ff; }
@test "a replacement longer than its site" { refused 'c_one+*: replacement longer than its location' $(($(entry_of c_one_site) + 13)) fe; }
@test "overlapping sites" { refused 'c_two*: location overlaps another; collides with c_one+' $(($(entry_of c_one_site) + 12)) 18; }
@test "a group that is not consecutive" {
	refused 'c_one+*: entries of one location are not consecutive' add "$(entry_of c_three_site 3)" \
		$(($(address_of c_one_site) - $(address_of c_three_site)))
}
@test "a direct call that replaces something else" { refused 'alt_call_alone*: direct call where the original is not call' "$(offset_of "$(address_of alt_call_alone.site)")" 0f; }
@test "a direct call whose replacement is none" { refused 'c_one+*: direct call whose replacement is not call' $(($(entry_of c_one_site) + 10)) 02; }
@test "a replacement that is no instruction" { refused 'c_one+*: unknown instruction in a replacement' "$(replacement_of c_one_site)" 06; }
@test "a replacement whose jump cannot reach" { refused 'c_one+*: target out of reach' "$(replacement_of c_one_site)" eb 80; }
# Only who wins is looked at so closely: a pointer may be set by those who turn a feature on.
@test "a direct call through a NULL pointer, when it wins" {
	also="$(offset_of "$(address_of alt_pointer)") 00 00 00 00 00 00 00 00"
	refused 'alt_call_alone*: direct call through a NULL pointer' $(($(entry_of alt_call_alone.site) + 10)) 03
}

# The same of static keys and calls: an entry that points a byte off. The build's check refuses it by
# the site's name, and so does the kernel, before anything is written.
one_off() { # TABLE WHAT
	local at

	at=$(offset_of "$(address_of "$1")")
	cp "$top/build/latesync.elf" "$fake/build/"
	add "$at" 1
	expect 3 $'# ERROR start-up: text_poke refused at *+0x*: what stands there is '"$2"$'\n!# test ' \
		"$fake/run-qemu.sh" --accel tcg --smp 2 test=selftest
	# The file with symbols has the same bytes at the same place.
	cp "$top/build/latesync-debug.elf" "$fake/build/latesync.elf"
	expect 0 '' "$top/build/host/check_text" "$fake/build/latesync.elf" mutable_entry_key
	add "$at" 1
	expect 1 'is listed as a site of a static * and what stands there is none' \
		"$top/build/host/check_text" "$fake/build/latesync.elf" mutable_entry_key
}
@test "a static key's site that points one byte off" { one_off __jump_table_start 'no branch of its static key'; }
@test "a static call's site that points one byte off" { one_off __static_call_sites_start 'not the static call'; }

# The patcher must not patch itself: a call of its own that is listed as a static call's.
@test "a static call's site in text that the patcher runs" {
	local at call table addr

	cp "$top/build/latesync-debug.elf" "$fake/build/latesync.elf"
	call=0x$(objdump -d --disassemble=text_write_begin "$top/build/latesync-debug.elf" | awk '/\tcall / { sub(":", "", $1); print $1; exit }')
	table=$(address_of __static_call_sites_start) at=$(offset_of "$table")
	addr=$((table + $(od -An -td4 -j "$at" -N 4 "$top/build/latesync.elf")))
	add "$at" $((call - addr))
	expect 1 'text_write_begin+0x* is a site of a static call in text that the patcher itself runs (text_write_begin, run by *): use a plain branch, or the _RO form, for: ' \
		"$top/build/host/check_text" "$fake/build/latesync.elf" mutable_entry_key
}

# A machine that goes on executing a page of text that was replaced: this one, without its INVLPG.
@test "old text behind a serialising instruction is told, and the machine named" {
	local at bytes

	cp "$top/build/latesync.elf" "$fake/build/"
	IFS=$'\t' read -r at bytes < <(objdump -dw --disassemble=text_check "$top/build/latesync-debug.elf" | awk -F '\t' '/\tinvlpg / { sub(" *:", "", $1); gsub("[0-9a-f][0-9a-f]", "90", $2); print $1 "\t" $2; exit }')
	# shellcheck disable=SC2086
	poke "$(offset_of "0x$at")" $bytes
	expect 0 $'# warning: TCGTCGTCGTCG runs old text: an instruction across two pages yielded *, not *, after its CPU had replaced the second page and serialised; *\n# config *old_text=replaced*\n# verdict PASS' \
		"$fake/run-qemu.sh" --accel tcg --smp 2 test=poke duration=100ms
}

# An undefined instruction where a part of start-up begins: no reset without a word.
faults() { # FUNCTION STEP
	cp "$top/build/latesync.elf" "$fake/build/"
	poke "$(offset_of "$(address_of "$1")")" 0f 0b
	expect 4 $'# CRASH start-up: vector 6, *'"$1"$'*while '"$2"$'\n# verdict CRASH' \
		"$fake/run-qemu.sh" --accel tcg --smp 2 test=selftest
}
@test "a fault before there is a console" { faults cpu_identify 'identifying the CPU'; }
@test "a fault in the loader's information" { faults bootinfo_read 'reading what the loader says'; }
@test "a fault in the memory map" { faults memory_init 'setting up memory'; }
@test "a fault on the page tables of our own" { faults pgtable_init 'setting up memory'; }
@test "a fault in the ACPI tables" { faults acpi_read_madt 'reading the ACPI tables'; }
