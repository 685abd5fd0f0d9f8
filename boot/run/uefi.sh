# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034
# UEFI firmware for QEMU: where it lies, how it is plugged in, and what it says before the kernel.
# Sourced by boot/run/deps.sh; used by run-qemu.sh, whose command it adds to.

# Pairs of code and the variables that belong to it: Debian, Fedora, Arch, openSUSE, Alpine.
uefi_pairs=(
	/usr/share/OVMF/OVMF_CODE_4M.fd /usr/share/OVMF/OVMF_VARS_4M.fd
	/usr/share/OVMF/OVMF_CODE.fd /usr/share/OVMF/OVMF_VARS.fd
	/usr/share/edk2/ovmf/OVMF_CODE.fd /usr/share/edk2/ovmf/OVMF_VARS.fd
	/usr/share/edk2/x64/OVMF_CODE.4m.fd /usr/share/edk2/x64/OVMF_VARS.4m.fd
	/usr/share/edk2-ovmf/x64/OVMF_CODE.fd /usr/share/edk2-ovmf/x64/OVMF_VARS.fd
	/usr/share/qemu/ovmf-x86_64-4m-code.bin /usr/share/qemu/ovmf-x86_64-4m-vars.bin
	/usr/share/qemu/ovmf-x86_64-code.bin /usr/share/qemu/ovmf-x86_64-vars.bin
)

# The first pair that is here, in uefi_code and uefi_vars.
uefi_find() {
	local i

	for ((i = 0; i < ${#uefi_pairs[@]}; i += 2)); do
		uefi_code=${uefi_pairs[i]} uefi_vars=${uefi_pairs[i + 1]}
		[[ ! -r $uefi_code || ! -r $uefi_vars ]] || return 0
	done
	uefi_code='' uefi_vars=''
	return 1
}

# snapshot=on: each run starts with fresh variables. With those of an earlier run the firmware may
# boot what it remembers, or its shell.
uefi_firmware() {
	uefi_code=${OVMF_CODE-} uefi_vars=${OVMF_VARS-}
	[[ -n $uefi_code ]] || uefi_find || die 'no UEFI firmware for QEMU: OVMF_CODE= and OVMF_VARS= name it'
	[[ -r $uefi_code ]] || die "OVMF_CODE=$uefi_code cannot be read"
	[[ -r $uefi_vars ]] || die "OVMF_VARS=$uefi_vars cannot be read: it goes with $uefi_code"
	uefi_talk=yes
	command+=(-drive "if=pflash,unit=0,format=raw,readonly=on,file=$uefi_code"
		-drive "if=pflash,unit=1,format=raw,snapshot=on,file=$uefi_vars")
}

# The firmware shares the serial line, and moves the cursor about without ending lines: until the
# kernel's first line, what it says goes to stderr, readable. That line goes to REPLY.
uefi_talk=''
uefi_line() { # LINE
	local rest=$1 text='' escape=$'^([^\e]*)\e\\[[0-9;=?]*[A-Za-z](.*)$'

	while [[ $rest =~ $escape ]]; do
		text+=${BASH_REMATCH[1]}
		rest=${BASH_REMATCH[2]}
	done
	text+=$rest
	text=${text//[[:cntrl:]]/}
	REPLY=''
	case $text in
	*'KTAP version 1') REPLY='KTAP version 1' ;;
	*'error: '*': expected '*) REPLY="error: ${text#*error: }" ;;
	*'latesync: '*) REPLY="latesync: ${text#*latesync: }" ;;
	esac
	if [[ -n $REPLY ]]; then
		uefi_talk='' text=${text%"$REPLY"}
	fi
	[[ $text != *[![:blank:]]* ]] || say "firmware: $text"
}
