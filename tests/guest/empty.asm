; SPDX-License-Identifier: BSD-2-Clause
; The floor of tests/tools/bench: a guest that ends the emulator with its first instructions. A whole ELF
; file from `nasm -f bin`, started through its PVH note like the kernel.

DEBUG_EXIT  equ 0xf4
ORIGIN	    equ 0x100000
EM_X86_64   equ 62
ET_EXEC	    equ 2
PT_LOAD	    equ 1
PT_NOTE	    equ 4
READ_EXEC   equ 5
PHYS32_ENTRY equ 18			; XEN_ELFNOTE_PHYS32_ENTRY

bits 32
org ORIGIN

file:
	db 0x7f, "ELF", 2, 1, 1, 0	; 64 bits, little endian
	dq 0
	dw ET_EXEC, EM_X86_64
	dd 1
	dq start
	dq headers - file
	dq 0				; no sections
	dd 0
	dw 64, 56, 2, 0, 0, 0
headers:
	dd PT_LOAD, READ_EXEC
	dq 0, file, file, file.end - file, file.end - file, 4096
	dd PT_NOTE, READ_EXEC
	dq note - file, note, note, note.end - note, note.end - note, 4

note:
	dd 4, 8, PHYS32_ENTRY
	db "Xen", 0
	dq start
.end:

start:
	mov al, 0
	out DEBUG_EXIT, al
	hlt
file.end:
