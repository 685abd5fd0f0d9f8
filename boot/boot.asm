; SPDX-License-Identifier: BSD-2-Clause
; From the loader's 32-bit protected mode (paging off, flat segments) to kernel_start() in the
; higher half. Maps the first 4 GiB three times: identity, direct map, kernel image; the final
; tables replace all of it (arch/x86_64/pgtable.c).

%include "asm-offsets.inc"

extern kernel_start, early_fault, boot_require_cpu, boot_refuse_loader
global boot_multiboot2, boot_pvh

MULTIBOOT2_BOOT_MAGIC	equ 0x36d76289
PVH_BOOT_MAGIC		equ 0x336ec578
CR0_PG_WP_PE		equ 0x80010001
CR0_MP_ET_NE		equ 0x00000032
CR4_PAE			equ 1 << 5
EFER_LME_NXE		equ (1 << 8) | (1 << 11)
PRESENT_WRITE		equ 3
LARGE			equ 1 << 7

section .boot.text alloc exec nowrite progbits align=16
bits 32

boot_multiboot2:
	cmp eax, MULTIBOOT2_BOOT_MAGIC
	jne boot_refuse_loader
	mov edi, BOOT_MULTIBOOT2
	jmp boot_common

boot_pvh:
	cmp dword [ebx], PVH_BOOT_MAGIC
	jne boot_refuse_loader
	mov edi, BOOT_PVH

; edi = which loader, ebx = physical address of its information
boot_common:
	cli
	cld
	mov esp, boot_stack_top
	push edi
	push ebx

	call boot_require_cpu
	rdtsc					; the first instruction that may ask for it
	mov esi, eax
	mov ebp, edx

	; four page directories of 2 MiB pages: 0 to 4 GiB
	mov edi, boot_pd
	mov eax, PRESENT_WRITE | LARGE
	xor edx, edx
.pd:	mov [edi], eax
	mov [edi + 4], edx
	add edi, 8
	add eax, 0x200000
	jnc .pd

	mov edi, boot_pdpt
	mov eax, boot_pd + PRESENT_WRITE
	mov ecx, 4
.pdpt:	mov [edi], eax
	add edi, 8
	add eax, 4096
	loop .pdpt
	mov dword [boot_pdpt_high + 510 * 8], boot_pd + PRESENT_WRITE
	mov dword [boot_pdpt_high + 511 * 8], boot_pd + 4096 + PRESENT_WRITE
	mov dword [boot_pml4], boot_pdpt + PRESENT_WRITE
	mov dword [boot_pml4 + DIRECT_MAP_PGD * 8], boot_pdpt + PRESENT_WRITE
	mov dword [boot_pml4 + 511 * 8], boot_pdpt_high + PRESENT_WRITE

	mov eax, CR4_PAE
	mov cr4, eax
	mov eax, boot_pml4
	mov cr3, eax
	mov ecx, 0xc0000080			; EFER
	rdmsr
	or eax, EFER_LME_NXE
	wrmsr
	mov eax, CR0_PG_WP_PE | CR0_MP_ET_NE
	mov cr0, eax

	pop ebx
	pop edi
	lgdt [boot_gdt_ptr]
	jmp 8:boot64

bits 64
boot64:
	mov esi, esi				; the upper halves are undefined (SDM vol. 1, 3.4.1.1)
	xor eax, eax
	mov ds, eax
	mov es, eax
	mov ss, eax
	mov fs, eax
	mov gs, eax
	mov rsp, init_stack_top			; in the higher half: identity goes soon
	shl rbp, 32
	lea r9, [rbp + rsi]
	xor ebp, ebp				; ends every backtrace

	; A fault from here on says where, until cpu_init() has better tables.
	mov rax, early_gdt_ptr
	lgdt [rax]
	mov rdx, early_idt
	mov rax, early_stubs
	mov ecx, 32
.gate:	mov [rdx], ax
	mov dword [rdx + 2], 8			; the code segment
	mov word [rdx + 4], 0x8e00		; present, interrupt gate (SDM vol. 3, 6.14.1)
	mov r8, rax
	shr r8, 16
	mov [rdx + 6], r8w
	shr r8, 16
	mov [rdx + 8], r8
	add rdx, 16
	add rax, EARLY_STUB_SIZE
	loop .gate
	mov rax, early_idt_ptr
	lidt [rax]

	mov rdx, r9				; kernel_start(protocol, info, tsc), edi is set
	mov esi, ebx
	mov rax, kernel_start
	call rax
	ud2

align 8
boot_gdt:
	dq 0
	dq 0x00af9b000000ffff			; 64-bit code, accessed bit preset
boot_gdt_ptr:
	dw $ - boot_gdt - 1
	dd boot_gdt

section .text
EARLY_STUB_SIZE equ 16
align 16
early_stubs:
%assign vector 0
%rep 32
	align EARLY_STUB_SIZE, int3
%if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 \
	|| vector == 29 || vector == 30)
	push 0					; where the CPU pushes no error code
%endif
	mov edi, vector
	jmp near early_common
%assign vector vector + 1
%endrep

early_common:
	mov rsi, [rsp]				; error code
	mov rdx, [rsp + 8]			; rip
	mov rcx, cr2
	and rsp, -16
	cld
	call early_fault			; (vector, error code, rip, cr2), does not return
	ud2

section .data
align 8
early_gdt:
	dq 0
	dq 0x00af9b000000ffff
early_gdt_ptr:
	dw $ - early_gdt - 1
	dq early_gdt
early_idt_ptr:
	dw 32 * 16 - 1
	dq early_idt

section .boot.bss nobits alloc noexec write align=4096
boot_pml4:	resb 4096
boot_pdpt:	resb 4096
boot_pdpt_high:	resb 4096
boot_pd:	resb 4 * 4096
		resb 4096
boot_stack_top:

section .bss nobits alloc noexec write align=16
init_stack:	resb 16384			; until start-up has made stacks with guard pages
init_stack_top:
early_idt:	resb 32 * 16
