; SPDX-License-Identifier: BSD-2-Clause
; What a protocol may not have: a branch that is patched at run time, before the CR3 write. Only
; X86_FEATURE_P_MUTABLE_ENTRY leads here, from the entry stack after SWAPGS and PUSH RAX (idtentry):
;
;	+56	SS		pushed by the CPU
;	 ..
;	 +8	vector
;	 +0	RAX
;
; What the branch did, and what the CPU knew before, is left in the entry area for oracle 2 and 3:
; nothing else is mapped. The committed version and epoch are those the patcher put there.

%include "entry/calling.inc"

extern nmi_like, entry_text_fault, idtentry.enter
global mutable_entry, mutable_entry_fault, mutable_entry_site, mutable_entry_key

TAKEN		equ 1
NOT_TAKEN	equ 2
VECTOR_BP	equ 3

section .data
align 4
mutable_entry_key:			; struct static_key
	dd 0, 0, 0

section .jump_table progbits alloc noexec nowrite align=8
	dd mutable_entry_site - $
	dd mutable_entry.target - $
	dq mutable_entry_key - $

section .entry.text alloc exec nowrite progbits align=4096
bits 64

mutable_entry:
	mov rax, [gs:POINTS_entry_version]
	mov [gs:POINTS_entry_seen_version], rax
	mov rax, [gs:POINTS_entry_epoch]
	mov [gs:POINTS_entry_seen_epoch], rax
	mov rax, [gs:CEA_credit]
	mov [gs:POINTS_entry_credit], rax
	mov dword [gs:POINTS_entry_result], TAKEN
mutable_entry_site:
	db 0x0f, 0x1f, 0x44, 0, 0	; a NOP, or a jump to mutable_entry.target
	mov dword [gs:POINTS_entry_result], NOT_TAKEN
mutable_entry.target:
	jmp idtentry.enter

; A fault in entry text, the stub's frame on the entry stack: the patcher's int3 arrives with the
; user's page table and S=0, so #BP must be NMI-like. It needs no IST: the stack is a kernel's.
mutable_entry_fault:
	cmp qword [rsp], VECTOR_BP
	jne entry_text_fault
	jmp nmi_like
