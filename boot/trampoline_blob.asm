; SPDX-License-Identifier: BSD-2-Clause
; The trampoline as bytes, to be copied below 1 MiB; and where it leads.

%include "asm-offsets.inc"

extern secondary_start, apic_id_to_cpu
global trampoline_start, trampoline_end, secondary_start_64

section .rodata
trampoline_start:
	incbin "build/boot/trampoline.bin"
trampoline_end:

section .text
bits 64
; No stack yet: CPUID tells who this is (leaf 0Bh where the APIC ID may exceed 8 bits), a table
; tells which CPU that makes it.
secondary_start_64:
	xor eax, eax
	cpuid
	cmp eax, 0xb
	jb .legacy
	mov eax, 0xb
	xor ecx, ecx
	cpuid
	test ebx, ebx
	jz .legacy
	mov eax, edx
	jmp .have_id
.legacy:
	mov eax, 1
	cpuid
	shr ebx, 24
	mov eax, ebx
.have_id:
	cmp eax, APIC_ID_MAX
	jae .stranger
	movzx eax, word [apic_id_to_cpu + rax * 2]
	cmp eax, 0xffff
	je .stranger
	mov edi, eax
	inc rax
	imul rax, rax, KSTACK_STRIDE
	mov rsp, KSTACK_ADDR
	add rsp, rax
	xor ebp, ebp
	call secondary_start
	ud2
.stranger:
	cli
	hlt
	jmp .stranger
