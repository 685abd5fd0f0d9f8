# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The vmlinux in a bzImage. Sourced by tests/linux-audit and tests/linux-alternatives, whose die() and
# scratch folder it uses.

number_at() { # FILE OFFSET BYTES
	od -An -v -t "u$3" -j "$2" -N "$3" "$1" 2>/dev/null | tr -d ' '
}

bytes_at() { # FILE OFFSET COUNT
	od -An -v -t x1 -j "$2" -N "$3" "$1" 2>/dev/null | tr -d ' \n'
}

# What unpacks a payload that begins with these bytes, in tool; what the kernel's build appends to it,
# the size of what is in it, ends gzip's own form too.
choose_tool() { # KERNEL BYTES
	case $2 in
	1f8b*) tool=(gzip -dc) ;;
	fd377a585a00*) tool=(xz -dc --single-stream) ;;
	28b52ffd*) tool=(zstd -dcq --long=31) ;;
	02214c18*) tool=(lz4 -dcq -) ;;
	425a68*) tool=(bzip2 -dc) ;;
	5d0000*) tool=(xz -dc --format=lzma) ;;
	*)
		die 2 "$1: its kernel is packed in a way that is not known here" \
			'(gzip, xz, zstd, lz4, bzip2, lzma)'
		;;
	esac
}

# A bzImage: Documentation/arch/x86/boot.rst of Linux, "the real-mode kernel header".
is_bzimage() { # FILE
	[[ $(bytes_at "$1" $((0x202)) 4) == 48647253 ]]
}

unpack() { # KERNEL VMLINUX
	local size sectors start length end want
	local -a tool

	size=$(stat -Lc %s "$1")
	sectors=$(number_at "$1" $((0x1f1)) 1)
	(($(number_at "$1" $((0x206)) 2) >= 0x208)) ||
		die 2 "$1: is a bzImage of before Linux 2.6.26, which does not say where its kernel lies"
	start=$(number_at "$1" $((0x248)) 4) length=$(number_at "$1" $((0x24c)) 4)
	[[ -n $start && -n $length ]] || die 2 "$1: is cut off in its header"
	start=$((start + ((sectors ? sectors : 4) + 1) * 512)) end=$((start + length))
	((end <= size && length > 8)) ||
		die 2 "$1: is cut off: its kernel ends at byte $end of $size"
	want=$(number_at "$1" $((end - 4)) 4)
	choose_tool "$1" "$(bytes_at "$1" "$start" 6)"
	type -P "${tool[0]}" >/dev/null || die 3 "ERROR: $1 is packed with ${tool[0]}, which is missing"
	[[ ${tool[0]} == gzip ]] || ((length -= 4))
	tail -c "+$((start + 1))" "$1" | head -c "$length" | "${tool[@]}" >"$2" 2>"$scratch/said" ||
		die 2 "$1: ${tool[0]} cannot unpack its kernel: $(tail -n 1 "$scratch/said")"
	size=$(stat -c %s "$2")
	((size == want)) || die 2 "$1: its kernel is damaged: $size bytes unpacked, and $want expected"
}
