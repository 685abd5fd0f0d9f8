; SPDX-License-Identifier: BSD-2-Clause
; Enters with RSP at whatever address the kernel asks for, in #DB, SYSCALL, int 0x80 and #UD: no
; business of the kernel's. Bit 0 of user_page.bad_registers: #DB came back at CPL 0.

%include "asm-offsets.inc"

global user_odd_stack

section .user.text alloc exec nowrite progbits align=16
bits 64

TF equ 1 << 8

; rdi = struct user_page
user_odd_stack:
	mov rbx, rsp
	mov rbp, [rdi + USER_PAGE_odd_sp]
	pushfq
	or qword [rsp], TF
	popfq
	mov rsp, rbp			; #DB after it
	mov rsp, rbx
	mov eax, cs
	test al, 3
	jnz .still_user
	or qword [rdi + USER_PAGE_bad_registers], 1
.still_user:
	mov rsp, rbp
	syscall
	int 0x80
	ud2
	mov rsp, rbx
	inc qword [rdi + USER_PAGE_loops]
	jmp user_odd_stack
