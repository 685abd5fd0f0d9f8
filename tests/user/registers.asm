; SPDX-License-Identifier: BSD-2-Clause
; Every way in, with a different value in every register, compared afterwards. A bit per action
; goes to user_page.bad_registers. SYSCALL may change RCX and R11, nothing else may.

%include "asm-offsets.inc"

global user_registers

section .user.text alloc exec nowrite progbits align=16
bits 64

PATTERN equ 0x0123456789ab0000

; The page pointer waits on the stack, below which the kernel has no business.
%macro LOAD 1-*
%assign %%n 1
%rep %0
	mov %1, PATTERN + %%n
%assign %%n %%n + 1
%rotate 1
%endrep
%endmacro

; rsp: page pointer. Leaves rax = 0 if every register still has its value.
%macro COMPARE 1-*
%assign %%n 2
%rep %0
	push rax
	mov rax, PATTERN + %%n
	cmp %1, rax
	pop rax
	jne %%bad
%assign %%n %%n + 1
%rotate 1
%endrep
	mov rbx, PATTERN + 1
	sub rax, rbx
	jz %%done
%%bad:
	mov eax, 1
%%done:
%endmacro

; %1: action, %2: bytes of the instruction
%macro ACTION 2+
	push rdi
	LOAD rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
%if %1 == USER_ACT_PF
	mov rdi, USER_BAD_ADDRESS
%endif
	db %2
%if %1 == USER_ACT_PF
	mov rdi, PATTERN + 6
%elif %1 == USER_ACT_SYSCALL
	mov rcx, PATTERN + 3
	mov r11, PATTERN + 11
%endif
	COMPARE rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	pop rdi
	shl rax, %1
	or [rdi + USER_PAGE_bad_registers], rax
	inc qword [rdi + USER_PAGE_done + 8 * %1]
%endmacro

; rdi = struct user_page
user_registers:
	ACTION USER_ACT_SYSCALL, 0x0f, 0x05
	ACTION USER_ACT_INT80, 0xcd, 0x80
	ACTION USER_ACT_UD, 0x0f, 0x0b
	ACTION USER_ACT_PF, 0x8a, 0x07
	ACTION USER_ACT_BP, 0xcc
	; single step over a NOP: pushfq; or dword [rsp], TF; popfq; nop
	ACTION USER_ACT_DB, 0x9c, 0x81, 0x0c, 0x24, 0x00, 0x01, 0x00, 0x00, 0x9d, 0x90
	inc qword [rdi + USER_PAGE_loops]
	jmp user_registers
