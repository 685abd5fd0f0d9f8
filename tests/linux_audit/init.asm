; SPDX-License-Identifier: BSD-2-Clause
; The one user program of tests/linux-alternatives: asks Linux for a restart, which nobody waits for.

bits 64
section .text
global _start
_start:
	mov	eax, 169	; reboot
	mov	edi, 0xfee1dead
	mov	esi, 672274793
	mov	edx, 0x1234567
	syscall
	jmp	_start
