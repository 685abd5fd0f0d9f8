# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The outer machine of tests/nested-kvm: Debian's kernel with kvm_amd, and an initramfs with this
# machine's bash, QEMU and firmware. Sourced by tests/nested-kvm, whose cache and bound it reads.

# What run-qemu.sh and its callers run, where busybox' namesakes will not do.
nested_programs=(bash cat cp date dd env flock grep mkdir mkfifo nproc rm sed setpriv setsid sleep
	stty timeout true)
# By name, from wherever QEMU looks for them.
nested_firmware=(bios-256k.bin bios.bin bios-microvm.bin qboot.rom kvmvapic.bin linuxboot.bin
	linuxboot_dma.bin multiboot.bin multiboot_dma.bin pvh.bin)

nested_lists() {
	compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null
}

# Of this system's package manager; a network that swallows what is sent ends it too.
nested_apt() { # ARGUMENT...
	timeout -k 5 300 apt-get "$@" >&2
}

# The name of the newest package with a kernel: the one without a version only depends on it.
nested_kernel_name() {
	local word

	REPLY=''
	while read -r word; do
		[[ $word == *linux-image-*-cloud-amd64 ]] && REPLY=${word##* }
	done < <(apt-cache depends --important linux-image-cloud-amd64 2>/dev/null)
	[[ -n $REPLY ]] ||
		die 'apt-get knows no linux-image-cloud-amd64 (Debian has it);' \
			'is its source configured, and is there a network?'
}

nested_download() {
	nested_kernel_name
	say "fetching $REPLY"
	(cd "$cache/fetch" && nested_apt -qq -o APT::Sandbox::User=root download "$REPLY")
}

# The kernel, unpacked as its package would be, in $cache/linux. It is never installed.
nested_kernel() {
	local deb

	compgen -G "$cache/linux/boot/vmlinuz-*" >/dev/null && return
	type -P apt-get >/dev/null && type -P dpkg-deb >/dev/null ||
		die "no Linux kernel to run KVM in: it is Debian's package linux-image-*-cloud-amd64," \
			"fetched by apt-get, which this system lacks; unpack it to $cache/linux by hand" \
			'(boot/vmlinuz-* and lib/modules/)'
	if ! nested_lists; then
		((EUID == 0)) || die 'the lists of packages are empty; run this: sudo apt-get update'
		nested_apt update || die 'the lists of packages cannot be fetched: apt-get update failed'
	fi
	rm -rf "$cache/fetch" && mkdir -p "$cache/fetch"
	# Old lists name what the archive has replaced since.
	nested_download || { ((EUID == 0)) && nested_apt update && nested_download; } ||
		die "$REPLY cannot be fetched; is there a network? Else try again after: apt-get update"
	for deb in "$cache"/fetch/*.deb; do
		dpkg-deb -x "$deb" "$cache/fetch/linux" || die "$deb cannot be unpacked"
	done
	rm -rf "$cache/linux"
	mv "$cache/fetch/linux" "$cache/linux"
	rm -rf "$cache/fetch"
}

# Files, with what their names lead to, to the same places in $tree.
nested_copy() { # FILE...
	local file

	for file; do
		[[ -e $tree$file ]] && continue
		mkdir -p "$tree${file%/*}"
		cp -L "$file" "$tree$file" || die "$file cannot be copied"
	done
}

# A program as /usr/bin/NAME, and the libraries that it is linked with.
nested_program() { # NAME FILE
	rm -f "$tree/usr/bin/$1"	# it may be one of busybox' links
	cp -L "$2" "$tree/usr/bin/$1" || die "$2 cannot be copied"
	nested_libraries "$2"
}

nested_libraries() { # FILE
	local line word

	while read -r line; do
		for word in $line; do
			[[ $word != /* ]] || nested_copy "$word"
		done
	done < <(ldd "$1" 2>/dev/null)
}

# A module and those that it names, plain: not each busybox unpacks what Debian compresses with.
nested_module() { # NAME
	local file depends to=$tree/lib/modules/${modules##*/}

	[[ ! -e $to/$1.ko ]] || return 0
	file=$(find "$modules" -name "$1.ko*" -o -name "${1//_/-}.ko*")
	case $file in
	*.ko) cp "$file" "$to/$1.ko" ;;
	*.ko.xz) xz -dc "$file" >"$to/$1.ko" ;;
	*) die "no module $1 in $modules" ;;
	esac || die "$file cannot be unpacked"
	depends=$(tr '\0' '\n' <"$to/$1.ko" | sed -n 's/^depends=//p')
	for file in ${depends//,/ }; do
		nested_module "${file//-/_}"
	done
}

# All that does not change with the checkout, in $cache/base.cpio.
nested_base() {
	local tree=$cache/tree qemu modules file name dir program

	qemu=$(type -P "${QEMU:-qemu-system-x86_64}") || die "${QEMU:-qemu-system-x86_64} is missing"
	modules=$(compgen -G "$cache/linux/lib/modules/*")
	for file in "$qemu" "$cache/linux" "$BASH" boot/run/deps.sh tests/nested/machine.sh \
		tests/nested/init; do
		[[ $cache/base.cpio -nt $file ]] || break
		file=''
	done
	[[ -n $file || ! -e $cache/base.qemu || $(<"$cache/base.qemu") != "$qemu" ]] || return 0

	rm -rf "$tree" "$cache/base.cpio"
	mkdir -p "$tree"/{dev,proc,sys,tmp,usr/bin,usr/share}
	ln -s usr/bin "$tree/bin"
	ln -s usr/bin "$tree/sbin"
	nested_program busybox "$(type -P busybox)"
	for name in $(busybox --list); do
		[[ -e $tree/usr/bin/$name ]] || ln -s busybox "$tree/usr/bin/$name"
	done
	for name in "${nested_programs[@]}"; do
		file=$(type -P "$name") || die "the program $name is missing"
		nested_program "$name" "$file"
	done
	nested_program qemu-system-x86_64 "$qemu"
	# KVM is built in; TCG may be a module, looked for beside where QEMU was installed.
	for file in /usr/lib/*/qemu/accel-tcg-x86_64.so /usr/lib*/qemu/accel-tcg-x86_64.so; do
		[[ -e $file ]] || continue
		nested_copy "$file"
		nested_libraries "$file"
	done
	for dir in $("$qemu" -L help); do
		dir=$(readlink -f "$dir") || continue
		for name in "${nested_firmware[@]}"; do
			[[ ! -e $dir/$name ]] || nested_copy "$dir/$name"
		done
	done
	# What run-qemu.sh builds with is not needed: nothing is out of date.
	while read -r name program _; do
		[[ $name == build || $name == iso ]] || continue
		case $program in
		CC) program=gcc ;;
		awk) continue ;; # busybox' own: tests/tools/scale reads with it
		\*/*)
			program=${program#\*/}
			mkdir -p "$tree/usr/share/${program//\*/x}"
			continue
			;;
		esac
		ln -sf true "$tree/usr/bin/$program"
	done <<<"$deps_table"
	mkdir -p "$tree/lib/modules/${modules##*/}"
	nested_module kvm_amd
	busybox depmod -b "$tree" "${modules##*/}" || die 'busybox depmod failed'
	install -m 755 tests/nested/init "$tree/init"
	nested_pack "$tree" >"$cache/base.new" || die "$cache/base.new cannot be written"
	mv "$cache/base.new" "$cache/base.cpio"
	printf '%s\n' "$qemu" >"$cache/base.qemu"
	rm -rf "$tree"
}

nested_pack() { # FOLDER
	(cd "$1" && find . | cpio -o -H newc -R 0:0 --quiet)
}

# The whole initramfs of this run: the base, and then the checkout with the lines to run.
nested_initrd() { # FILE TOKEN LINE...
	local tree=$cache/run-$$ number=0 line

	mkdir -p "$tree"/{lines,checkout/build} || die "$tree cannot be made"
	printf '%s\n' "$2" >"$tree/token"
	printf '%s\n' "$bound" >"$tree/bound"
	for line in "${@:3}"; do
		printf -v number %04d $((10#$number + 1))
		printf '%s\n' "$line" >"$tree/lines/$number"
	done
	cp -R run-qemu.sh Makefile boot tests "$tree/checkout/" &&
		cp build/latesync.elf build/latesync.iso "$tree/checkout/build/" &&
		{ cat "$cache/base.cpio" && nested_pack "$tree"; } >"$1"
	line=$?
	rm -rf "$tree"
	((line == 0)) || die "$1 cannot be written"
}

nested_prepare() { # FILE TOKEN LINE...
	local lock

	mkdir -p "$cache" || die "$cache cannot be made"
	if type -P flock >/dev/null; then	# one run builds, others wait
		exec {lock}>"$cache/.lock"
		flock "$lock"
	fi
	nested_kernel
	nested_base
	nested_initrd "$@"
}
