# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The programs that this project needs, the packages that hold them, and how to get them.
# Sourced by run-qemu.sh and tests/run; `make deps` runs it.

# shellcheck source=boot/run/uefi.sh
. "${BASH_SOURCE[0]%/*}/uefi.sh"

# What for, the program (or file), and its package for apt (Debian), dnf (Fedora), pacman (Arch),
# zypper (openSUSE), apk (Alpine); - is what a distribution does not have. Debian 12 and 13 were
# tried; the other columns are names as those systems list them, untried.
deps_table='
build    make            make            make                 make            make          make
build    nasm            nasm            nasm                 nasm            nasm          nasm
build    CC              gcc             gcc                  gcc             gcc           gcc
build    ld              binutils        binutils             binutils        binutils      binutils
build    awk             mawk            gawk                 gawk            gawk          gawk
build    */grub*/*.pf2 grub-common grub2-common grub grub2 grub
qemu     QEMU            qemu-system-x86 qemu-system-x86-core qemu-system-x86 qemu-x86      qemu-system-x86_64
bochs    BOCHS           bochs+bochs-term+bochsbios+vgabios bochs bochs         bochs         bochs
bochs    */bochs/BIOS-bochs-latest bochsbios bochs-bios bochs                  bochs         bochs
iso      grub-mkimage    grub-common     grub2-tools          grub            grub2         grub
iso      */grub*/i386-pc grub-pc-bin     grub2-pc-modules     grub            grub2-i386-pc grub-bios
iso      xorriso         xorriso         xorriso              libisoburn      xorriso       xorriso
iso      mformat         mtools          mtools               mtools          mtools        mtools
uefi     OVMF            ovmf            edk2-ovmf            edk2-ovmf       qemu-ovmf-x86_64 ovmf
uefi     */grub*/x86_64-efi grub-efi-amd64-bin grub2-efi-x64-modules grub   grub2-x86_64-efi grub-efi
uefi32   */grub*/i386-efi grub-efi-ia32-bin grub2-efi-ia32-modules grub      -             -
uefi32   */OVMF/OVMF32_CODE_4M.secboot.fd ovmf-ia32 edk2-ovmf-ia32 edk2-ovmf - -
kexec    kexec           kexec-tools     kexec-tools          kexec-tools     kexec-tools   kexec-tools
screen   */*/libqrcodegen.a libqrcodegen-dev -           -               -             -
screen   */*/libz.a      zlib1g-dev      zlib-static          zlib            zlib-devel-static zlib-static
screen   zbarimg         zbar-tools      zbar                 zbar            zbar          zbar
tests    bats            bats            bats                 bats            bats          bats
tests    clang           clang           clang                clang           clang         clang
build    */stdio.h       libc6-dev       glibc-devel          glibc           glibc-devel   musl-dev
check    clang-format    clang-format    clang-tools-extra    clang           clang         clang-extra-tools
check    shellcheck      shellcheck      ShellCheck           shellcheck      ShellCheck    shellcheck
model    spin            spin            spin                 spin            spin          spin
nested   busybox         busybox-static  busybox              busybox         busybox-static busybox-static
nested   cpio            cpio            cpio                 cpio            cpio          cpio
sweep    cpio            cpio            cpio                 cpio            cpio          cpio
nested   find            findutils       findutils            findutils       findutils     findutils
nested   xz              xz-utils        xz                   xz              xz            xz
nested   setsid          util-linux      util-linux           util-linux      util-linux    util-linux
linux    lz4             lz4             lz4                  lz4             lz4           lz4
linux    zstd            zstd            zstd                 zstd            zstd          zstd
linux    xz              xz-utils        xz                   xz              xz            xz
linux    cpio            cpio            cpio                 cpio            cpio          cpio
bench    hyperfine       hyperfine       hyperfine            hyperfine       hyperfine     hyperfine
report   gnuplot         gnuplot-nox     gnuplot-minimal      gnuplot         gnuplot       gnuplot
campaign parallel        parallel        parallel             parallel        gnu_parallel  parallel
hosts    rsync           rsync           rsync                rsync           rsync         rsync
hosts    ssh             openssh-client  openssh-clients      openssh         openssh-clients openssh-client
'

# The oldest of each that has what is used here. Debian 12 and 13 were tried, nothing older.
deps_oldest() { # NAME
	case $1 in
	gcc) REPLY=8.0 ;;	# -fcf-protection=
	clang) REPLY=9.0 ;;	# asm goto
	nasm) REPLY=2.15 ;;	# serialize, names of warnings
	qemu) REPLY=5.2 ;;	# microvm,acpi=on; PVH is older
	bochs) REPLY=2.7 ;;
	bats) REPLY=1.7 ;;	# bats_require_minimum_version
	esac
}

# Whether the version that a program gave is too old; what to say of it is in REPLY then.
deps_too_old() { # NAME TEXT
	local found

	[[ $2 =~ ([0-9]+)(\.([0-9]+))? ]] || return
	found=${BASH_REMATCH[0]}
	deps_oldest "$1"
	((10#${BASH_REMATCH[1]} * 1000 + 10#${BASH_REMATCH[3]:-0} < ${REPLY%.*} * 1000 + ${REPLY#*.})) ||
		return
	REPLY="$1 is version $found: this needs $REPLY or newer"
}

# For make: the compiler and the assembler, where they or their flags changed.
deps_check_build() { # CC NASM
	local name=gcc
	local -a cc

	read -ra cc <<<"$1"
	[[ $("${cc[@]}" --version 2>/dev/null) != *clang* ]] || name=clang
	if deps_too_old "$name" "$("${cc[@]}" -dumpversion 2>/dev/null)" ||
		deps_too_old nasm "$("$2" -v 2>/dev/null)"; then
		printf 'ERROR: %s\n' "$REPLY" >&2
		return 1
	fi
}

# For whom an emulator failed that said nothing of its own.
deps_check_emulator() { # qemu|bochs PROGRAM
	local text form='(QEMU emulator version|Bochs x86 Emulator) ([0-9.]+)'

	text=$(TERM=vt100 timeout 5 "$2" "$([[ $1 == qemu ]] && echo --version || echo --help)" 2>&1 </dev/null)
	[[ $text =~ $form ]] &&
		deps_too_old "$1" "${BASH_REMATCH[2]}"
}

# The compiler that make would take: CC=, or a cross or native gcc for x86-64.
deps_have_cc() {
	local prefix

	if [[ -n ${CC-} ]]; then
		type -P "${CC%% *}" >/dev/null
		return
	fi
	for prefix in "${CROSS_COMPILE-x86_64-elf-}" x86_64-linux-gnu-; do
		type -P "${prefix}gcc" >/dev/null && return
	done
	[[ $HOSTTYPE == x86_64 ]] && type -P gcc >/dev/null
}

deps_have() { # PROGRAM
	local dir

	case $1 in
	CC) deps_have_cc ;;
	BOCHS) [[ -n ${BOCHS-} ]] || type -P bochs >/dev/null ;;
	QEMU) [[ -n ${QEMU-} ]] || type -P qemu-system-x86_64 >/dev/null ;;
	\*/*)
		for dir in /usr/lib /usr/share /usr/include; do
			compgen -G "$dir/${1#\*/}" >/dev/null && return
		done
		return 1
		;;
	grub-mkimage) type -P grub-mkimage >/dev/null || type -P grub2-mkimage >/dev/null ;;
	OVMF) [[ -n ${OVMF_CODE-} ]] || uefi_find ;;
	nasm) type -P "${NASM:-nasm}" >/dev/null ;;
	ld) type -P "${CROSS_COMPILE-}ld" >/dev/null || type -P x86_64-linux-gnu-ld >/dev/null ;;
	*) type -P "$1" >/dev/null ;;
	esac
}

# Programs that are missing for these purposes, in missing; their packages in packages.
deps_missing() { # PURPOSE...
	local purposes=" $* " column=$deps_column purpose program rest
	local -a names

	missing=() packages=()
	while read -r purpose program rest; do
		[[ -n $purpose && $purposes == *" $purpose "* ]] || continue
		read -ra names <<<"$rest"
		# What a distribution does not have is done without.
		[[ ${names[column]} != - ]] || continue
		deps_have "$program" && continue
		missing+=("$program")
		read -ra names <<<"${names[column]//+/ }"	# more than one is a+b
		packages+=("${names[@]}")
		if [[ $column == 0 && $HOSTTYPE != x86_64 ]]; then
			case $program in
			CC) packages[-1]=gcc-x86-64-linux-gnu ;;
			ld) packages[-1]=binutils-x86-64-linux-gnu ;;
			esac
		fi
	done <<<"$deps_table"
	((${#missing[@]} == 0))
}

# The system's package manager: the column of the table, and the command that installs.
deps_manager() {
	deps_column=0 deps_install=() deps_update=()
	if type -P apt-get >/dev/null; then
		deps_install=(apt-get install -y --no-install-recommends)
		deps_update=(apt-get update)
	elif type -P dnf >/dev/null; then
		deps_column=1 deps_install=(dnf install -y)
	elif type -P pacman >/dev/null; then
		deps_column=2 deps_install=(pacman -Sy --needed --noconfirm)
	elif type -P zypper >/dev/null; then
		deps_column=3 deps_install=(zypper --non-interactive install)
	elif type -P apk >/dev/null; then
		deps_column=4 deps_install=(apk add)
	fi
}

deps_lists_empty() {
	((${#deps_update[@]})) && ! compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null
}

# Installs what is missing for these purposes; where it may not, says how, and ends with status 3.
need_tools() { # PURPOSE...
	local -a as=() missing packages
	local deps_column=0 deps_install deps_update all

	deps_missing "$@" && return
	deps_manager
	deps_missing "$@" || :	# bats of Debian 13 ends at a false command here
	all="${deps_install[*]} ${packages[*]}"
	deps_lists_empty && all="${deps_update[*]} && $all"
	printf '%s: missing: %s\n' "${self:-deps}" "${packages[*]:-${missing[*]}}" >&2
	if ((${#deps_install[@]} == 0)); then
		printf '%s: ERROR: install them with the package manager of this system\n' \
			"${self:-deps}" >&2
		exit 3
	fi
	if ((EUID != 0)); then
		as=(sudo -n)
		if ! sudo -n true 2>/dev/null; then
			printf '%s: ERROR: they may not be installed from here; run this:\n' \
				"${self:-deps}" >&2
			if type -P sudo >/dev/null; then
				printf "  sudo sh -c '%s'\n" "$all" >&2
			else
				printf "  su -c '%s'\n" "$all" >&2
			fi
			exit 3
		fi
	fi
	as+=(env DEBIAN_FRONTEND=noninteractive)
	{
		printf '%s: installing: %s\n' "${self:-deps}" "${packages[*]}"
		if deps_lists_empty; then
			"${as[@]}" "${deps_update[@]}"
		fi
		"${as[@]}" "${deps_install[@]}" "${packages[@]}" || {
			((${#deps_update[@]})) && "${as[@]}" "${deps_update[@]}" &&
				"${as[@]}" "${deps_install[@]}" "${packages[@]}"
		}
	} >&2 </dev/null
	hash -r
	deps_missing "$@" && return
	printf '%s: ERROR: still missing: %s; run this: %s\n' "${self:-deps}" "${missing[*]}" \
		"$all" >&2
	exit 3
}

if [[ ${BASH_SOURCE[0]} == "$0" && ${1-} == --check-build ]]; then
	deps_check_build "$2" "$3"
elif [[ ${BASH_SOURCE[0]} == "$0" ]]; then
	need_tools build qemu bochs iso uefi screen tests check model nested linux sweep report campaign hosts
fi
