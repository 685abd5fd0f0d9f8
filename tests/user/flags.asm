; SPDX-License-Identifier: BSD-2-Clause
; Programs that bring odd flags into the kernel, or go back elsewhere than they came from. What
; comes back wrong sets bits of user_page.bad_registers.

%include "asm-offsets.inc"

global user_backwards, user_sysret

section .user.text alloc exec nowrite progbits align=16
bits 64

DF equ 1 << 10
CF equ 1

; rdi = struct user_page. Enters with DF set, as any program may; it must come back set.
%macro BACKWARDS 2+
	std
	db %2
	pushfq
	cld
	test dword [rsp], DF
	lea rsp, [rsp + 8]
	jnz %%good
	or qword [rdi + USER_PAGE_bad_registers], 1 << %1
%%good:
	inc qword [rdi + USER_PAGE_done + 8 * %1]
%endmacro

user_backwards:
	BACKWARDS USER_ACT_SYSCALL, 0x0f, 0x05
	BACKWARDS USER_ACT_INT80, 0xcd, 0x80
	BACKWARDS USER_ACT_BP, 0xcc
	; single step over a NOP: pushfq; or dword [rsp], TF; popfq; nop
	BACKWARDS USER_ACT_DB, 0x9c, 0x81, 0x0c, 0x24, 0x00, 0x01, 0x00, 0x00, 0x9d, 0x90
	inc qword [rdi + USER_PAGE_loops]
	jmp user_backwards

; The kernel answers SYSCALL number eax by another RIP (0: two bytes on), other flags (1: CF set),
; or another RCX (2: 0x77). 3: by an RIP that faults, on its way or after it, and only then by ours.
user_sysret:
	xor eax, eax
	syscall
	jmp short .wrong_rip		; skipped
	mov eax, 1
	clc
	syscall
	jnc .wrong_flags
	mov eax, 2
	syscall
	cmp rcx, 0x77
	jne .wrong_rcx
	mov eax, 3
	syscall
	inc qword [rdi + USER_PAGE_loops]
	jmp user_sysret

.wrong_rip:
	or qword [rdi + USER_PAGE_bad_registers], 1
.wrong_flags:
	or qword [rdi + USER_PAGE_bad_registers], 2
.wrong_rcx:
	or qword [rdi + USER_PAGE_bad_registers], 4
	inc qword [rdi + USER_PAGE_loops]
	jmp user_sysret
