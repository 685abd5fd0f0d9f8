; SPDX-License-Identifier: BSD-2-Clause
; An application processor's first instructions: real mode at physical page P (CS = P >> 4),
; straight into long mode with paging on (SDM vol. 3, 9.8.5). Never written while it runs: the
; page is read-only by then; its arguments lie at its end (struct trampoline_args).

%include "asm-offsets.inc"

ARGS		equ 4096 - TRAMPOLINE_SIZE
ARG_FAR		equ ARGS + TRAMPOLINE_entry + 8
ARG_GDT		equ ARG_FAR + 6
CR4_PAE		equ 1 << 5
EFER_LME_NXE	equ (1 << 8) | (1 << 11)
CR0_PG_WP_PE	equ 0x80010001
CR0_MP_ET_NE	equ 0x00000032

org 0
bits 16
start:
	jmp short real_mode
	dw long_mode
	dw gdt
	dw gdt.end - gdt - 1

real_mode:
	cli
	mov ax, cs
	mov ds, ax
	o32 lgdt [ARG_GDT]
	mov eax, CR4_PAE
	mov cr4, eax
	mov eax, [ARGS + TRAMPOLINE_cr3]
	mov cr3, eax
	mov ecx, 0xc0000080		; EFER
	rdmsr
	or eax, EFER_LME_NXE
	wrmsr
	mov eax, CR0_PG_WP_PE | CR0_MP_ET_NE
	mov cr0, eax
	o32 jmp far [ARG_FAR]

bits 64
long_mode:
	mov rax, [rel $$ + ARGS + TRAMPOLINE_entry]
	jmp rax

align 8, int3
gdt:
	dq 0
	dq 0x00af9b000000ffff		; 64-bit code, accessed bit preset: the page is read-only
.end:
